package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"
	"unsafe"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core"
)

// writerHandle is an object that is being written.
type writerHandle struct {
	exclusive
	*core.Writer
}

func (w *writerHandle) Finalize() { w.Drop() }

//export go_rstore_writer_open
func go_rstore_writer_open(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, out *C.rstore_writer, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if out == nil {
			return null("writer")
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, putFlags, writeFields|matchFields,
			func(ctx context.Context, s *core.Store, p string, a arguments) error {
				w, err := s.NewWriter(ctx, p, a.put())
				if err != nil {
					return err
				}
				h := &writerHandle{Writer: w}
				if err := publish(out, "writer", handle.Writer, h); err != nil {
					h.Finalize()
					return err
				}
				return nil
			})
	})
}

//export go_rstore_writer_write
func go_rstore_writer_write(writer C.rstore_writer, ctx C.rstore_ctx, data unsafe.Pointer, dataLen C.size_t,
	errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		d, err := memory(data, dataLen, "data")
		if err != nil {
			return err
		}
		waits := func(w *core.Writer) core.Wait { return w.WaitsFor(len(d)) }
		return writing(writer, ctx, waits, func(ctx context.Context, w *core.Writer) error {
			_, err := w.WriteContext(ctx, d)
			return err
		})
	})
}

//export go_rstore_writer_commit
func go_rstore_writer_commit(writer C.rstore_writer, ctx C.rstore_ctx,
	out *C.rstore_object, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkObject(out, size); err != nil {
			return err
		}
		return writing(writer, ctx, (*core.Writer).Waits, func(ctx context.Context, w *core.Writer) error {
			info, err := w.Commit(ctx)
			if err != nil {
				return err
			}
			return publishObject(out, size, info)
		})
	})
}

//export go_rstore_writer_abort
func go_rstore_writer_abort(writer C.rstore_writer, ctx C.rstore_ctx, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return writing(writer, ctx, (*core.Writer).Waits,
			func(ctx context.Context, w *core.Writer) error { return w.Abort(ctx) })
	})
}

func writing(writer C.rstore_writer, ctx C.rstore_ctx, waits func(*core.Writer) core.Wait,
	do func(context.Context, *core.Writer) error) error {
	return use(writer, handle.Writer, func(w *writerHandle) error {
		return w.during("writer", func() error {
			return within(ctx, waits(w.Writer), func(ctx context.Context) error { return do(ctx, w.Writer) })
		})
	})
}
