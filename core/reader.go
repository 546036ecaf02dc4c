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

// ReadFull fills buf, which must have Length bytes.
func (r *Reader) ReadFull(buf []byte) error {
	if int64(len(buf)) != r.Length {
		return r.fail(errs.New(errs.InvalidArgument,
			"the buffer has %d bytes, but %d are to be read", len(buf), r.Length))
	}
	for len(buf) > 0 {
		n, err := r.Read(buf)
		buf = buf[n:]
		if err != nil && len(buf) > 0 {
			return err
		}
	}
	return nil
}

// Close releases the connection; it may be called before the end.
func (r *Reader) Close() error { return r.body.Close() }
