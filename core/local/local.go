// Package local is the backend that keeps objects as files below one folder.
// Everything goes through os.Root, so that neither ".." nor a symbolic link
// leaves that folder.
package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// tempPrefix begins the names of files that are being written. They are
// invisible: a listing skips them and a path may not name them.
const tempPrefix = ".remotestore-tmp-"

type local struct {
	folder  string
	options Options
}

// Options change what operations do.
type Options struct {
	// AutomaticCleanup deletes, with an object, the folders above it that
	// become empty by that.
	AutomaticCleanup bool
}

// Open returns a driver over an absolute folder, which the first write makes.
// It holds no descriptor: the folder is opened by every call anew, so that it
// may be replaced, and a process may fork, at any time.
func Open(folder string, options Options) (driver.Driver, error) {
	info, err := os.Stat(folder)
	if err == nil && !info.IsDir() || errors.Is(err, syscall.ENOTDIR) {
		return nil, errs.New(errs.InvalidArgument, "%q is not a folder", folder)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, translate(err)
	}
	return &local{folder, options}, nil
}

func (l *local) Name() string { return "local" }

func (l *local) Capabilities() driver.Capabilities {
	return driver.Everything | driver.CanAtomicMove | driver.CanAppend
}

func (l *local) Location(key string) driver.Location {
	return driver.Location{Path: filepath.Join(l.folder, key), Root: l.folder}
}

func (l *local) KeyOf(native string) (string, bool) {
	if native == l.folder {
		return "", true
	}
	return strings.CutPrefix(native, strings.TrimSuffix(l.folder, "/")+"/")
}

func (l *local) Close() error { return nil }

// Ping accepts a folder that does not exist yet: the first write makes it.
func (l *local) Ping(ctx context.Context) error {
	root, err := l.open(ctx, "")
	if err != nil {
		return ignoreMissing(err)
	}
	return root.Close()
}

func (l *local) Head(ctx context.Context, key string, o driver.HeadOptions) (driver.Object, error) {
	r, err := l.Get(ctx, key, driver.GetOptions{Conditions: o.Conditions})
	if err != nil {
		return driver.Object{}, err
	}
	r.Body.Close()
	return r.Object, nil
}

