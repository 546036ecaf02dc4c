package s3_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// What every operation costs, counted between the engine and a real server.

func drain(t *testing.T, r *core.Reader) string {
	t.Helper()
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(data)
}

func TestRequestsOfOneObject(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, nil)
	ctx := t.Context()
	wants := func(code errs.Code) func(error) {
		return func(err error) { t.Helper(); require.Equal(t, code, errs.CodeOf(err), "%v", err) }
	}
	ok, missing := wants(errs.OK), wants(errs.NotFound)
	for _, c := range []struct {
		name string
		do   func()
		want []string
	}{
		{"write", func() { _, err := store.Put(ctx, "f", []byte("x"), core.PutOptions{}); ok(err) }, []string{"PutObject"}},
		{"write again", func() {
			_, err := store.Put(ctx, "f", []byte("y"), core.PutOptions{})
			wants(errs.AlreadyExists)(err)
		}, []string{"PutObject"}},
		{"overwrite", func() {
			_, err := store.Put(ctx, "f", []byte("text"), core.PutOptions{Overwrite: true})
			ok(err)
		}, []string{"PutObject"}},
		{"small writer", func() {
			w, err := store.NewWriter(ctx, "w", core.PutOptions{})
			ok(err)
			_, err = w.Write([]byte("text"))
			ok(err)
			_, err = w.Commit(ctx)
			ok(err)
		}, []string{"PutObject"}},
		{"aborted small writer", func() {
			w, err := store.NewWriter(ctx, "never", core.PutOptions{})
			ok(err)
			_, err = w.Write([]byte("text"))
			ok(err)
			ok(w.Abort(ctx))
		}, []string{}},
		{"read", func() { _, err := read(ctx, store, "f", core.GetOptions{}); ok(err) }, []string{"GetObject"}},
		{"read of a range", func() { _, err := read(ctx, store, "f", core.GetOptions{Offset: 1, Length: 2}); ok(err) }, []string{"GetObject"}},
		{"missing read", func() { _, err := read(ctx, store, "none", core.GetOptions{}); missing(err) }, []string{"GetObject", "ListObjectsV2"}},
		{"head", func() { _, err := store.Head(ctx, "f", core.HeadOptions{}); ok(err) }, []string{"HeadObject"}},
		{"missing head", func() { _, err := store.Head(ctx, "none", core.HeadOptions{}); missing(err) }, []string{"HeadObject", "ListObjectsV2"}},
		{"exists of a file", func() { _, err := store.Exists(ctx, "f", core.AnyKind); ok(err) }, []string{"HeadObject"}},
		{"is file", func() { _, err := store.Exists(ctx, "f", core.Object); ok(err) }, []string{"HeadObject"}},
		{"is folder", func() { _, err := store.Exists(ctx, "f", core.Folder); ok(err) }, []string{"ListObjectsV2"}},
		{"exists of the root", func() { _, err := store.Exists(ctx, "", core.AnyKind); ok(err) }, []string{}},
		{"copy with overwrite", func() { ok(store.Copy(ctx, "f", "c", core.CopyOptions{Overwrite: true})) }, []string{"CopyObject"}},
		{"copy", func() { ok(store.Copy(ctx, "f", "d", core.CopyOptions{})) },
			[]string{"HeadObject", "CreateMultipartUpload", "UploadPartCopy", "CompleteMultipartUpload"}},
		{"move with overwrite", func() { ok(store.Move(ctx, "c", "d", core.CopyOptions{Overwrite: true})) },
			[]string{"CopyObject", "DeleteObject"}},
		{"move", func() { ok(store.Move(ctx, "d", "e", core.CopyOptions{})) },
			[]string{"HeadObject", "CreateMultipartUpload", "UploadPartCopy", "CompleteMultipartUpload", "DeleteObject"}},
		{"copy onto itself", func() { ok(store.Copy(ctx, "f", "f", core.CopyOptions{})) }, []string{"HeadObject"}},
		{"delete", func() { ok(store.Delete(ctx, "e", core.DeleteOptions{})) }, []string{"HeadObject", "DeleteObject"}},
		{"delete, may be missing", func() { ok(store.Delete(ctx, "w", core.DeleteOptions{MissingOK: true})) },
			[]string{"HeadObject", "DeleteObject"}},
		{"delete of a missing one", func() { ok(store.Delete(ctx, "w", core.DeleteOptions{MissingOK: true})) },
			[]string{"HeadObject", "ListObjectsV2"}},
		{"delete, raw", func() { ok(store.Raw().Delete(ctx, "f", core.DeleteOptions{})) }, []string{"HeadObject", "DeleteObject"}},
		{"delete, raw and may be missing", func() { ok(store.Raw().Delete(ctx, "f", core.DeleteOptions{MissingOK: true})) },
			[]string{"DeleteObject"}},
		{"ping", func() { ok(store.Ping(ctx)) }, []string{"HeadBucket"}},
	} {
		relay.take()
		c.do()
		assert.Equal(t, c.want, relay.took(), c.name)
	}
}

