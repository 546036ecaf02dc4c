package local

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// writer writes a temporary file beside key and renames it, so that a reader
// sees the old object or the new one and never half of it.
type writer struct {
	root *os.Root // nil when it is over
	file *os.File
	temp string
	key  string
	mode driver.Mode
}

func (l *local) NewWriter(ctx context.Context, key string, o driver.PutOptions) (driver.Writer, error) {
	return l.newWriter(ctx, key, o.Mode)
}

func (l *local) newWriter(ctx context.Context, key string, mode driver.Mode) (*writer, error) {
	root, err := l.openForWrite(ctx, key, mode)
	if err != nil {
		return nil, err
	}
	temp := driver.Join(driver.Parent(key), tempPrefix+rand.Text())
	var file *os.File
	for range attempts {
		file, err = root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err := makeParent(root, key); err != nil { // deleted since it was made
			root.Close()
			return nil, err
		}
	}
	if err != nil {
		root.Close()
		return nil, translate(err)
	}
	return &writer{root: root, file: file, temp: temp, key: key, mode: mode}, nil
}

func (w *writer) Write(ctx context.Context, p []byte) error {
	for part := range slices.Chunk(p, chunk) {
		if err := driver.Done(ctx); err != nil {
			return err
		}
		if _, err := w.file.Write(part); err != nil {
			return translate(err)
		}
		driver.Transferred(ctx, int64(len(part)))
	}
	return nil
}

func (w *writer) Commit(ctx context.Context) (driver.Object, error) {
	defer w.end()
	info, err := w.file.Stat()
	if err := cmp.Or(err, w.file.Close(), driver.Done(ctx)); err != nil {
		return driver.Object{}, translate(err)
	}
	if err := rename(w.root, w.temp, w.key, w.mode); errors.Is(err, fs.ErrNotExist) {
		return driver.Object{}, errs.New(errs.NotFound, "the folder of the object was deleted while the object was written")
	} else if err != nil {
		return driver.Object{}, translate(err)
	}
	return object(w.key, info), nil
}

func (w *writer) Abort(context.Context) error {
	w.end()
	return nil
}

func (w *writer) end() {
	if w.root != nil {
		w.file.Close()
		_ = w.root.Remove(w.temp) // is gone already where it was renamed
		w.root.Close()
		w.root = nil
	}
}

// publish writes an object by write.
func (l *local) publish(ctx context.Context, key string, mode driver.Mode, write func(*writer) error) (driver.Object, error) {
	w, err := l.newWriter(ctx, key, mode)
	if err != nil {
		return driver.Object{}, err
	}
	defer w.end()
	if err := write(w); err != nil {
		return driver.Object{}, translate(err)
	}
	return w.Commit(ctx)
}

// openForWrite makes the folders above key and refuses what key may not replace.
func (l *local) openForWrite(ctx context.Context, key string, mode driver.Mode) (*os.Root, error) {
	if err := checkWrite(ctx, key); err != nil {
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

// prepare makes the folders above key, unless key may not be written.
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
	return makeParent(root, key)
}

// attempts is how often a write begins anew whose folder somebody else deletes.
const attempts = 100

func makeParent(root *os.Root, key string) error {
	parent := driver.Parent(key)
	if parent == "" {
		return nil
	}
	var err error
	for range attempts {
		// Exists, where it was there and is deleted before it is looked at. Does not
		// exist, where the folder above it is deleted.
		err = root.MkdirAll(parent, 0o777)
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return translate(err)
}