func (l *local) Get(ctx context.Context, key string, o driver.GetOptions) (*driver.Reader, error) {
	root, err := l.open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, object, err := openObject(root, key)
	if err != nil {
		return nil, err
	}
	r := &driver.Reader{Object: object}
	err = o.Check(object)
	if err == nil {
		r.Offset, r.Length, err = o.Range.Resolve(object.Size)
	}
	if err == nil {
		_, err = file.Seek(r.Offset, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, translate(err)
	}
	r.Body = &body{file: file, left: r.Length}
	return r, nil
}

func (l *local) IsFolder(ctx context.Context, key string) (bool, error) {
	root, err := l.open(ctx, key)
	if err != nil {
		return false, ignoreMissing(err)
	}
	defer root.Close()
	info, err := root.Stat(cmp.Or(key, "."))
	if err != nil {
		return false, ignoreMissing(translate(err))
	}
	return info.IsDir(), nil
}

func (l *local) Put(ctx context.Context, key string, data []byte, o driver.PutOptions) (driver.Object, error) {
	return l.publish(ctx, key, o.Mode, func(w *writer) error { return w.Write(ctx, data) })
}

func (l *local) Copy(ctx context.Context, src, dst string, o driver.CopyOptions) error {
	root, err := l.open(ctx, src)
	if err != nil {
		return &driver.SourceError{Err: err}
	}
	defer root.Close()
	file, object, err := openObject(root, src)
	if err != nil {
		return &driver.SourceError{Err: err}
	}
	defer file.Close()
	if err := (driver.Conditions{IfMatch: o.SourceIfMatch}).Check(object); err != nil {
		return &driver.SourceError{Err: err}
	}
	_, err = l.publish(ctx, dst, o.Mode, func(w *writer) error {
		driver.Expect(ctx, object.Size)
		for left := object.Size; left > 0; left -= chunk {
			if err := driver.Done(ctx); err != nil {
				return err
			}
			n, err := io.CopyN(w.file, file, min(left, chunk)) // the kernel copies, file to file
			driver.Transferred(ctx, n)
			if err == io.EOF {
				return &driver.SourceError{Err: shrank()}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

func (l *local) Move(ctx context.Context, src, dst string, mode driver.Mode) error {
	root, err := l.open(ctx, src)
	if err != nil {
		return &driver.SourceError{Err: err}
	}
	defer root.Close()
	file, _, err := openObject(root, src)
	if err != nil {
		return &driver.SourceError{Err: err}
	}
	file.Close()
	if err := checkWrite(ctx, dst); err != nil {
		return err
	}
	if err := prepare(root, dst, mode); err != nil {
		return err
	}
	from, err := root.Lstat(src)
	if err == nil && from.Mode()&fs.ModeSymlink != 0 { // which may lead nowhere from there
		if err := l.Copy(ctx, src, dst, driver.CopyOptions{Mode: mode}); err != nil {
			return err
		}
		return translate(root.Remove(src))
	}
	if to, lstatErr := root.Lstat(dst); err == nil && lstatErr == nil && os.SameFile(from, to) {
		return translate(root.Remove(src)) // two names of one file: rename would do nothing
	}
	return translate(rename(root, src, dst, mode))
}

func (l *local) Delete(ctx context.Context, key string, _ driver.DeleteOptions) error {
	root, err := l.open(ctx, key)
	if err != nil {
		return err
	}
	defer root.Close()
	info, err := root.Stat(key)
	if err != nil {
		return translate(err)
	}
	if err := checkRegular(info); err != nil {
		return err
	}
	if err := root.Remove(key); err != nil {
		return translate(err)
	}
	if l.options.AutomaticCleanup {
		removeEmpty(root, driver.Parent(key))
	}
	return nil
}

// removeEmpty removes a folder, and those above it, as far as they are empty.
// The object is deleted: that one of them stays is no error.
func removeEmpty(root *os.Root, folder string) {
	for folder != "" {
		if link, err := root.Lstat(folder); err != nil || !link.IsDir() || root.Remove(folder) != nil {
			return
		}
		folder = driver.Parent(folder)
	}
}

func (l *local) DeleteFolder(ctx context.Context, key string, recursive bool) error {
	root, err := l.open(ctx, key)
	if err != nil {
		return noFolder(err)
	}
	defer root.Close()
	info, err := root.Stat(key)
	if err != nil {
		return noFolder(translate(err))
	}
	if !info.IsDir() {
		return driver.NoFolder()
	}
	// Of a link to a folder only the link goes.
	if link, lstatErr := root.Lstat(key); recursive && lstatErr == nil && link.IsDir() {
		err = removeAll(ctx, root, key)
	} else {
		err = root.Remove(key)
	}
	return translate(err)
}

// removeAll is os.Root's, but ends with its context.
func removeAll(ctx context.Context, root *os.Root, folder string) error {
	dir, err := root.OpenFile(folder, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	found, err := dir.ReadDir(-1)
	dir.Close()
	if err != nil {
		return err
	}
	for _, f := range found {
		if err := driver.Done(ctx); err != nil {
			return err
		}
		name := driver.Join(folder, f.Name())
		if f.IsDir() {
			err = removeAll(ctx, root, name)
		} else {
			err = root.Remove(name)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return root.Remove(folder)
}

func (l *local) List(o driver.ListOptions) driver.Lister {
	return driver.NewTreeLister(l.readDir, o)
}

// readDir follows a symbolic link to a file, but lists no link to a folder,
// which could lead in a circle, and nothing that is neither file nor folder.
func (l *local) readDir(ctx context.Context, folder string) ([]driver.Object, error) {
	root, err := l.open(ctx, folder)
	if errs.CodeOf(err) == errs.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	// O_DIRECTORY refuses a named pipe, which would block, with the files.
	dir, err := root.OpenFile(cmp.Or(folder, "."), os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, ignoreMissing(translate(err))
	}
	defer dir.Close()
	found, err := dir.ReadDir(-1)
	if err != nil {
		return nil, translate(err)
	}
	entries := make([]driver.Object, 0, len(found))
	for _, f := range found {
		if err := driver.Done(ctx); err != nil {
			return nil, err
		}
		key := driver.Join(folder, f.Name())
		switch {
		case strings.HasPrefix(f.Name(), tempPrefix):
		case f.IsDir():
			entries = append(entries, driver.Object{Key: key, Folder: true})
		case f.Type().IsRegular() || f.Type() == fs.ModeSymlink:
			info, err := root.Stat(key)
			if err == nil && info.Mode().IsRegular() {
				entries = append(entries, object(key, info))
			} // else it was deleted meanwhile, or the link leads nowhere or out
		}
	}
	return entries, nil
}

// open opens the folder for a call about key.
func (l *local) open(ctx context.Context, key string) (*os.Root, error) {
	if err := check(ctx, key); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(l.folder)
	return root, translate(err)
}

// check refuses a call that is over, or about a file that is being written.
func check(ctx context.Context, key string) error {
	if err := driver.Done(ctx); err != nil {
		return err
	}
	if key != "" && !driver.Fits(key) {
		return driver.Missing()
	}
	for _, name := range driver.Segments(key) {
		if strings.HasPrefix(name, tempPrefix) {
			return errs.New(errs.InvalidPath, "names that begin with %s are reserved for files being written", tempPrefix)
		}
	}
	return nil
}

// checkWrite is check for a key to be written.
func checkWrite(ctx context.Context, key string) error {
	if !driver.Fits(key) {
		return driver.Unfit()
	}
	return check(ctx, key)
}

// openObject opens a regular file. O_NONBLOCK keeps a named pipe from
// blocking the call until somebody writes to it; files do not know it.
func openObject(root *os.Root, key string) (*os.File, driver.Object, error) {
	file, err := root.OpenFile(key, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, driver.Object{}, translate(err)
	}
	info, err := file.Stat()
	if err == nil {
		err = checkRegular(info)
	}
	if err != nil {
		file.Close()
		return nil, driver.Object{}, translate(err)
	}
	return file, object(key, info), nil
}

// checkRegular refuses what is neither file nor folder, and a folder.
func checkRegular(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return driver.Folder()
	case !info.Mode().IsRegular():
		return specialFile()
	}
	return nil
}

func object(key string, info fs.FileInfo) driver.Object {
	o := driver.Object{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		// Inode, time and size change together with the content, because
		// every write makes a new file.
		o.ETag = fmt.Sprintf(`"%x-%x-%x"`, s.Ino, info.ModTime().UnixNano(), info.Size())
	}
	return o
}
