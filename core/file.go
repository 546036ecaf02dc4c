package core

import (
	"context"
	"io"
	"os"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// FileRange is a part of a file. The zero value is the whole of it; a Length of 0 is all
// behind Offset, and Suffix the last so many bytes. One that ends behind the file is cut there.
type FileRange = driver.Range

// PutFile publishes a part of a regular file at path, all of it or nothing. The position
// of the file is neither heeded nor moved. One that is cut meanwhile, or grows where its
// end counts, is Changed.
func (s *Store) PutFile(ctx context.Context, path string, file *os.File, part FileRange, o PutOptions) (info Info, err error) {
	err = s.run(ctx, "put", path, func(ctx context.Context) error {
		key, options, err := s.toWrite(path, o)
		if err != nil {
			return err
		}
		source, err := newFileSource(file, part)
		if err != nil {
			return err
		}
		driver.Expect(ctx, source.Size())
		var made driver.Object
		if d, ok := s.driver.(driver.FromSource); ok {
			made, err = d.PutFrom(ctx, key, source, options)
		} else {
			made, err = s.copyIn(ctx, key, source, options)
		}
		info = s.written(made, o)
		return err
	})
	return info, err
}

// copyIn is PutFrom by a writer.
func (s *Store) copyIn(ctx context.Context, key string, source driver.Source, o driver.PutOptions) (driver.Object, error) {
	w, err := s.driver.NewWriter(ctx, key, o)
	if err != nil {
		return driver.Object{}, err
	}
	buffer := make([]byte, min(source.Size(), 1<<20))
	for offset := int64(0); offset < source.Size() && err == nil; offset += int64(len(buffer)) {
		piece := buffer[:min(int64(len(buffer)), source.Size()-offset)]
		if _, err = source.ReadAt(piece, offset); err == nil {
			err = w.Write(ctx, piece)
		}
	}
	if err == nil {
		err = source.Unchanged()
	}
	if err == nil {
		var made driver.Object
		if made, err = w.Commit(ctx); err == nil {
			return made, nil
		}
	}
	return driver.Object{}, withUploadID(err, w.Abort(ctx))
}

// fileSource is bytes of a regular file.
type fileSource struct {
	file         *os.File
	offset, size int64
	toEnd        bool // of the file, which may not grow then
}

func newFileSource(file *os.File, part FileRange) (*fileSource, error) {
	if err := checkRange(part); err != nil {
		return nil, err
	}
	found, err := file.Stat()
	switch {
	case err != nil:
		return nil, errFile(err)
	case !found.Mode().IsRegular():
		return nil, errs.New(errs.InvalidArgument, "the file must be a regular one, not %s: use a writer", kindOf(found.Mode()))
	case part.Offset > found.Size():
		return nil, errs.New(errs.RangeNotSatisfiable, "offset %d is behind the end of the file, which has %d bytes", part.Offset, found.Size())
	case part.Suffix > 0:
		part.Offset = max(0, found.Size()-part.Suffix)
	}
	rest := found.Size() - part.Offset
	if part.Length == 0 || part.Length > rest {
		return &fileSource{file, part.Offset, rest, true}, nil
	}
	return &fileSource{file, part.Offset, part.Length, false}, nil
}

func kindOf(mode os.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&os.ModeNamedPipe != 0:
		return "a pipe"
	case mode&os.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

func (f *fileSource) Size() int64 { return f.size }

func (f *fileSource) ReadAt(p []byte, offset int64) (int, error) {
	n, err := f.file.ReadAt(p, f.offset+offset)
	switch {
	case n == len(p):
		return n, nil
	case err == io.EOF:
		return n, errs.New(errs.Changed, "the file was cut while it was read: it ends at %d", f.offset+offset+int64(n))
	}
	return n, errFile(err)
}

func (f *fileSource) Unchanged() error {
	found, err := f.file.Stat()
	switch {
	case err != nil:
		return errFile(err)
	case found.Size() < f.offset+f.size:
		return errs.New(errs.Changed, "the file was cut while it was read: it has %d bytes", found.Size())
	case f.toEnd: // which one of /proc has elsewhere than it says
		if n, _ := f.file.ReadAt(make([]byte, 1), f.offset+f.size); n > 0 {
			return errs.New(errs.Changed, "the file has more than the %d bytes that it had at first", f.offset+f.size)
		}
	}
	return nil
}

func errFile(err error) error {
	return errs.Wrap(err, errs.IO, "the file cannot be read: %s", err)
}
