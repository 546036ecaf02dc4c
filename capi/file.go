package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"
	"os"

	"golang.org/x/sys/unix"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

//export go_rstore_get_file
func go_rstore_get_file(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, fd C.int32_t, fileOffset C.uint64_t,
	filled *C.uint64_t, out *C.rstore_object, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if filled == nil {
			return null("filled")
		}
		if err := checkObject(out, size); err != nil {
			return err
		}
		offset, err := position(fileOffset)
		if err != nil {
			return err
		}
		to, err := openFile(int(fd))
		if err != nil {
			return err
		}
		return during(to.close, func() error {
			return get(store, ctx, path, pathLen, args, argsSize, func(ctx context.Context, r *core.Reader) error {
				n, err := r.ReadToFile(ctx, to, offset)
				if err != nil {
					return err
				}
				if err := publishObject(out, size, r.Info); err != nil {
					return err
				}
				noteVerified(out, size, r.Verified)
				*filled = C.uint64_t(n)
				return nil
			})
		})
	})
}

//export go_rstore_put_file
func go_rstore_put_file(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	fd C.int32_t, args *C.rstore_args, argsSize C.size_t,
	out *C.rstore_object, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkObject(out, size); err != nil {
			return err
		}
		own, err := duplicate(int(fd))
		if err != nil {
			return err
		}
		from := os.NewFile(uintptr(own), "")
		return during(func() { _ = from.Close() }, func() error {
			return withPath(store, ctx, path, pathLen, args, argsSize, putFlags, writeFields|matchFields|rangeFields,
				func(ctx context.Context, s *core.Store, p string, a arguments) error {
					part := core.FileRange{Offset: a.offset, Length: a.length, Suffix: a.suffix}
					info, err := s.PutFile(ctx, p, from, part, a.put())
					if err != nil {
						return err
					}
					return publishObject(out, size, info)
				})
		})
	})
}

// during runs do, and closes when that is over, or what it submits.
func during(close func(), do func() error) error {
	err := do()
	if s, ok := err.(*submission); ok {
		s.then(close)
	} else {
		close()
	}
	return err
}

// duplicate is a descriptor of our own for a file of the caller: one that is closed
// meanwhile, and becomes another file, is neither read nor written to.
func duplicate(fd int) (int, error) {
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	switch err {
	case nil:
		return own, nil
	case unix.EBADF:
		return -1, errs.New(errs.InvalidArgument, "fd is %d, which is not open", fd)
	}
	return -1, errs.Wrap(err, errs.IO, "there is no descriptor: %v", err)
}

// file is a regular file of the caller, which is written.
type file int

func openFile(fd int) (file, error) {
	own, err := duplicate(fd)
	if err != nil {
		return -1, err
	}
	if err := checkTarget(own, fd); err != nil {
		unix.Close(own)
		return -1, err
	}
	return file(own), nil
}

// checkTarget refuses what cannot be written anywhere; given is what the caller calls it.
func checkTarget(fd, given int) error {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	var is unix.Stat_t
	if err == nil {
		err = unix.Fstat(fd, &is)
	}
	if err != nil {
		return errs.Wrap(err, errs.IO, "fd cannot be asked what it is: %v", err)
	}
	switch mode := flags & unix.O_ACCMODE; {
	case is.Mode&unix.S_IFMT != unix.S_IFREG:
		return errs.New(errs.InvalidArgument, "fd is %d, but must be a regular file, whose bytes may come in any order", given)
	case mode != unix.O_WRONLY && mode != unix.O_RDWR:
		return errs.New(errs.InvalidArgument, "fd is %d, but must be open for writing", given)
	case flags&unix.O_APPEND != 0: // pwrite(2), "BUGS": the offset has no effect then
		return errs.New(errs.InvalidArgument, "fd is %d, but must not be open for appending (O_APPEND)", given)
	}
	return nil
}

func (f file) close() { unix.Close(int(f)) }

// WriteAt is that of [io.WriterAt].
func (f file) WriteAt(p []byte, offset int64) (done int, err error) {
	for done < len(p) {
		n, err := unix.Pwrite(int(f), p[done:], offset+int64(done))
		if err != nil && err != unix.EINTR {
			return done, err
		}
		done += max(n, 0)
	}
	return done, nil
}
