// Package local is the backend that keeps objects as files below one folder.
// Everything goes through os.Root, so that neither ".." nor a symbolic link
// leaves that folder.
package local

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// tempPrefix begins the names of files that are being written. They are
// invisible: a listing skips them and a path may not name them.
const tempPrefix = ".remotestore-tmp-"

type local struct{ folder string }

// Open returns a driver over an absolute folder, which the first write makes.
// It holds no descriptor: the folder is opened by every call anew, so that it
// may be replaced, and a process may fork, at any time.
func Open(folder string) (driver.Driver, error) {
	info, err := os.Stat(folder)
	if err == nil && !info.IsDir() || errors.Is(err, syscall.ENOTDIR) {
		return nil, errs.New(errs.InvalidArgument, "%q is not a folder", folder)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, translate(err)
	}
	return &local{folder: folder}, nil
}

func (l *local) Name() string { return "local" }

func (l *local) Close() error { return nil }

func (l *local) Head(ctx context.Context, key string) (driver.Object, error) {
	r, err := l.Get(ctx, key, driver.Range{})
	if err != nil {
		return driver.Object{}, err
	}
	r.Body.Close()
	return r.Object, nil
}

func (l *local) Get(ctx context.Context, key string, r driver.Range) (*driver.Reader, error) {
	root, err := l.open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, object, err := openObject(root, key)
	if err != nil {
		return nil, err
	}
	length, err := r.Resolve(object.Size)
	if err == nil {
		_, err = file.Seek(r.Offset, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, translate(err)
	}
	return &driver.Reader{Object: object, Length: length, Body: &body{ctx: ctx, file: file, left: length}}, nil
}

func (l *local) Put(ctx context.Context, key string, data []byte, mode driver.Mode) (driver.Object, error) {
	return l.publish(ctx, key, mode, func(w io.Writer) error {
		for part := range slices.Chunk(data, chunk) {
			if err := driver.Done(ctx); err != nil {
				return err
			}
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *local) Copy(ctx context.Context, src, dst string, mode driver.Mode) error {
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
	_, err = l.publish(ctx, dst, mode, func(w io.Writer) error {
		for left := object.Size; left > 0; left -= chunk {
			if err := driver.Done(ctx); err != nil {
				return err
			}
			_, err := io.CopyN(w, file, min(left, chunk)) // the kernel copies, file to file
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

func (l *local) Delete(ctx context.Context, key string) error {
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
	return translate(root.Remove(key))
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
	name := folder
	if name == "" {
		name = "."
	}
	// O_DIRECTORY refuses a named pipe, which would block, with the files.
	dir, err := root.OpenFile(name, os.O_RDONLY|syscall.O_DIRECTORY, 0)
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
	for _, name := range driver.Segments(key) {
		if strings.HasPrefix(name, tempPrefix) {
			return errs.New(errs.InvalidPath, "names that begin with %s are reserved for files being written", tempPrefix)
		}
	}
	return nil
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
		return driver.IsFolder()
	case !info.Mode().IsRegular():
		return specialFile()
	}
	return nil
}

// publish writes a temporary file beside key and renames it, so that a reader
// sees the old object or the new one and never half of it.
func (l *local) publish(ctx context.Context, key string, mode driver.Mode, write func(io.Writer) error) (driver.Object, error) {
	var none driver.Object
	root, err := l.openForWrite(ctx, key, mode)
	if err != nil {
		return none, err
	}
	defer root.Close()
	temp := driver.Join(driver.Parent(key), tempPrefix+rand.Text())
	file, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return none, translate(err)
	}
	defer root.Remove(temp) // is gone already where it was renamed
	err = write(file)
	info, statErr := file.Stat()
	if err = cmp.Or(err, statErr, file.Close()); err != nil {
		return none, translate(err)
	}
	if err := driver.Done(ctx); err != nil {
		return none, err
	}
	if mode == driver.Create {
		err = noHardLinks(root.Link(temp, key)) // unlike a rename, it fails where key exists
	} else {
		err = root.Rename(temp, key)
	}
	if err != nil {
		return none, translate(err)
	}
	return object(key, info), nil
}

// openForWrite makes the folders above key and refuses what key may not replace.
func (l *local) openForWrite(ctx context.Context, key string, mode driver.Mode) (*os.Root, error) {
	if err := check(ctx, key); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(l.folder, 0o777); errors.Is(err, syscall.ENOTDIR) {
		return nil, errs.New(errs.InvalidPath, "the folder of the store cannot be made: a file is in its way")
	} else if err != nil {
		return nil, translate(err)
	}
	root, err := os.OpenRoot(l.folder)
	if err != nil {
		return nil, translate(err)
	}
	if err := prepare(root, key, mode); err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

func prepare(root *os.Root, key string, mode driver.Mode) error {
	names := driver.Segments(key)
	for i := range names[:len(names)-1] {
		above := strings.Join(names[:i+1], "/")
		info, err := root.Stat(above)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return translate(err)
		}
		if !info.IsDir() {
			return driver.FileInTheWay(above)
		}
	}
	info, err := root.Stat(key)
	if err == nil {
		if err := checkRegular(info); err != nil {
			return err
		}
		if mode == driver.Create {
			return driver.Exists()
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return translate(err)
	}
	if parent := driver.Parent(key); parent != "" {
		return translate(root.MkdirAll(parent, 0o777))
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
