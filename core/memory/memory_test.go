package memory

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

func put(t *testing.T, d driver.Driver, key, text string) {
	t.Helper()
	_, err := d.Put(t.Context(), key, []byte(text), driver.PutOptions{Mode: driver.Overwrite})
	require.NoError(t, err)
}

func get(t *testing.T, d driver.Driver, key string) string {
	t.Helper()
	r, err := d.Get(t.Context(), key, driver.GetOptions{})
	require.NoError(t, err)
	text, err := io.ReadAll(driver.Reading(t.Context(), r.Body))
	require.NoError(t, err)
	return string(text)
}

func has(d driver.Driver, key string) bool {
	_, err := d.Head(context.Background(), key, driver.HeadOptions{})
	return err == nil
}

func TestOnlyStoresOfOneNameShare(t *testing.T) {
	name := t.Name()
	first, second, other := Open(name), Open(name), Open(name+" other")
	private, alsoPrivate := Open(""), Open("")
	put(t, first, "named", "x")
	put(t, private, "private", "x")

	assert.True(t, has(second, "named"))
	assert.False(t, has(other, "named"))
	assert.False(t, has(private, "named"))
	assert.False(t, has(alsoPrivate, "private"))
	for _, d := range []driver.Driver{first, second, other, private, alsoPrivate} {
		assert.NoError(t, d.Close())
	}
}

func TestContentDiesWithTheLastClose(t *testing.T) {
	name := t.Name()
	first, second := Open(name), Open(name)
	put(t, first, "a", "x")

	require.NoError(t, first.Close())
	assert.True(t, has(second, "a"))
	third := Open(name)
	require.NoError(t, second.Close())
	assert.True(t, has(third, "a"))
	require.NoError(t, third.Close())

	again := Open(name)
	assert.False(t, has(again, "a"))
	require.NoError(t, again.Close())
	shared.mu.Lock()
	defer shared.mu.Unlock()
	assert.NotContains(t, shared.byName, name, "a closed store leaks")
}

func TestReaderKeepsTheBytesItWasOpenedOn(t *testing.T) {
	for name, change := range map[string]func(driver.Driver) error{
		"overwritten": func(d driver.Driver) error {
			_, err := d.Put(t.Context(), "a", []byte("new"), driver.PutOptions{Mode: driver.Overwrite})
			return err
		},
		"copied over": func(d driver.Driver) error {
			return d.Copy(t.Context(), "b", "a", driver.CopyOptions{Mode: driver.Overwrite})
		},
		"deleted": func(d driver.Driver) error { return d.Delete(t.Context(), "a", driver.DeleteOptions{}) },
	} {
		t.Run(name, func(t *testing.T) {
			d := Open("")
			old := strings.Repeat("old", 1000)
			put(t, d, "a", old)
			put(t, d, "b", "other")
			r, err := d.Get(t.Context(), "a", driver.GetOptions{})
			require.NoError(t, err)
			beginning := make([]byte, 3) // the change comes in the middle of a read
			_, err = driver.ReadFull(t.Context(), r.Body, beginning)
			require.NoError(t, err)
			require.NoError(t, change(d))
			rest, err := io.ReadAll(driver.Reading(t.Context(), r.Body))
			require.NoError(t, err)
			assert.Equal(t, old, string(beginning)+string(rest))
		})
	}
}

func TestPutCopiesTheBytes(t *testing.T) {
	d := Open("")
	data := []byte("before")
	_, err := d.Put(t.Context(), "a", data, driver.PutOptions{})
	require.NoError(t, err)
	copy(data, "AFTER!")
	assert.Equal(t, "before", get(t, d, "a"))
}

func TestETagChangesWithEveryWrite(t *testing.T) {
	d := Open("")
	seen := map[string]bool{}
	for range 3 {
		o, err := d.Put(t.Context(), "a", []byte("same"), driver.PutOptions{Mode: driver.Overwrite})
		require.NoError(t, err)
		assert.False(t, seen[o.ETag], "%s came twice", o.ETag)
		seen[o.ETag] = true
	}
}

func TestETagsCountTheWritesFromZero(t *testing.T) {
	d := Open("")
	put(t, d, "a", "x")
	require.NoError(t, d.Copy(t.Context(), "a", "b", driver.CopyOptions{}))
	for key, want := range map[string]string{"a": `"0"`, "b": `"1"`} {
		o, err := d.Head(t.Context(), key, driver.HeadOptions{})
		require.NoError(t, err)
		assert.Equal(t, want, o.ETag)
	}
}

func TestRefusedPutMakesNoFolders(t *testing.T) {
	d := Open("")
	put(t, d, "file", "x")
	_, err := d.Put(t.Context(), "file/new/a", nil, driver.PutOptions{})
	require.Equal(t, errs.InvalidPath, errs.CodeOf(err))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = d.Put(ctx, "folder/a", nil, driver.PutOptions{})
	require.Equal(t, errs.Cancelled, errs.CodeOf(err))

	page, err := d.List(driver.ListOptions{Levels: 1, Folders: true}).Next(t.Context())
	require.NoError(t, err)
	require.Len(t, page, 1)
	assert.Equal(t, "file", page[0].Key)
}
