package local

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

func TestDeleteFolder(t *testing.T) {
	d, folder := open(t)
	tree := d.(driver.Tree)
	outside := filepath.Join(t.TempDir(), "outside")
	writeFile(t, "x", outside, "kept")
	writeFile(t, "x", folder, "a", "b", "file")
	writeFile(t, "x", folder, "beside")
	symlink(t, outside, folder, "a", "leads-out")
	require.NoError(t, os.Mkdir(filepath.Join(folder, "empty"), 0o777))
	symlink(t, "a", folder, "link-to-a")

	remove := func(key string, recursive bool) errs.Code {
		return errs.CodeOf(tree.DeleteFolder(t.Context(), key, recursive))
	}
	assert.Equal(t, errs.NotFound, remove("missing", true))
	assert.Equal(t, errs.NotFound, remove("beside/below", true))
	assert.Equal(t, errs.InvalidPath, remove("beside", true))
	assert.Equal(t, errs.DirectoryNotEmpty, remove("a", false))
	assert.Equal(t, errs.OK, remove("empty", false))
	assert.Equal(t, errs.OK, remove("link-to-a", true), "the link goes, and nothing else")
	assert.FileExists(t, filepath.Join(folder, "a", "b", "file"))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, errs.Cancelled, errs.CodeOf(tree.DeleteFolder(cancelled, "a", true)))
	assert.Equal(t, errs.OK, remove("a", true))
	assert.NoDirExists(t, filepath.Join(folder, "a"))
	assert.FileExists(t, filepath.Join(outside, "kept"), "a link that leads out is not followed")
	assert.Equal(t, []string{"beside"}, keys(t, d, "", true))
}

func TestMoveTakesTheFileItself(t *testing.T) {
	d, folder := open(t)
	tree := d.(driver.Tree)
	writeFile(t, "content", folder, "a", "file")
	before, err := os.Stat(filepath.Join(folder, "a", "file"))
	require.NoError(t, err)
	require.NoError(t, tree.Move(t.Context(), "a/file", "b/c/moved", driver.Create))
	after, err := os.Stat(filepath.Join(folder, "b", "c", "moved"))
	require.NoError(t, err)
	assert.True(t, os.SameFile(before, after), "it was copied")
	assert.Equal(t, []string{"b/c/moved"}, keys(t, d, "", true))
}

// The loser of a race learns it from the rename itself.
func TestRenameDoesNotReplace(t *testing.T) {
	for name, rename := range map[string]func(*os.Root, string, string) error{"rename": renameNew, "link": linkNew} {
		folder := t.TempDir()
		writeFile(t, "new", folder, "a", "from")
		writeFile(t, "old", folder, "b", "to")
		root, err := os.OpenRoot(folder)
		require.NoError(t, err)
		defer root.Close()
		assert.ErrorIs(t, rename(root, "a/from", "b/to"), os.ErrExist, name)
		assert.FileExists(t, filepath.Join(folder, "a", "from"), name)
		require.NoError(t, rename(root, "a/from", "b/other"), name)
		assert.NoFileExists(t, filepath.Join(folder, "a", "from"), name)
		text, err := os.ReadFile(filepath.Join(folder, "b", "to"))
		require.NoError(t, err)
		assert.Equal(t, "old", string(text), name)
	}
}

func TestWriterThatIsDroppedLeavesNothing(t *testing.T) {
	d, folder := open(t)
	for _, end := range []func(driver.Writer) error{
		func(w driver.Writer) error { return w.Abort(t.Context()) },
		func(w driver.Writer) error {
			cancelled, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := w.Commit(cancelled)
			assert.Equal(t, errs.Cancelled, errs.CodeOf(err))
			return nil
		},
	} {
		w, err := d.NewWriter(t.Context(), "a/file", driver.PutOptions{})
		require.NoError(t, err)
		require.NoError(t, w.Write(t.Context(), []byte("half")))
		require.NoError(t, end(w))
		require.NoError(t, w.Abort(t.Context()), "once more does no harm")
		assert.Empty(t, names(t, folder))
	}
}

func TestKeyOfIsTheInverseOfLocation(t *testing.T) {
	d, folder := open(t)
	for _, key := range []string{"", "a", "a/b c", "ü"} {
		got, ok := d.KeyOf(d.Location(key).Path)
		assert.True(t, ok, key)
		assert.Equal(t, key, got)
	}
	for _, native := range []string{"", "/", "a", folder + "x", filepath.Dir(folder)} {
		_, ok := d.KeyOf(native)
		assert.False(t, ok, native)
	}
	slash, err := Open("/", Options{})
	require.NoError(t, err)
	key, ok := slash.KeyOf("/etc/hosts")
	assert.True(t, ok)
	assert.Equal(t, "etc/hosts", key)
}

// What a listing of another backend may give names nothing here.
func TestKeysThatDoNotFit(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "x", folder, "a", "b")
	for _, key := range []string{"a//b", "a/./b", "c/../a/b", "a/b/", "/a/b", "a\x00b"} {
		_, err := d.Head(t.Context(), key, driver.HeadOptions{})
		assert.Equal(t, errs.NotFound, errs.CodeOf(err), "%q: %v", key, err)
		_, err = d.Put(t.Context(), key, nil, driver.PutOptions{Mode: driver.Overwrite})
		assert.Equal(t, errs.InvalidPath, errs.CodeOf(err), "%q: %v", key, err)
	}
}

// A link that is renamed would lead somewhere else, or nowhere.
func TestMoveOfALinkTakesItsContent(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "content", folder, "a", "file")
	symlink(t, "file", folder, "a", "link")
	require.NoError(t, d.(driver.Tree).Move(t.Context(), "a/link", "b/moved", driver.Create))
	text, err := read(t.Context(), d, "b/moved")
	require.NoError(t, err)
	assert.Equal(t, "content", text)
	assert.Equal(t, []string{"a/file", "b/moved"}, keys(t, d, "", true))
}

// Of two names of one file rename(2) removes neither.
func TestMoveOntoAnotherNameOfTheFile(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "content", folder, "a")
	require.NoError(t, os.Link(filepath.Join(folder, "a"), filepath.Join(folder, "b")))
	require.NoError(t, d.(driver.Tree).Move(t.Context(), "a", "b", driver.Overwrite))
	assert.Equal(t, []string{"b"}, keys(t, d, "", true))
}
