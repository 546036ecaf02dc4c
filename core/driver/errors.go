package driver

import (
	"context"
	"errors"
	"fmt"

	"github.com/libremotestore/libremotestore/core/errs"
)

// The errors that several backends and the Store answer alike.

// Missing says that there is no object under the key.
func Missing() *errs.Error {
	return errs.New(errs.NotFound, "no such object")
}

// IsFolder refuses a folder where an object is meant.
func IsFolder() *errs.Error {
	return errs.New(errs.InvalidPath, "this is a folder, not an object")
}

// FileInTheWay refuses a write below a file.
func FileInTheWay(file string) *errs.Error {
	return errs.New(errs.InvalidPath, "%q is an object, so nothing can be written below it", file)
}

// Exists refuses a write in mode [Create].
func Exists() *errs.Error {
	return errs.New(errs.AlreadyExists, "the object exists already and may not be overwritten")
}

// SourceError marks an error of Copy that is about the source, not the target.
type SourceError struct{ Err error }

func (e *SourceError) Error() string { return e.Err.Error() }
func (e *SourceError) Unwrap() error { return e.Err }

// Done is nil while ctx is live; later it is what [ContextError] makes of it.
func Done(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return ContextError(ctx.Err())
}

// ContextError returns the Deadline or Cancelled error for an error that a
// context caused, and nil for any other.
func ContextError(err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return errs.Wrap(err, errs.Deadline, "the deadline of the call passed")
	case errors.Is(err, context.Canceled):
		return errs.Wrap(err, errs.Cancelled, "the call was cancelled")
	}
	return nil
}

// BrokenOff is the error for a body that ended with err after done bytes of
// length; -1 is a length that is not known.
func BrokenOff(err error, done, length int64) error {
	if e := ContextError(err); e != nil {
		return e
	}
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e
	}
	of := ""
	if length >= 0 {
		of = fmt.Sprintf(" of %d", length)
	}
	e := errs.Wrap(err, errs.Unavailable, "the body broke off after %d%s bytes: %v", done, of, err)
	e.Retryable = true
	return e
}

// Resolve returns how many bytes r has in an object of the given size.
func (r Range) Resolve(size int64) (int64, error) {
	if r.Whole() {
		return size, nil
	}
	if r.Offset >= size {
		return 0, errs.New(errs.RangeNotSatisfiable,
			"offset %d is not inside the object, which has %d bytes", r.Offset, size)
	}
	if rest := size - r.Offset; r.Length == 0 || r.Length > rest {
		return rest, nil
	}
	return r.Length, nil
}
