package local

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// open returns a driver and its folder, which exists.
func open(t *testing.T) (driver.Driver, string) {
	t.Helper()
	folder := t.TempDir()
	d, err := Open(folder, Options{})
	require.NoError(t, err)
	return d, folder
}

func writeFile(t *testing.T, text string, name ...string) {
	t.Helper()
	file := filepath.Join(name...)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
}

func symlink(t *testing.T, target string, name ...string) {
	t.Helper()
	require.NoError(t, os.Symlink(target, filepath.Join(name...)))
}

// keys lists everything below prefix; a folder ends with '/'.
func keys(t *testing.T, d driver.Driver, prefix string, recursive bool) []string {
	t.Helper()
	found := []string{}
	options := driver.ListOptions{Prefix: prefix, Levels: 1, Folders: true}
	if recursive {
		options = driver.ListOptions{Prefix: prefix}
	}
	pages := d.List(options)
	for {
		page, err := pages.Next(t.Context())
		if err == io.EOF {
			return found
		}
		require.NoError(t, err)
		for _, o := range page {
			if o.Folder {
				o.Key += "/"
			}
			found = append(found, o.Key)
		}
	}
}

// read returns the content.
func read(ctx context.Context, d driver.Driver, key string) (string, error) {
	r, err := d.Get(ctx, key, driver.GetOptions{})
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(driver.Reading(context.Background(), r.Body))
	return string(text), err
}

type operation struct {
	name string
	do   func(ctx context.Context, d driver.Driver, key string) error
}

// operations are all that take a key; other keys that they need are fixed.
var operations = []operation{
	{"head", func(ctx context.Context, d driver.Driver, key string) error {
		_, err := d.Head(ctx, key, driver.HeadOptions{})
		return err
	}},
	{"get", func(ctx context.Context, d driver.Driver, key string) error {
		_, err := read(ctx, d, key)
		return err
	}},
	{"create", func(ctx context.Context, d driver.Driver, key string) error {
		_, err := d.Put(ctx, key, []byte("new"), driver.PutOptions{})
		return err
	}},
	{"overwrite", func(ctx context.Context, d driver.Driver, key string) error {
		_, err := d.Put(ctx, key, []byte("new"), driver.PutOptions{Mode: driver.Overwrite})
		return err
	}},
	{"delete", func(ctx context.Context, d driver.Driver, key string) error {
		return d.Delete(ctx, key, driver.DeleteOptions{})
	}},
	{"copy from", func(ctx context.Context, d driver.Driver, key string) error {
		return d.Copy(ctx, key, "copy", driver.CopyOptions{Mode: driver.Overwrite})
	}},
	{"copy to", func(ctx context.Context, d driver.Driver, key string) error {
		return d.Copy(ctx, "plain", key, driver.CopyOptions{Mode: driver.Overwrite})
	}},
	{"list", func(ctx context.Context, d driver.Driver, key string) error {
		_, err := d.List(driver.ListOptions{Prefix: key + "/"}).Next(ctx)
		return err
	}},
}

func TestLinkOutOfTheRootIsRefused(t *testing.T) {
	d, folder := open(t)
	outside := t.TempDir()
	writeFile(t, "secret", outside, "file")
	writeFile(t, "x", folder, "plain")
	symlink(t, filepath.Join(outside, "file"), folder, "file-out")
	symlink(t, outside, folder, "folder-out")
	relative, err := filepath.Rel(folder, filepath.Join(outside, "file"))
	require.NoError(t, err)
	symlink(t, relative, folder, "relative-out")

	for _, key := range []string{"file-out", "relative-out", "folder-out/file", "folder-out/new"} {
		for _, o := range operations {
			err := o.do(t.Context(), d, key)
			assert.Equal(t, errs.InvalidPath, errs.CodeOf(err), "%s %s: %v", o.name, key, err)
		}
	}
	assert.Equal(t, []string{"plain"}, keys(t, d, "", true))
	assert.Equal(t, []string{"plain"}, keys(t, d, "", false))
	text, err := os.ReadFile(filepath.Join(outside, "file"))
	require.NoError(t, err)
	assert.Equal(t, "secret", string(text))
	assert.NoFileExists(t, filepath.Join(outside, "new"))
}

