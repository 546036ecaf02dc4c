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

// errFolder marks the error for a folder among the other InvalidPath ones.
var errFolder = errors.New("a folder")

// Folder refuses a folder where an object is meant.
func Folder() *errs.Error {
	return errs.Wrap(errFolder, errs.InvalidPath, "this is a folder, not an object")
}

// IsFolder tells whether err is that of [Folder].
func IsFolder(err error) bool { return errors.Is(err, errFolder) }

// NoFolder refuses an object where a folder is meant.
func NoFolder() *errs.Error {
	return errs.New(errs.InvalidPath, "this is an object, not a folder")
}

// MissingFolder says that there is no folder under the key.
func MissingFolder() *errs.Error {
	return errs.New(errs.NotFound, "no such folder")
}

// NotEmpty refuses to delete a folder.
func NotEmpty() *errs.Error {
	return errs.New(errs.DirectoryNotEmpty, "the folder is not empty: delete it recursively, or what is in it first")
}

// FileInTheWay refuses a write below the object with this key.
func FileInTheWay(key string) *errs.Error {
	return errs.Wrap(blocker(key), errs.InvalidPath, "an object is in the way: nothing can be written below it")
}

// blocker is the key of an object in the way.
type blocker string

func (b blocker) Error() string { return "an object is in the way" }

// Blocker is the key of the object that err of [FileInTheWay] is about, or "".
func Blocker(err error) string {
	b, _ := errors.AsType[blocker](err)
	return string(b)
}

// Unfit refuses to write under a key that a hierarchical backend cannot hold:
// see [Fits].
func Unfit() *errs.Error {
	return errs.New(errs.InvalidPath, `here a path has no empty, "." or ".." segment, and no NUL byte`)
}

// Exists refuses a write in mode [Create].
func Exists() *errs.Error {
	return errs.New(errs.AlreadyExists, "the object exists already and may not be overwritten")
}

// SourceError marks an error of Copy that is about the source, not the target.
type SourceError struct{ Err error }

func (e *SourceError) Error() string { return e.Err.Error() }
func (e *SourceError) Unwrap() error { return e.Err }

// KeyError marks an error that is about one object of several.
type KeyError struct {
	Version
	Err error
}

func (e *KeyError) Error() string { return e.Err.Error() }
func (e *KeyError) Unwrap() error { return e.Err }

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

// Mismatch says that the object has not the ETag that was asked for.
func Mismatch() *errs.Error {
	return errs.New(errs.PreconditionFailed, "the object is not the one that was asked for: its ETag is another")
}

// Unmodified says that the object is one that the caller has already.
func Unmodified() *errs.Error {
	return errs.New(errs.NotModified, "the object is the one that is known already")
}

// Replaced refuses a write in mode [Update].
func Replaced() *errs.Error {
	return errs.New(errs.PreconditionFailed, "the object is not the one that was to be replaced: it has another ETag, or is gone")
}

// Changed makes the error of a request with IfMatch one about an object that is
// not any more what was opened; any other stays.
func Changed(err error) error {
	e, _ := errors.AsType[*errs.Error](err)
	switch errs.CodeOf(err) {
	case errs.PreconditionFailed:
		e.Code, e.Message = errs.Changed, "the object changed after it was opened"
	case errs.NotFound:
		e.Code, e.Message = errs.Changed, "the object was deleted after it was opened"
	}
	return err
}

// NotSupported says what a backend cannot do.
func NotSupported(what Capabilities, format string, args ...any) *errs.Error {
	e := errs.New(errs.NotSupported, format, args...)
	e.Capability = what.String()
	return e
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

// Resolve returns r in an object of the given size: where it begins, and how
// many bytes it has.
func (r Range) Resolve(size int64) (offset, length int64, err error) {
	switch {
	case r.Whole():
		return 0, size, nil
	case r.Suffix > 0:
		r.Offset = max(size-r.Suffix, 0)
	}
	if r.Offset >= size {
		return 0, 0, errs.New(errs.RangeNotSatisfiable,
			"offset %d is not inside the object, which has %d bytes", r.Offset, size)
	}
	if rest := size - r.Offset; r.Length == 0 || r.Length > rest {
		return r.Offset, rest, nil
	}
	return r.Offset, r.Length, nil
}