// An error tells how many requests were sent.
func TestAttemptsOfAnErrorAreTheRequests(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, nil)
	put(t, store, "a", "text")
	put(t, store, "b", "text")
	for name, do := range map[string]func() error{
		"read":   func() error { _, err := read(t.Context(), store, "none", core.GetOptions{}); return err },
		"copy":   func() error { return store.Copy(t.Context(), "a", "b", core.CopyOptions{}) },
		"source": func() error { return store.Copy(t.Context(), "none", "b", core.CopyOptions{Overwrite: true}) },
		"folder": func() error {
			return store.DeleteFolder(t.Context(), "none", core.DeleteFolderOptions{Recursive: true})
		},
	} {
		relay.take()
		err := do()
		e, ok := err.(*errs.Error)
		require.True(t, ok, "%v", err)
		assert.Len(t, relay.took(), e.Attempts, name)
	}
}

func TestRequestsOfReaders(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, nil)
	text := strings.Repeat("0123456789", 100_000)
	put(t, store, "a", text)
	gets := func(n int) []string { return slices.Repeat([]string{"GetObject"}, n) }

	relay.take()
	r, err := store.Get(t.Context(), "a", core.GetOptions{})
	require.NoError(t, err)
	part := make([]byte, 1000)
	for range 10 {
		_, err = io.ReadFull(r, part)
		require.NoError(t, err)
	}
	assert.Equal(t, gets(1), relay.took(), "sequential reads")
	_, err = r.Seek(0, io.SeekCurrent)
	require.NoError(t, err)
	_, err = io.ReadFull(r, part)
	require.NoError(t, err)
	assert.Empty(t, relay.took(), "a seek to where it is")
	_, err = r.Seek(500_005, io.SeekStart)
	require.NoError(t, err)
	assert.Empty(t, relay.took(), "a seek by itself")
	assert.Equal(t, text[500_005:], drain(t, r))
	requests := relay.take()
	require.Len(t, requests, 1, "a read behind a seek")
	assert.Equal(t, "bytes=500005-999999", requests[0].Get("Range"))
	assert.Equal(t, r.Info.ETag, requests[0].Get("If-Match"))
	require.NoError(t, r.Close())

	r, err = store.Get(t.Context(), "a", core.GetOptions{Random: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"HeadObject"}, relay.took(), "to open for reads here and there")
	for range 3 {
		_, err = io.ReadFull(r, part)
		require.NoError(t, err)
	}
	_, err = r.ReadAt(part, 999_000)
	require.NoError(t, err)
	_, err = r.Seek(77, io.SeekStart)
	require.NoError(t, err)
	_, err = r.Read(part)
	require.NoError(t, err)
	requests = relay.take()
	var ranges []string
	for _, request := range requests {
		assert.Equal(t, r.Info.ETag, request.Get("If-Match"))
		ranges = append(ranges, request.Get("Range"))
	}
	assert.Equal(t, []string{"bytes=0-999", "bytes=1000-1999", "bytes=2000-2999", "bytes=999000-999999", "bytes=77-1076"}, ranges)
	_, err = r.ReadAt(part, 1_000_000)
	assert.Equal(t, io.EOF, err)
	assert.Empty(t, relay.took(), "a read behind the end")
	require.NoError(t, r.Close())
}

// fill makes empty objects, by several connections.
func fill(t *testing.T, server *s3test.Server, place s3test.Place, keys []string) {
	t.Helper()
	client := raw(server)
	todo := make(chan string)
	failed := make(chan error, 1)
	var working sync.WaitGroup
	for range 8 {
		working.Go(func() {
			for key := range todo {
				key = place.Prefix + key
				_, err := client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: &place.Bucket, Key: &key})
				if err != nil {
					select {
					case failed <- fmt.Errorf("%q: %w", key, err):
					default:
					}
				}
			}
		})
	}
	for _, key := range keys {
		todo <- key
	}
	close(todo)
	working.Wait()
	select {
	case err := <-failed:
		require.NoError(t, err)
	default:
	}
}

func numbered(format string, n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf(format, i)
	}
	return keys
}