func TestLinkToAFileInside(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "content", folder, "a", "file")
	symlink(t, "a/file", folder, "link")

	text, err := read(t.Context(), d, "link")
	require.NoError(t, err)
	assert.Equal(t, "content", text)
	o, err := d.Head(t.Context(), "link", driver.HeadOptions{})
	require.NoError(t, err)
	assert.EqualValues(t, len("content"), o.Size)
	assert.Equal(t, []string{"a/file", "link"}, keys(t, d, "", true))

	// A write replaces the link, not what it leads to.
	_, err = d.Put(t.Context(), "link", []byte("new"), driver.PutOptions{})
	assert.Equal(t, errs.AlreadyExists, errs.CodeOf(err))
	_, err = d.Put(t.Context(), "link", []byte("new"), driver.PutOptions{Mode: driver.Overwrite})
	require.NoError(t, err)
	text, err = read(t.Context(), d, "a/file")
	require.NoError(t, err)
	assert.Equal(t, "content", text)
}

func TestDeleteTakesTheLinkAndLeavesItsTarget(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "content", folder, "file")
	symlink(t, "file", folder, "link")
	require.NoError(t, d.Delete(t.Context(), "link", driver.DeleteOptions{}))
	assert.Equal(t, []string{"file"}, keys(t, d, "", true))
}

// A listing that entered a linked folder could go in a circle.
func TestLinkToAFolderInsideIsUsableButNotListed(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "content", folder, "a", "file")
	symlink(t, ".", folder, "a", "circle")
	text, err := read(t.Context(), d, "a/circle/circle/file")
	require.NoError(t, err)
	assert.Equal(t, "content", text)
	assert.Equal(t, []string{"a/file"}, keys(t, d, "", true))
}

func TestLinksInACircle(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "x", folder, "plain")
	symlink(t, "second", folder, "first")
	symlink(t, "first", folder, "second")
	for _, key := range []string{"first", "first/below"} {
		for _, o := range operations {
			err := o.do(t.Context(), d, key)
			assert.Equal(t, errs.InvalidPath, errs.CodeOf(err), "%s %s: %v", o.name, key, err)
		}
	}
	assert.Equal(t, []string{"plain"}, keys(t, d, "", true))
}

func TestDanglingLink(t *testing.T) {
	d, folder := open(t)
	symlink(t, "nowhere", folder, "dangling")
	for _, o := range operations {
		switch o.name {
		case "head", "get", "delete", "copy from":
			err := o.do(t.Context(), d, "dangling")
			assert.Equal(t, errs.NotFound, errs.CodeOf(err), "%s: %v", o.name, err)
		}
	}
	assert.Empty(t, keys(t, d, "", true))

	_, err := d.Put(t.Context(), "dangling", []byte("new"), driver.PutOptions{})
	assert.Equal(t, errs.AlreadyExists, errs.CodeOf(err), "the link is there, and stays: %v", err)
	_, err = d.Put(t.Context(), "dangling", []byte("new"), driver.PutOptions{Mode: driver.Overwrite})
	require.NoError(t, err)
	text, err := read(t.Context(), d, "dangling")
	require.NoError(t, err)
	assert.Equal(t, "new", text)
	assert.NoFileExists(t, filepath.Join(folder, "nowhere"), "the write went through the link")
}

// unblock runs f and reports whether it came back. One that waits for the
// other end of the pipe gets it then, so that the test itself ends.
func unblock(t *testing.T, fifo string, f func() error) (err error, returned bool) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err, true
	case <-time.After(3 * time.Second):
	}
	pipe, err := os.OpenFile(fifo, os.O_RDWR|syscall.O_NONBLOCK, 0)
	require.NoError(t, err)
	defer pipe.Close()
	return <-done, false
}

func makeFIFO(t *testing.T, folder string) string {
	t.Helper()
	fifo := filepath.Join(folder, "fifo")
	require.NoError(t, syscall.Mkfifo(fifo, 0o666))
	return fifo
}

func makeSocket(t *testing.T, folder string) {
	t.Helper()
	t.Chdir(folder) // the path of a socket must be short: hence a relative one
	listener, err := net.Listen("unix", "socket")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
}

