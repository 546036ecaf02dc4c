package core

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDeleteManyTakesAFolderForMissing(t *testing.T) {
	for _, url := range []string{"memory://", "file://" + t.TempDir()} {
		store, err := Open(url, nil)
		require.NoError(t, err)
		defer store.Close()
		for _, path := range []string{"a", "d/b"} {
			_, err = store.Put(t.Context(), path, nil, PutOptions{})
			require.NoError(t, err)
		}
		failed, err := store.DeleteMany(t.Context(), []Deletion{{Path: "none"}, {Path: "d"}, {Path: "a/below"}, {Path: "a"}})
		require.NoError(t, err)
		assert.Empty(t, failed)
		_, err = store.Head(t.Context(), "d/b", HeadOptions{})
		require.NoError(t, err)
		found, err := store.Exists(t.Context(), "a", AnyKind)
		require.NoError(t, err)
		assert.False(t, found)
	}
}
