package core

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

func memoryStore(t *testing.T, paths ...string) *Store {
	t.Helper()
	store, err := Open("memory://", nil)
	require.NoError(t, err)
	for _, path := range paths {
		_, err := store.Put(t.Context(), path, []byte(path), PutOptions{})
		require.NoError(t, err)
	}
	return store
}

// A write, a delete and a copy are about one object, which "*" and a list do not
// name; and nothing but an ETag reaches a header.
func TestOneETagNamesAnObject(t *testing.T) {
	store := memoryStore(t, "a")
	for _, etag := range []string{"*", `"1", "2"`, "1,2", "a\r\nb", "é", " 1", "\x7f"} {
		_, err := store.Put(t.Context(), "a", nil, PutOptions{IfMatch: etag})
		assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err), "put %q: %v", etag, err)
		err = store.Delete(t.Context(), "a", DeleteOptions{IfMatch: etag})
		assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err), "delete %q: %v", etag, err)
		err = store.Copy(t.Context(), "a", "b", CopyOptions{SourceIfMatch: etag})
		assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err), "copy %q: %v", etag, err)
	}
}

func TestAMoveTakesAllOfTheSource(t *testing.T) {
	store := memoryStore(t, "a")
	for _, o := range []CopyOptions{{SourceIfMatch: "other"}, {Replace: &PutOptions{}}} {
		err := store.Move(t.Context(), "a", "b", o)
		assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err), "%v", err)
	}
	require.NoError(t, store.Move(t.Context(), "a", "b", CopyOptions{}))
}

// A folder is missing, as everywhere where there are none.
func TestDeleteManyLeavesFolders(t *testing.T) {
	local, err := Open("file://"+t.TempDir(), nil)
	require.NoError(t, err)
	for _, store := range []*Store{memoryStore(t), local} {
		_, err := store.Put(t.Context(), "d/a", nil, PutOptions{})
		require.NoError(t, err)
		failed, err := store.DeleteMany(t.Context(), []Deletion{{Path: "d"}, {Path: "none"}, {Path: "none"}, {Path: "d/a/b"}})
		require.NoError(t, err)
		assert.Empty(t, failed)
		_, err = store.Head(t.Context(), "d/a", HeadOptions{})
		require.NoError(t, err)
	}
}

func TestAttributesByTheirNames(t *testing.T) {
	a, err := ParseAttributes(map[string]string{"Content-Type": "text/plain", "STORAGE-CLASS": "GLACIER"})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"content-type": "text/plain", "storage-class": "GLACIER"}, NameAttributes(a))
	for range 10 { // whatever the order of the map
		_, err = ParseAttributes(map[string]string{"Content-Type": "a", "content-type": "b"})
		assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err), "%v", err)
	}
	_, err = ParseAttributes(map[string]string{"x-amz-acl": "public-read"})
	assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err), "%v", err)
}

func TestTokensThatAreNone(t *testing.T) {
	store := memoryStore(t, "a", "d/a", "d/b", "e/a")
	list := func(path string, o ListOptions) error { _, err := store.List(path, o); return err }
	token := func(path string, o ListOptions) string {
		l, err := store.List(path, o)
		require.NoError(t, err)
		_, _ = l.Next(t.Context())
		token, err := l.Token()
		require.NoError(t, err)
		return token
	}
	folder, prefix := token("d", ListOptions{PageSize: 1}), token("", ListOptions{Prefix: "d"})
	require.NoError(t, list("d", ListOptions{Token: folder}))
	require.NoError(t, list("", ListOptions{Prefix: "d", Token: prefix}))
	for _, bad := range []string{"x", "\x00", "====", "YQ", "AAA", "YQBi", folder + "A", folder[:4], prefix} {
		assert.Equal(t, errs.InvalidArgument, errs.CodeOf(list("d", ListOptions{Token: bad})), bad)
	}
	assert.Equal(t, errs.InvalidArgument, errs.CodeOf(list("e", ListOptions{Token: folder})), "of another folder")
	assert.Equal(t, errs.InvalidArgument, errs.CodeOf(list("d", ListOptions{Token: folder, After: "d/a"})))
	for _, bad := range []string{"a\x00", "\xff"} {
		assert.Equal(t, errs.InvalidPath, errs.CodeOf(list("d", ListOptions{After: bad})))
		assert.Equal(t, errs.InvalidPath, errs.CodeOf(list("d", ListOptions{Prefix: bad})))
	}
	assert.Equal(t, errs.InvalidArgument, errs.CodeOf(list("d", ListOptions{Limit: -1})))

	// A listing that gives nothing is where it began.
	last := token("d", ListOptions{})
	assert.Equal(t, last, token("d", ListOptions{Token: last}))
	assert.Empty(t, token("none", ListOptions{}))
	l, err := store.List("d", ListOptions{Token: token("d", ListOptions{After: "zz"})})
	require.NoError(t, err)
	assert.Equal(t, "EOF", next(t, l))
}