func TestSpecialFilesAreRefused(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "x", folder, "plain")
	fifo := makeFIFO(t, folder)
	makeSocket(t, folder)
	symlink(t, "fifo", folder, "link-to-fifo")

	for _, key := range []string{"fifo", "link-to-fifo"} {
		for _, o := range operations {
			if o.name == "list" || o.name == "delete" {
				continue // below
			}
			t.Run(key+" "+o.name, func(t *testing.T) {
				err, returned := unblock(t, fifo, func() error { return o.do(t.Context(), d, key) })
				require.True(t, returned, "it blocked")
				assert.Equal(t, errs.InvalidPath, errs.CodeOf(err), "%v", err)
			})
		}
	}
	for _, o := range operations {
		switch o.name {
		case "create", "overwrite", "copy to":
			err := o.do(t.Context(), d, "socket")
			assert.Equal(t, errs.InvalidPath, errs.CodeOf(err), "%s: %v", o.name, err)
		}
	}
	assert.Equal(t, []string{"plain"}, keys(t, d, "", true))
	assert.Equal(t, []string{"plain"}, keys(t, d, "", false))
}

// The open of a socket fails already, with ENXIO, before its kind is seen.
func TestReadOfASocketIsRefused(t *testing.T) {
	d, folder := open(t)
	makeSocket(t, folder)
	for _, o := range operations {
		switch o.name {
		case "head", "get", "copy from":
			err := o.do(t.Context(), d, "socket")
			assert.Equal(t, errs.InvalidPath, errs.CodeOf(err), "%s: %v", o.name, err)
		}
	}
}

// The Store asks Head before, so this is for a direct user of the driver.
func TestDeleteRefusesSpecialFiles(t *testing.T) {
	d, folder := open(t)
	fifo := makeFIFO(t, folder)
	err := d.Delete(t.Context(), "fifo", driver.DeleteOptions{})
	assert.Equal(t, errs.InvalidPath, errs.CodeOf(err), "%v", err)
	_, err = os.Lstat(fifo)
	assert.NoError(t, err, "it was deleted")
}

func TestListBelowAPipeDoesNotBlock(t *testing.T) {
	d, folder := open(t)
	fifo := makeFIFO(t, folder)
	err, returned := unblock(t, fifo, func() error {
		_, err := d.List(driver.ListOptions{Prefix: "fifo/"}).Next(t.Context())
		return err
	})
	assert.True(t, returned, "it blocked")
	assert.Equal(t, io.EOF, err)
}

func TestFolderIsNoObject(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "x", folder, "plain")
	require.NoError(t, os.Mkdir(filepath.Join(folder, "folder"), 0o777))
	for _, o := range operations {
		if o.name == "list" {
			continue
		}
		err := o.do(t.Context(), d, "folder")
		assert.Equal(t, errs.InvalidPath, errs.CodeOf(err), "%s: %v", o.name, err)
	}
	assert.Equal(t, []string{"folder/", "plain"}, keys(t, d, "", false))
}

// names are those of all files below folder, hidden ones too.
func names(t *testing.T, folder string) []string {
	t.Helper()
	found := []string{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found = append(found, entry.Name())
		}
		return err
	}))
	return found
}

func TestNoTemporaryFileStays(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "old", folder, "a", "file")
	failure := errors.New("no more bytes")
	ctx, cancel := context.WithCancel(t.Context())
	publish := func(key string, mode driver.Mode, write func(*writer) error) error {
		_, err := d.(*local).publish(ctx, key, mode, write)
		return err
	}
	hello := func(w *writer) error { return w.Write(t.Context(), []byte("hello")) }

	assert.NoError(t, publish("a/new", driver.Create, hello))
	assert.NoError(t, publish("a/new", driver.Overwrite, hello))
	assert.Equal(t, errs.AlreadyExists, errs.CodeOf(publish("a/file", driver.Create, hello)))
	assert.ErrorIs(t, publish("a/file", driver.Overwrite, func(w *writer) error {
		return errors.Join(hello(w), failure)
	}), failure)
	// The loser of a race learns it only at the end.
	assert.Equal(t, errs.AlreadyExists, errs.CodeOf(publish("a/raced", driver.Create, func(w *writer) error {
		writeFile(t, "winner", folder, "a", "raced")
		return hello(w)
	})))
	assert.Error(t, publish("a/folder", driver.Overwrite, func(w *writer) error {
		require.NoError(t, os.Mkdir(filepath.Join(folder, "a", "folder"), 0o777))
		return hello(w)
	}), "a folder came meanwhile")
	assert.Equal(t, errs.Cancelled, errs.CodeOf(publish("a/file", driver.Overwrite, func(w *writer) error {
		cancel()
		return hello(w)
	})))

	assert.ElementsMatch(t, []string{"file", "new", "raced"}, names(t, folder))
	text, err := read(t.Context(), d, "a/file")
	require.NoError(t, err)
	assert.Equal(t, "old", text)
	text, err = read(t.Context(), d, "a/raced")
	require.NoError(t, err)
	assert.Equal(t, "winner", text)
}

