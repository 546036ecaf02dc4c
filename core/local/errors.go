package local

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// escapes is the text of os.Root's refusal, which has no exported value.
const escapes = "path escapes from parent"

// translate gives an error of the operating system its code. The message has
// no path: the Store adds the one that the caller knows.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*driver.SourceError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e
	}
	reason := err
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		reason = e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		reason = e.Err
	}
	switch {
	case errors.Is(err, syscall.ENOTEMPTY):
		return driver.NotEmpty()
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return driver.Missing()
	case errors.Is(err, fs.ErrExist):
		return driver.Exists()
	case errors.Is(err, fs.ErrPermission):
		return errs.Wrap(err, errs.PermissionDenied, "the operating system refuses: %v", reason)
	case errors.Is(err, syscall.EISDIR):
		return driver.Folder()
	case errors.Is(err, syscall.ENAMETOOLONG):
		return errs.Wrap(err, errs.InvalidPath, "a name in the path is too long for this file system")
	case errors.Is(err, syscall.ENXIO): // of opening a socket
		return specialFile()
	case errors.Is(err, syscall.EBUSY), errors.Is(err, syscall.ETXTBSY):
		return errs.Wrap(err, errs.ResourceLocked, "the file is in use: %v", reason)
	case reason.Error() == escapes:
		return errs.Wrap(err, errs.InvalidPath, "a symbolic link in the path leaves the store")
	case errors.Is(err, syscall.ELOOP):
		return errs.Wrap(err, errs.InvalidPath, "the symbolic links in the path lead in a circle")
	}
	return errs.Wrap(err, errs.IO, "the file system failed: %v", reason)
}

func specialFile() *errs.Error {
	return errs.New(errs.InvalidPath, "this is a special file (a pipe, socket or device), not an object")
}

// noHardLinks names what a file system without hard links cannot do. (EPERM
// is what Linux says then: link(2).)
func noHardLinks(err error) error {
	if errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported) {
		e := errs.Wrap(err, errs.NotSupported, "this file system has no hard links, so a write that may not overwrite cannot be atomic")
		e.Capability = "create"
		return e
	}
	return err
}

// noFolder is for a folder what a missing object is for an object.
func noFolder(err error) error {
	if errs.CodeOf(err) == errs.NotFound {
		return driver.MissingFolder()
	}
	return err
}

func ignoreMissing(err error) error {
	if errs.CodeOf(err) == errs.NotFound {
		return nil
	}
	return err
}
