package local

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Append adds to the file itself: who reads it meanwhile may see a part of data,
// and so may all after an error. To cut it off could take what another wrote.
func (l *local) Append(ctx context.Context, key string, data []byte, o driver.PutOptions) (driver.Object, error) {
	root, err := l.openForWrite(ctx, key, driver.Overwrite)
	if err != nil {
		return driver.Object{}, err
	}
	defer root.Close()
	file, err := root.OpenFile(key, os.O_WRONLY|os.O_APPEND|syscall.O_NONBLOCK, 0) // as openObject does
	if errors.Is(err, fs.ErrNotExist) {
		made, err := l.Put(ctx, key, data, driver.PutOptions{Mode: driver.Create})
		if errs.CodeOf(err) == errs.AlreadyExists { // somebody else was first
			return l.Append(ctx, key, data, o)
		}
		return made, err
	}
	if err != nil {
		return driver.Object{}, translate(err)
	}
	defer file.Close()
	if err := lock(ctx, file); err != nil {
		return driver.Object{}, err
	}
	w := writer{file: file}
	if err := w.Write(ctx, data); err != nil {
		return driver.Object{}, err
	}
	info, err := file.Stat()
	if err != nil {
		return driver.Object{}, translate(err)
	}
	return object(key, info), nil
}

// lock waits for others that append to the file: what is long takes several writes,
// between which theirs would come. It ends with the file.
func lock(ctx context.Context, file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil, errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.ENOLCK): // a file system may have none
			return nil
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR):
			return translate(err)
		}
		if err := driver.Done(ctx); err != nil {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}