func TestNamesOfTemporaryFilesAreReserved(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "x", folder, "plain")
	writeFile(t, "half", folder, tempPrefix+"X")
	writeFile(t, "half", folder, "a", tempPrefix+"X")
	writeFile(t, "half", folder, tempPrefix+"folder", "file")
	for _, key := range []string{tempPrefix + "X", "a/" + tempPrefix + "X", tempPrefix + "folder/file", tempPrefix} {
		for _, o := range operations {
			err := o.do(t.Context(), d, key)
			assert.Equal(t, errs.InvalidPath, errs.CodeOf(err), "%s %s: %v", o.name, key, err)
		}
	}
	assert.Equal(t, []string{"plain"}, keys(t, d, "", true))
	assert.Equal(t, []string{"a/", "plain"}, keys(t, d, "", false))

	_, err := d.Put(t.Context(), "a"+tempPrefix, nil, driver.PutOptions{})
	assert.NoError(t, err, "only the beginning of a name is reserved")
}

// Every version consists of its own number, and its length follows from it.
func TestReadersSeeWholeVersions(t *testing.T) {
	const versions, readers = 200, 4
	d, _ := open(t)
	version := func(n int) []byte { return bytes.Repeat([]byte{byte(n)}, 1+7919*n%100_003) }
	write := func(n int) error {
		_, err := d.Put(context.Background(), "a", version(n), driver.PutOptions{Mode: driver.Overwrite})
		return err
	}
	require.NoError(t, write(0))

	written := make(chan struct{})
	torn := make([]error, readers)
	var wg sync.WaitGroup
	for i := range readers {
		wg.Go(func() {
			for last := false; !last; {
				select {
				case <-written:
					last = true // one more look, at the final version
				default:
				}
				r, err := d.Get(context.Background(), "a", driver.GetOptions{})
				if err != nil {
					torn[i] = err
					return
				}
				data, err := io.ReadAll(driver.Reading(t.Context(), r.Body))
				r.Body.Close()
				if err != nil || int64(len(data)) != r.Object.Size || !bytes.Equal(data, version(int(data[0]))) {
					torn[i] = errors.Join(err, errors.New("not one whole version"))
					return
				}
			}
		})
	}
	for n := range versions {
		if !assert.NoError(t, write(n)) {
			break
		}
	}
	close(written)
	wg.Wait()
	for _, err := range torn {
		assert.NoError(t, err)
	}
}

func TestRootFolderIsMadeByTheFirstPut(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not", "yet")
	d, err := Open(folder, Options{})
	require.NoError(t, err)
	for _, o := range operations {
		switch o.name {
		case "head", "get", "delete", "copy from":
			err := o.do(t.Context(), d, "a")
			assert.Equal(t, errs.NotFound, errs.CodeOf(err), "%s: %v", o.name, err)
		}
	}
	assert.Empty(t, keys(t, d, "", true))
	assert.Empty(t, keys(t, d, "a/", false))
	assert.NoDirExists(t, folder, "a read makes nothing")

	_, err = d.Put(t.Context(), "a", []byte("x"), driver.PutOptions{})
	require.NoError(t, err)
	assert.Equal(t, []string{"a"}, keys(t, d, "", true))
}

func TestRootMustBeAFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, "x", file)
	for _, root := range []string{file, filepath.Join(file, "below")} {
		_, err := Open(root, Options{})
		assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err), "%v", err)
	}
}

