package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"
	"unsafe"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

//export go_rstore_get_many
func go_rstore_get_many(store C.rstore_store, ctx C.rstore_ctx, paths *C.rstore_path, count C.size_t,
	args *C.rstore_args, argsSize C.size_t, out *C.rstore_results, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return withPaths(store, ctx, paths, count, args, argsSize, rangeFields, out, size,
			func(ctx context.Context, s *core.Store, paths []string, a arguments) error {
				b := &batch{}
				contents, err := s.GetMany(ctx, paths, a.get(), b.allocate)
				if err != nil {
					b.free()
					return err
				}
				return b.publish(out, size, len(contents), func(i int) (found, error) {
					c := &contents[i]
					return found{size: c.Size, data: c.Data}, c.Err
				})
			})
	})
}

//export go_rstore_head_many
func go_rstore_head_many(store C.rstore_store, ctx C.rstore_ctx, paths *C.rstore_path, count C.size_t,
	args *C.rstore_args, argsSize C.size_t, out *C.rstore_results, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return withPaths(store, ctx, paths, count, args, argsSize, 0, out, size,
			func(ctx context.Context, s *core.Store, paths []string, _ arguments) error {
				described, err := s.HeadMany(ctx, paths)
				if err != nil {
					return err
				}
				return (&batch{}).publish(out, size, len(described), func(i int) (found, error) {
					d := &described[i]
					return found{size: d.Info.Size, info: &d.Info}, d.Err
				})
			})
	})
}

// withPaths is withPath for a batch.
func withPaths(store C.rstore_store, ctx C.rstore_ctx, first *C.rstore_path, count C.size_t,
	args *C.rstore_args, argsSize C.size_t, reads argField, out *C.rstore_results, size C.size_t,
	do func(ctx context.Context, s *core.Store, paths []string, a arguments) error) error {
	if err := checkOut(out, size, "results"); err != nil {
		return err
	}
	paths, err := pathsOf(first, count)
	if err != nil {
		return err
	}
	return withPath(store, ctx, nil, 0, args, argsSize, C.RSTORE_RAW, reads,
		func(ctx context.Context, s *core.Store, _ string, a arguments) error { return do(ctx, s, paths, a) })
}

// pathsOf copies paths in.
func pathsOf(first *C.rstore_path, count C.size_t) ([]string, error) {
	given, err := records(first, count, "paths")
	if err != nil {
		return nil, err
	}
	paths := make([]string, len(given))
	for i, p := range given {
		if paths[i], err = text(p.path, p.path_len, "a path of paths"); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// found is what there is at one path.
type found struct {
	size int64
	data []byte     // of a batch, or nil
	info *core.Info // or nil
}

// publish hands out results as one block, which has the records, then what they point to
// but for contents; b owns it, and is free if that fails.
func (b *batch) publish(out *C.rstore_results, size C.size_t, count int, result func(i int) (found, error)) error {
	records := uintptr(count) * unsafe.Sizeof(C.rstore_result{})
	r := &block{}
	r.reserve(records)
	for i := range count {
		switch f, err := result(i); {
		case err != nil:
			e := err.(*errs.Error)
			r.reserveText(e.Message)
			r.reserveText(e.S3Code)
		case f.info != nil:
			r.reserve(unsafe.Sizeof(C.rstore_object{}))
			reserveObject(r, *f.info)
		}
	}
	if err := b.add(r); err != nil {
		b.free()
		return err
	}
	first := (*C.rstore_result)(r.add(records))
	results := unsafe.Slice(first, count)
	for i := range results {
		made := C.rstore_result{message: (*C.char)(noText), s3_code: (*C.char)(noText)}
		f, err := result(i)
		made.size = C.uint64_t(f.size)
		switch {
		case err != nil:
			e := err.(*errs.Error)
			made.status = C.int32_t(e.Code)
			made.message, _ = r.addText(e.Message)
			made.s3_code, _ = r.addText(e.S3Code)
		case f.info != nil:
			made.object = (*C.rstore_object)(r.add(unsafe.Sizeof(C.rstore_object{})))
			copyOut(made.object, makeObject(r, *f.info))
		default:
			made.data, made.data_len = unsafe.Pointer(unsafe.SliceData(f.data)), C.size_t(len(f.data))
		}
		copyOut(&results[i], made)
	}
	owner, err := b.first.own()
	if err != nil {
		return err
	}
	return fill(out, size, "results", C.rstore_results{
		owner:       C.rstore_handle(owner),
		results:     first,
		result_size: C.size_t(unsafe.Sizeof(C.rstore_result{})),
		count:       C.size_t(count),
	})
}