func TestRequestsOfFolders(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	relay := newRelay(t)
	store := relay.open(t, server, place.URL, nil)
	ctx := t.Context()
	const n = 2100
	fill(t, server, place, append(numbered("f/deep/er/%04d", n), "f/a", "f/z"))
	lists := func(n int) []string { return slices.Repeat([]string{"ListObjectsV2"}, n) }
	depth := func(n int) *int { return &n }

	for _, c := range []struct {
		name  string
		o     core.ListOptions
		want  int // requests
		paths int
	}{
		{"recursive", core.ListOptions{Recursive: true}, 3, n + 2},
		{"recursive, pages of 500", core.ListOptions{Recursive: true, PageSize: 500}, 5, n + 2},
		{"one level", core.ListOptions{}, 1, 3},
		{"one level of files", core.ListOptions{Only: core.Object}, 1, 2},
		{"one level of folders", core.ListOptions{Only: core.Folder}, 1, 1},
		// What is too deep costs the page that it begins on, and not the two
		// others that it fills.
		{"two levels", core.ListOptions{MaxDepth: depth(1)}, 2, 2},
		{"two levels of folders", core.ListOptions{MaxDepth: depth(1), Only: core.Folder}, 2, 2},
		{"deep enough", core.ListOptions{MaxDepth: depth(2)}, 3, n + 2},
		{"pattern", core.ListOptions{Recursive: true, Pattern: "*7"}, 3, n / 10},
	} {
		relay.take()
		paths, err := s3test.List(ctx, store, "f", c.o)
		require.NoError(t, err)
		assert.Len(t, paths, c.paths, c.name)
		assert.Equal(t, lists(c.want), relay.took(), c.name)
	}

	glob := func(pattern string) int {
		pages, err := store.Glob(pattern, 0)
		require.NoError(t, err)
		found := 0
		for {
			page, err := pages.Next(ctx)
			if err == io.EOF {
				return found
			}
			require.NoError(t, err)
			found += len(page)
		}
	}
	assert.Equal(t, n/10, glob("f/**/*7"))
	assert.Equal(t, lists(3), relay.took(), "glob")
	assert.Equal(t, 2, glob("f/*"))
	assert.Equal(t, lists(1), relay.took(), "glob of one level")

	info, err := store.FolderInfo(ctx, "f", core.FolderInfoOptions{})
	require.NoError(t, err)
	assert.EqualValues(t, n+2, info.Files)
	assert.Equal(t, lists(3), relay.took(), "folder info")
	info, err = store.FolderInfo(ctx, "f", core.FolderInfoOptions{MaxDepth: depth(1)})
	require.NoError(t, err)
	assert.EqualValues(t, 2, info.Files)
	assert.Equal(t, lists(2), relay.took(), "folder info of two levels")

	requireError(t, store.DeleteFolder(ctx, "f", core.DeleteFolderOptions{}), errs.DirectoryNotEmpty)
	assert.Equal(t, lists(1), relay.took(), "refused delete")
	require.NoError(t, store.DeleteFolder(ctx, "f", core.DeleteFolderOptions{Recursive: true}))
	assert.ElementsMatch(t, slices.Repeat([]string{"ListObjectsV2", "DeleteObjects"}, 3), relay.took(), "delete of a folder")
	found, err := store.Exists(ctx, "f", core.AnyKind)
	require.NoError(t, err)
	assert.False(t, found)
}

func TestRequestsOfLargeObjects(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, nil)
	upload := func(parts int) []string {
		return slices.Concat([]string{"CreateMultipartUpload"}, slices.Repeat([]string{"UploadPart"}, parts),
			[]string{"CompleteMultipartUpload"})
	}
	data := bytes.Repeat([]byte("0123456789abcdef"), 66<<20/16)

	w, err := store.NewWriter(t.Context(), "w", core.PutOptions{})
	require.NoError(t, err)
	for piece := range slices.Chunk(data[:20<<20], 1<<20) {
		_, err = w.Write(piece)
		require.NoError(t, err)
	}
	_, err = w.Commit(t.Context())
	require.NoError(t, err)
	assert.Equal(t, upload(3), relay.took(), "20 MiB by a writer")

	w, err = store.NewWriter(t.Context(), "one", core.PutOptions{})
	require.NoError(t, err)
	_, err = w.Write(data[:8<<20])
	require.NoError(t, err)
	_, err = w.Commit(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"PutObject"}, relay.took(), "one full part by a writer")

	_, err = store.Put(t.Context(), "p", data[:64<<20], core.PutOptions{})
	require.NoError(t, err)
	assert.Equal(t, []string{"PutObject"}, relay.took(), "64 MiB by a put")
	_, err = store.Put(t.Context(), "q", data, core.PutOptions{})
	require.NoError(t, err)
	assert.Equal(t, upload(9), relay.took(), "66 MiB by a put")
	got, err := read(t.Context(), store, "q", core.GetOptions{})
	require.NoError(t, err)
	assert.True(t, got == string(data), "the bytes are others")
}

// While the caller works on a page, the next one comes, from the second on.
func TestTheNextPageComesMeanwhile(t *testing.T) {
	var keys []string
	for i := range 10 {
		keys = append(keys, fmt.Sprintf("%02d", i))
	}
	stub := newStub(t, keys...)
	store := openSet(t, variables(t, stub.URL), "s3://bucket", fast(nil))
	pages, err := store.List("", core.ListOptions{PageSize: 2})
	require.NoError(t, err)
	var found []string
	for _, asked := range []int32{1, 3, 4, 5, 5} {
		page, err := pages.Next(t.Context())
		require.NoError(t, err)
		for _, info := range page {
			found = append(found, info.Path)
		}
		assert.Eventually(t, func() bool { return stub.listings.Load() == asked }, 10*time.Second, time.Millisecond)
	}
	_, err = pages.Next(t.Context())
	assert.Equal(t, io.EOF, err)
	assert.Equal(t, keys, found)
	assert.EqualValues(t, 5, stub.listings.Load())
}
