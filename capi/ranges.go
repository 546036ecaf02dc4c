package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"cmp"
	"context"
	"math"
	"slices"
	"unsafe"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

//export go_rstore_get_ranges
func go_rstore_get_ranges(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, ranges *C.rstore_range, count C.size_t,
	out *C.rstore_object, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkObject(out, size); err != nil {
			return err
		}
		spans, err := spans(ranges, count)
		if err != nil {
			return err
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, C.RSTORE_RAW|C.RSTORE_VERIFY,
			conditionFields|versionField|coalesceField,
			func(ctx context.Context, s *core.Store, p string, a arguments) error {
				info, verified, err := s.GetSpans(ctx, p, spans, core.SpanOptions{
					Conditions: a.conditions,
					VersionID:  a.versionID,
					Coalesce:   a.coalesce,
					Verify:     a.has(C.RSTORE_VERIFY),
				})
				if err != nil {
					return err
				}
				if err := publishObject(out, size, info); err != nil {
					return err
				}
				for i := range spans {
					unsafe.Slice(ranges, count)[i].filled = C.size_t(spans[i].Filled)
				}
				noteVerified(out, size, verified)
				return nil
			})
	})
}

// spans copies ranges in, but for the memory that they fill.
func spans(first *C.rstore_range, count C.size_t) ([]core.Span, error) {
	ranges, err := records(first, count, "ranges")
	if err != nil {
		return nil, err
	}
	found := make([]core.Span, len(ranges))
	for i, r := range ranges {
		if uint64(r.offset) > math.MaxInt64 {
			return nil, errs.New(errs.InvalidArgument, "the offset of range %d must be below 2^63", i)
		}
		buffer, err := memory(r.buffer, r.buffer_len, "the buffer of a range")
		if err != nil {
			return nil, err
		}
		found[i] = core.Span{Offset: int64(r.offset), Buffer: buffer}
	}
	return found, checkApart(ranges)
}

// checkApart refuses buffers that share memory: one range would be read over another.
func checkApart(ranges []C.rstore_range) error {
	order := make([]int, len(ranges))
	for i := range order {
		order[i] = i
	}
	begin := func(i int) uintptr { return uintptr(ranges[i].buffer) }
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(begin(i), begin(j)) })
	for i := 1; i < len(order); i++ {
		if one, next := order[i-1], order[i]; begin(one)+uintptr(ranges[one].buffer_len) > begin(next) {
			return errs.New(errs.InvalidArgument, "the buffers of the ranges %d and %d share memory", min(one, next), max(one, next))
		}
	}
	return nil
}
