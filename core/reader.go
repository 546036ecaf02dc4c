package core

import (
	"errors"
	"io"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Reader is an object opened for reading.
type Reader struct {
	Info   Info  // Size is that of the whole object
	Length int64 // bytes that the Reader yields

	body io.ReadCloser
	done int64
	fail func(error) error
}

// Read reads the next bytes. io.EOF means that all of Length came: a body
// that ends early is an error.
func (r *Reader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	r.done += int64(n)
	if err == nil || err == io.EOF && r.done == r.Length {
		return n, err
	}
	return n, r.fail(r.broken(err))
}

func (r *Reader) broken(err error) error {
	if e := driver.ContextError(err); e != nil {
		return e
	}
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e
	}
	e := errs.Wrap(err, errs.Unavailable, "the body broke off after %d of %d bytes: %v", r.done, r.Length, err)
	e.Retryable = true
	return e
}

// ReadInto reads all of Length into the beginning of buf, and returns Length.
// A buffer that is too small is InvalidArgument: nothing is cut silently.
func (r *Reader) ReadInto(buf []byte) (int, error) {
	if r.Length > int64(len(buf)) {
		return 0, r.fail(errs.New(errs.InvalidArgument, "the buffer has %d bytes, but %d are to be read: "+
			"give a larger one, or a smaller length", len(buf), r.Length))
	}
	n, err := io.ReadFull(r, buf[:r.Length])
	if err == io.ErrUnexpectedEOF || err == io.EOF { // Read reports every other end
		err = r.fail(r.broken(err))
	}
	return n, err
}

// Close releases the connection; it may be called before the end.
func (r *Reader) Close() error { return r.body.Close() }