func TestPermissionDenied(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root ignores the modes of files: TestTranslate covers the error")
	}
	d, folder := open(t)
	writeFile(t, "x", folder, "plain")
	writeFile(t, "x", folder, "shut", "file")
	require.NoError(t, os.Chmod(filepath.Join(folder, "shut"), 0))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(folder, "shut"), 0o777) })
	for _, o := range operations {
		err := o.do(t.Context(), d, "shut/file")
		assert.Equal(t, errs.PermissionDenied, errs.CodeOf(err), "%s: %v", o.name, err)
	}
}

func TestTranslate(t *testing.T) {
	const path = "/secret/place"
	own := errs.New(errs.Corrupt, "ours")
	for _, c := range []struct {
		cause error
		want  errs.Code
	}{
		{syscall.ENOENT, errs.NotFound},
		{syscall.ENOTDIR, errs.NotFound},
		{syscall.EEXIST, errs.AlreadyExists},
		{syscall.EACCES, errs.PermissionDenied},
		{syscall.EPERM, errs.PermissionDenied},
		{syscall.EISDIR, errs.InvalidPath},
		{syscall.ENAMETOOLONG, errs.InvalidPath},
		{syscall.ELOOP, errs.InvalidPath},
		{errors.New(escapes), errs.InvalidPath},
		{syscall.EBUSY, errs.ResourceLocked},
		{syscall.ETXTBSY, errs.ResourceLocked},
		{syscall.ENOSPC, errs.IO},
		{syscall.EDQUOT, errs.IO},
		{syscall.EIO, errs.IO},
		{syscall.EMFILE, errs.IO},
		{io.ErrUnexpectedEOF, errs.IO},
		{own, errs.Corrupt},
	} {
		for _, err := range []error{
			c.cause,
			&fs.PathError{Op: "openat", Path: path, Err: c.cause},
			&os.LinkError{Op: "renameat", Old: path, New: path, Err: c.cause},
		} {
			got := translate(err)
			assert.Equal(t, c.want, errs.CodeOf(got), "%v", err)
			assert.NotContains(t, got.Error(), path)
			if c.want == errs.PermissionDenied || c.want == errs.IO {
				assert.ErrorContains(t, got, c.cause.Error(), "people need the reason")
			}
		}
	}
	assert.NoError(t, translate(nil))
	assert.Same(t, own, translate(own))
}

func TestStrangeNamesAreListed(t *testing.T) {
	d, folder := open(t)
	// As bytes in order. \xff is no UTF-8: a path cannot name that file, but
	// it must not hide the others.
	strange := []string{"-rf", "a\\b", "new\nline", "tab\t", "z", "\x7f", "\xff"}
	for _, name := range strange {
		writeFile(t, "x", folder, name)
	}
	assert.Equal(t, strange, keys(t, d, "", true))
	assert.Equal(t, strange, keys(t, d, "", false))
	text, err := read(t.Context(), d, "new\nline")
	require.NoError(t, err)
	assert.Equal(t, "x", text)
}

func TestContextThatIsOver(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "x", folder, "plain")
	writeFile(t, "old", folder, "a")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for _, o := range operations {
		t.Run(o.name, func(t *testing.T) {
			err := o.do(cancelled, d, "a")
			assert.Equal(t, errs.Cancelled, errs.CodeOf(err), "%v", err)
			assert.ErrorIs(t, err, context.Canceled)
			err = o.do(expired, d, "a")
			assert.Equal(t, errs.Deadline, errs.CodeOf(err), "%v", err)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
	}
	text, err := read(t.Context(), d, "a")
	require.NoError(t, err)
	assert.Equal(t, "old", text)
	assert.ElementsMatch(t, []string{"a", "plain"}, names(t, folder))
}

func TestObjectThatShrinksWhileItIsRead(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "0123456789", folder, "a")
	r, err := d.Get(t.Context(), "a", driver.GetOptions{})
	require.NoError(t, err)
	defer r.Body.Close()
	require.NoError(t, os.Truncate(filepath.Join(folder, "a"), 4))
	text, err := io.ReadAll(driver.Reading(t.Context(), r.Body))
	assert.Equal(t, "0123", string(text))
	assert.Equal(t, errs.Changed, errs.CodeOf(err))
}

