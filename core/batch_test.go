package core

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

func TestGetMany(t *testing.T) {
	for _, url := range []string{"memory://", "file://" + t.TempDir()} {
		store, err := Open(url, nil)
		require.NoError(t, err)
		defer store.Close()
		for _, path := range []string{"a", "d/b", "empty"} {
			_, err = store.Put(t.Context(), path, []byte(path)[:len(path)%5], PutOptions{})
			require.NoError(t, err)
		}
		paths := []string{"d/b", "none", "/a/", "d", "empty", "d/b"}
		found, err := store.GetMany(t.Context(), paths, GetOptions{}, nil)
		require.NoError(t, err)
		described, err := store.HeadMany(t.Context(), paths)
		require.NoError(t, err)
		for i, want := range []struct {
			data string
			code errs.Code
		}{{"d/b", errs.OK}, {"", errs.NotFound}, {"a", errs.OK}, {"", errs.InvalidPath}, {"", errs.OK}, {"d/b", errs.OK}} {
			assert.Equal(t, want.data, string(found[i].Data))
			assert.EqualValues(t, len(want.data), found[i].Size)
			assert.EqualValues(t, len(want.data), described[i].Info.Size)
			for op, err := range map[string]error{"get": found[i].Err, "head": described[i].Err} {
				assert.Equal(t, want.code, errs.CodeOf(err))
				if err != nil {
					assert.Equal(t, []string{op, paths[i]}, []string{err.(*errs.Error).Op, err.(*errs.Error).Path})
				}
			}
		}
		assert.Equal(t, "a", described[2].Info.Path)

		found, err = store.GetMany(t.Context(), []string{"a", "d/b"}, GetOptions{Offset: 1}, nil)
		require.NoError(t, err)
		assert.Equal(t, errs.RangeNotSatisfiable, errs.CodeOf(found[0].Err))
		assert.Equal(t, "/b", string(found[1].Data))
		assert.EqualValues(t, 3, found[1].Size)
	}
}

func TestGetManyRefusesBeforeItAsks(t *testing.T) {
	store, c, _ := spansStore(t, 1)
	_, err := store.GetMany(t.Context(), []string{"o", "../o"}, GetOptions{}, nil)
	assert.Equal(t, errs.InvalidPath, errs.CodeOf(err))
	assert.Equal(t, "../o", err.(*errs.Error).Path)
	_, err = store.GetMany(t.Context(), []string{"o"}, GetOptions{Suffix: 1, Offset: 1}, nil)
	assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err))
	_, err = store.HeadMany(t.Context(), []string{"o", ""})
	assert.Equal(t, errs.InvalidPath, errs.CodeOf(err))
	assert.Empty(t, c.gets)

	_, err = store.Raw().GetMany(t.Context(), []string{"../o"}, GetOptions{}, nil)
	assert.NoError(t, err)
	require.NoError(t, store.Shutdown())
	_, err = store.GetMany(t.Context(), nil, GetOptions{}, nil)
	assert.Equal(t, errs.Closed, errs.CodeOf(err))
}

// budgeted lets results have 100 bytes.
type budgeted struct{ *counting }

func (budgeted) MemoryBudget() int64 { return 100 }

func TestGetManyKeepsToTheBudget(t *testing.T) {
	store, c, _ := spansStore(t, 101)
	store = newStore(budgeted{c}, "")
	paths := []string{"o"} // too large by itself, which says nothing of the others
	for i := range 5 {
		paths = append(paths, fmt.Sprint(i))
		_, err := store.Put(t.Context(), paths[i+1], make([]byte, 40), PutOptions{})
		require.NoError(t, err)
	}
	allocated := 0
	found, err := store.GetMany(t.Context(), paths, GetOptions{}, func(n int64) ([]byte, error) {
		allocated += int(n)
		return make([]byte, n), nil
	})
	require.NoError(t, err)
	for i, f := range found {
		fits := i == 1 || i == 2
		assert.Equal(t, fits, f.Err == nil)
		assert.Equal(t, fits, len(f.Data) == 40)
		if !fits {
			assert.Equal(t, errs.InvalidArgument, errs.CodeOf(f.Err))
			assert.ErrorContains(t, f.Err, "memory_budget")
		}
	}
	assert.Equal(t, []int64{101, 40, 40, 40, 0, 0}, []int64{found[0].Size, found[1].Size, found[2].Size, found[3].Size, found[4].Size, found[5].Size})
	assert.ErrorContains(t, found[0].Err, "read it alone")
	assert.ErrorContains(t, found[3].Err, "another batch")
	assert.Equal(t, 80, allocated)
	assert.Len(t, c.gets, 4, "what could only be dropped is not asked for")

	found, err = store.GetMany(t.Context(), paths[:2], GetOptions{Length: 10}, nil)
	require.NoError(t, err)
	assert.Len(t, found[0].Data, 10, "a part fits")
	found, err = store.GetMany(t.Context(), paths[3:], GetOptions{}, func(int64) ([]byte, error) { return nil, errs.New(errs.IO, "none") })
	require.NoError(t, err)
	assert.Equal(t, errs.IO, errs.CodeOf(found[0].Err))
}

func TestTheEndOfACallEndsItsBatch(t *testing.T) {
	store, c, _ := spansStore(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	c.get = func(ctx context.Context, key string, o driver.GetOptions) (*driver.Reader, error) {
		if len(c.gets) == 3 {
			cancel()
		}
		return c.Driver.Get(ctx, key, o)
	}
	_, err := store.GetMany(ctx, []string{"o", "o", "o", "o", "o"}, GetOptions{}, nil)
	assert.Equal(t, errs.Cancelled, errs.CodeOf(err))
	assert.Len(t, c.gets, 3)
}
