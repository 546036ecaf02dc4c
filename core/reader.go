package core

import (
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
	op   operation
}

// Read reads the next bytes. io.EOF means that all of Length came: a body
// that ends early is an error.
func (r *Reader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	r.done += int64(n)
	if err == nil || err == io.EOF && r.done == r.Length {
		return n, err
	}
	return n, r.op.fail(driver.BrokenOff(err, r.done, r.Length))
}

// ReadInto reads all of Length into the beginning of buf, and returns Length.
// A buffer that is too small is InvalidArgument: nothing is cut silently.
func (r *Reader) ReadInto(buf []byte) (int, error) {
	if r.Length > int64(len(buf)) {
		return 0, r.op.fail(errs.New(errs.InvalidArgument, "the buffer has %d bytes, but %d are to be read: "+
			"give a larger one, or a smaller length", len(buf), r.Length))
	}
	n := 0
	for {
		// Once more when buf is full: a checksum that does not hold is
		// reported with the last bytes or behind them.
		end := buf[n:r.Length]
		if len(end) == 0 {
			end = make([]byte, 1)
		}
		m, err := r.Read(end)
		n += m
		switch {
		case err == io.EOF:
			return n, nil
		case err != nil:
			return min(n, int(r.Length)), err
		case int64(n) > r.Length:
			return int(r.Length), r.op.fail(errs.New(errs.Corrupt, "the body is longer than the %d bytes announced", r.Length))
		}
	}
}

// Close releases the connection; it may be called before the end.
func (r *Reader) Close() error { return r.body.Close() }