func TestContextEndsAReadThatHasBegun(t *testing.T) {
	d, folder := open(t)
	writeFile(t, "0123456789", folder, "a")
	ctx, cancel := context.WithCancel(t.Context())
	r, err := d.Get(t.Context(), "a", driver.GetOptions{})
	require.NoError(t, err)
	defer r.Body.Close()
	cancel()
	_, err = io.ReadAll(driver.Reading(ctx, r.Body))
	assert.Equal(t, errs.Cancelled, errs.CodeOf(err))
}

// folders lists those in a folder, and itself.
func folders(t *testing.T, folder string) (found []string) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if entry.IsDir() {
			found = append(found, path)
		}
		return err
	}))
	return found
}

func TestAutomaticCleanup(t *testing.T) {
	for _, cleanup := range []bool{false, true} {
		folder := t.TempDir()
		d, err := Open(folder, Options{AutomaticCleanup: cleanup})
		require.NoError(t, err)
		ctx := t.Context()
		writeFile(t, "1", folder, "a", "b", "c", "1")
		writeFile(t, "2", folder, "a", "2")
		writeFile(t, "3", folder, "d", "3")
		writeFile(t, "4", folder, "4")
		require.NoError(t, os.Mkdir(filepath.Join(folder, "target"), 0o777))
		symlink(t, "target", folder, "link")
		writeFile(t, "5", folder, "link", "5")

		for _, key := range []string{"a/b/c/1", "4", "link/5"} {
			require.NoError(t, d.Delete(ctx, key, driver.DeleteOptions{}))
		}
		require.NoError(t, d.(*local).Move(ctx, "d/3", "3", driver.Overwrite))
		want := []string{".", "a", "d", "target"}
		if !cleanup {
			want = []string{".", "a", "a/b", "a/b/c", "d", "target"}
		}
		assert.Equal(t, want, folders(t, folder), cleanup)
		assert.Equal(t, []string{"3", "a/2"}, keys(t, d, "", true))
		_, err = os.Lstat(filepath.Join(folder, "link"))
		assert.NoError(t, err, "a link is no folder")

		require.NoError(t, d.Delete(ctx, "a/2", driver.DeleteOptions{}))
		require.NoError(t, d.Delete(ctx, "3", driver.DeleteOptions{}))
		assert.DirExists(t, folder)
	}
}

// A write never fails because its folder was cleaned up meanwhile.
func TestAutomaticCleanupBesideWrites(t *testing.T) {
	d, err := Open(t.TempDir(), Options{AutomaticCleanup: true})
	require.NoError(t, err)
	var group sync.WaitGroup
	for worker := range 4 {
		key := "a/b/" + string(rune('a'+worker))
		group.Go(func() {
			for range 200 {
				_, err := d.Put(t.Context(), key, nil, driver.PutOptions{Mode: driver.Overwrite})
				assert.NoError(t, err)
				assert.NoError(t, d.Delete(t.Context(), key, driver.DeleteOptions{}))
			}
		})
	}
	group.Wait()
}

// What is long takes several writes: those of others must not come in between.
func TestAppendsDoNotMix(t *testing.T) {
	t.Parallel()
	d, err := Open(t.TempDir(), Options{})
	require.NoError(t, err)
	const writers, size = 4, chunk + 1000
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			_, err := d.(driver.Appender).Append(t.Context(), "a", bytes.Repeat([]byte{'a' + byte(i)}, size), driver.PutOptions{})
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	r, err := d.Get(t.Context(), "a", driver.GetOptions{})
	require.NoError(t, err)
	data, err := io.ReadAll(driver.Reading(t.Context(), r.Body))
	require.NoError(t, err)
	require.Len(t, data, writers*size)
	for part := range slices.Chunk(data, size) {
		assert.Equal(t, size, bytes.Count(part, part[:1]))
	}

	// Somebody else holds the lock: the call ends when it is told to.
	file, err := os.Open(d.Location("a").Path)
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, syscall.Flock(int(file.Fd()), syscall.LOCK_EX))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = d.(driver.Appender).Append(ctx, "a", []byte("x"), driver.PutOptions{})
	assert.Equal(t, errs.Deadline, errs.CodeOf(err), "%v", err)
}
