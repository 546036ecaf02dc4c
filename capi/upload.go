package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"
	"math"
	"time"
	"unsafe"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// uploadHandle is an object that is being taken in parts.
type uploadHandle struct{ *core.Upload }

func (u *uploadHandle) Finalize() { u.Drop() }

//export go_rstore_upload_open
func go_rstore_upload_open(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, out *C.rstore_upload, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if out == nil {
			return null("upload")
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, putFlags, writeFields|matchFields,
			func(ctx context.Context, s *core.Store, p string, a arguments) error {
				u, err := s.NewUpload(ctx, p, a.put())
				if err != nil {
					return err
				}
				h := &uploadHandle{u}
				if err := publish(out, "upload", handle.Upload, h); err != nil {
					h.Finalize()
					return err
				}
				return nil
			})
	})
}

//export go_rstore_upload_part
func go_rstore_upload_part(upload C.rstore_upload, ctx C.rstore_ctx, number C.uint32_t,
	data unsafe.Pointer, dataLen C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		d, err := memory(data, dataLen, "data")
		if err != nil {
			return err
		}
		return uploading(upload, ctx, func(ctx context.Context, u *core.Upload) error {
			return u.Part(ctx, int(number), d)
		})
	})
}

//export go_rstore_upload_commit
func go_rstore_upload_commit(upload C.rstore_upload, ctx C.rstore_ctx,
	out *C.rstore_object, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkObject(out, size); err != nil {
			return err
		}
		return uploading(upload, ctx, func(ctx context.Context, u *core.Upload) error {
			info, err := u.Commit(ctx)
			if err != nil {
				return err
			}
			return publishObject(out, size, info)
		})
	})
}

//export go_rstore_upload_abort
func go_rstore_upload_abort(upload C.rstore_upload, ctx C.rstore_ctx, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return uploading(upload, ctx, func(ctx context.Context, u *core.Upload) error { return u.Abort(ctx) })
	})
}

//export go_rstore_uploads_abort
func go_rstore_uploads_abort(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, uploadID *C.char, uploadIDLen C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		id, err := text(uploadID, uploadIDLen, "upload_id")
		if err != nil {
			return err
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, C.RSTORE_RAW, 0,
			func(ctx context.Context, s *core.Store, p string, _ arguments) error {
				return s.AbortUpload(ctx, p, id)
			})
	})
}

//export go_rstore_uploads_abort_old
func go_rstore_uploads_abort_old(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, age C.uint64_t, out *C.uint64_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if uint64(age) > math.MaxInt64/uint64(time.Millisecond) {
			return errs.New(errs.InvalidArgument, "age_ms is %d, which is more than all time", uint64(age))
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, C.RSTORE_RAW, 0,
			func(ctx context.Context, s *core.Store, p string, _ arguments) error {
				aborted, err := s.AbortUploads(ctx, p, time.Duration(age)*time.Millisecond)
				if err == nil && out != nil {
					*out = C.uint64_t(aborted)
				}
				return err
			})
	})
}

func uploading(upload C.rstore_upload, ctx C.rstore_ctx, do func(context.Context, *core.Upload) error) error {
	return use(upload, handle.Upload, func(u *uploadHandle) error {
		return within(ctx, u.Waits(), func(ctx context.Context) error { return do(ctx, u.Upload) })
	})
}
