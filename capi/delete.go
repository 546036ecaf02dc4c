package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"
	"maps"
	"slices"
	"unsafe"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

//export go_rstore_delete
func go_rstore_delete(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return withPath(store, ctx, path, pathLen, args, argsSize, C.RSTORE_RAW|C.RSTORE_MISSING_OK, matchFields|versionField,
			func(ctx context.Context, s *core.Store, p string, a arguments) error {
				return s.Delete(ctx, p, core.DeleteOptions{
					MissingOK: a.has(C.RSTORE_MISSING_OK), IfMatch: a.conditions.IfMatch, VersionID: a.versionID,
				})
			})
	})
}

//export go_rstore_delete_many
func go_rstore_delete_many(store C.rstore_store, ctx C.rstore_ctx, objects *C.rstore_deletion, count C.size_t,
	args *C.rstore_args, argsSize C.size_t, out *C.rstore_failures, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "failures"); err != nil {
			return err
		}
		deletions, err := deletions(objects, count)
		if err != nil {
			return err
		}
		return withPath(store, ctx, nil, 0, args, argsSize, C.RSTORE_RAW, 0,
			func(ctx context.Context, s *core.Store, _ string, _ arguments) error {
				failed, err := s.DeleteMany(ctx, deletions)
				if err != nil {
					return err
				}
				return publishFailures(out, size, failed)
			})
	})
}

// deletions copies objects in.
func deletions(first *C.rstore_deletion, count C.size_t) ([]core.Deletion, error) {
	objects, err := records(first, count, "objects")
	if err != nil {
		return nil, err
	}
	found := make([]core.Deletion, len(objects))
	for i, d := range objects {
		if found[i].Path, err = text(d.path, d.path_len, "a path of objects"); err != nil {
			return nil, err
		}
		if found[i].VersionID, err = text(d.version_id, d.version_id_len, "a version_id of objects"); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// publishFailures hands out what was not deleted as one block: the records, then
// their texts.
func publishFailures(out *C.rstore_failures, size C.size_t, failed map[int]error) error {
	b := &block{}
	records := uintptr(len(failed)) * unsafe.Sizeof(C.rstore_failure{})
	b.reserve(records)
	order := slices.Sorted(maps.Keys(failed))
	for _, i := range order {
		e := failed[i].(*errs.Error)
		b.reserveText(e.Message)
		b.reserveText(e.S3Code)
	}
	if err := b.allocate(); err != nil {
		return err
	}
	first := (*C.rstore_failure)(b.add(records))
	for at, i := range order {
		e := failed[i].(*errs.Error)
		failure := C.rstore_failure{index: C.size_t(i), status: C.int32_t(e.Code)}
		failure.message, _ = b.addText(e.Message)
		failure.s3_code, _ = b.addText(e.S3Code)
		copyOut(&unsafe.Slice(first, len(order))[at], failure)
	}
	owner, err := b.own()
	if err != nil {
		return err
	}
	return fill(out, size, "failures", C.rstore_failures{
		owner:        C.rstore_handle(owner),
		failures:     first,
		failure_size: C.size_t(unsafe.Sizeof(C.rstore_failure{})),
		count:        C.size_t(len(order)),
	})
}
