package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"
	"io"
	"math"
	"unsafe"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// readerHandle is an object that is open for reading.
type readerHandle struct {
	exclusive
	*core.Reader
}

func (r *readerHandle) Finalize() { r.Close() }

//export go_rstore_reader_open
func go_rstore_reader_open(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, out *C.rstore_reader,
	object *C.rstore_object, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if out == nil {
			return null("reader")
		}
		if err := checkObject(object, size); err != nil {
			return err
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, C.RSTORE_RAW|C.RSTORE_RANDOM|C.RSTORE_PARALLEL|C.RSTORE_VERIFY, readFields,
			func(ctx context.Context, s *core.Store, p string, a arguments) error {
				r, err := s.Get(ctx, p, a.get())
				if err != nil {
					return err
				}
				h, err := table.New(handle.Reader, &readerHandle{Reader: r})
				if err != nil {
					r.Close()
					return err
				}
				if err := publishObject(object, size, r.Info); err != nil {
					_ = table.Close(h) // nobody got it
					return err
				}
				if object != nil {
					object.length = C.uint64_t(r.Length)
					if uintptr(size) > unsafe.Offsetof(object.offset) {
						object.offset = C.uint64_t(r.Offset)
					}
				}
				*out = C.rstore_reader(h)
				return nil
			})
	})
}

//export go_rstore_reader_start
func go_rstore_reader_start(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, buffer unsafe.Pointer, bufferLen C.size_t,
	filled *C.size_t, length *C.uint64_t, out *C.rstore_reader, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		buf, err := memory(buffer, bufferLen, "buffer")
		switch {
		case err != nil:
			return err
		case filled == nil:
			return null("filled")
		case length == nil:
			return null("length")
		case out == nil:
			return null("reader")
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, C.RSTORE_RAW|C.RSTORE_PARALLEL|C.RSTORE_VERIFY, readFields,
			func(ctx context.Context, s *core.Store, p string, a arguments) error {
				r, n, err := s.GetFirst(ctx, p, a.get(), buf)
				if err != nil {
					return err
				}
				h := uint64(0)
				if int64(n) == r.Length {
					r.Close()
				} else if h, err = table.New(handle.Reader, &readerHandle{Reader: r}); err != nil {
					r.Close()
					return err
				}
				*filled, *length, *out = C.size_t(n), C.uint64_t(r.Length), C.rstore_reader(h)
				return nil
			})
	})
}

//export go_rstore_reader_read
func go_rstore_reader_read(reader C.rstore_reader, ctx C.rstore_ctx, buffer unsafe.Pointer, bufferLen C.size_t,
	filled *C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return readWith(reader, ctx, buffer, bufferLen, filled,
			func(ctx context.Context, r *core.Reader, buf []byte) (int, error) { return r.Fill(ctx, buf) })
	})
}

//export go_rstore_reader_read_at
func go_rstore_reader_read_at(reader C.rstore_reader, ctx C.rstore_ctx, offset C.uint64_t,
	buffer unsafe.Pointer, bufferLen C.size_t, filled *C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return readWith(reader, ctx, buffer, bufferLen, filled,
			func(ctx context.Context, r *core.Reader, buf []byte) (int, error) {
				at, err := position(offset)
				if err != nil {
					return 0, err
				}
				n, err := r.ReadAtContext(ctx, buf, at)
				if err == io.EOF {
					err = nil
				}
				return n, err
			})
	})
}

//export go_rstore_reader_seek
func go_rstore_reader_seek(reader C.rstore_reader, offset C.uint64_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return use(reader, handle.Reader, func(r *readerHandle) error {
			return r.during("reader", func() error {
				at, err := position(offset)
				if err == nil {
					_, err = r.Seek(at, io.SeekStart)
				}
				return err
			})
		})
	})
}

func position(offset C.uint64_t) (int64, error) {
	if uint64(offset) > math.MaxInt64 {
		return 0, errs.New(errs.InvalidArgument, "offset is %d, but must be below 2^63", uint64(offset))
	}
	return int64(offset), nil
}

func readWith(reader C.rstore_reader, ctx C.rstore_ctx, buffer unsafe.Pointer, bufferLen C.size_t, filled *C.size_t,
	do func(ctx context.Context, r *core.Reader, buf []byte) (int, error)) error {
	buf, err := memory(buffer, bufferLen, "buffer")
	if err != nil {
		return err
	}
	if filled == nil {
		return null("filled")
	}
	return use(reader, handle.Reader, func(r *readerHandle) error {
		return r.during("reader", func() error {
			return within(ctx, r.Waits(), func(ctx context.Context) error {
				prepare(buf[:min(int64(len(buf)), r.Length)])
				n, err := do(ctx, r.Reader, buf)
				if err == nil {
					*filled = C.size_t(n)
				}
				return err
			})
		})
	})
}
