package main

/*
#cgo LDFLAGS: -ldl
#include "arrow.h"
*/
import "C"

import (
	"context"
	"io"
	"math"
	"slices"
	"unsafe"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

//export go_rstore_list_next_arrow
func go_rstore_list_next_arrow(list C.rstore_list, ctx C.rstore_ctx, rows C.uint64_t,
	array *C.struct_ArrowArray, schema *C.struct_ArrowSchema, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if array == nil {
			return null("array")
		}
		return use(list, handle.List, func(l *listHandle) error {
			return l.during("list", func() error {
				return within(ctx, l.pages.Waits(), func(ctx context.Context) error {
					return l.nextRows(ctx, int(min(uint64(rows), math.MaxInt)), array, schema)
				})
			})
		})
	})
}

func (l *listHandle) nextRows(ctx context.Context, n int, array *C.struct_ArrowArray, schema *C.struct_ArrowSchema) error {
	infos, err := l.pages.Rows(ctx, n)
	if err == io.EOF {
		return errs.New(errs.End, "there are no more objects")
	}
	if err != nil {
		return err
	}
	return l.handedOut(infos, exportRows(infos, array, schema))
}

// exportRows hands out objects as a record batch.
func exportRows(infos []core.Info, array *C.struct_ArrowArray, schema *C.struct_ArrowSchema) error {
	rows, err := makeRows(infos)
	if err != nil {
		return err
	}
	defer C.rstore_rows_drop(rows)
	if C.rstore_rows_export(rows, array, schema) != 0 {
		return errs.New(errs.IO, "there is no memory for a batch")
	}
	return nil
}

func makeRows(infos []core.Info) (*C.rstore_rows, error) {
	var bytes [C.RSTORE_COLUMNS]C.size_t
	for i := range infos {
		info := &infos[i]
		bytes[C.RSTORE_PATH] += C.size_t(len(info.Path))
		bytes[C.RSTORE_E_TAG] += C.size_t(len(cText(info.ETag)))
		bytes[C.RSTORE_VERSION_ID] += C.size_t(len(cText(info.VersionID)))
	}
	if most := slices.Max(bytes[:]); most > math.MaxInt32 { // offsets have 32 bits
		return nil, errs.New(errs.InvalidArgument, "%d rows have %d bytes of text in one column, but at most %d are possible: ask for fewer",
			len(infos), uint64(most), math.MaxInt32)
	}
	rows := C.rstore_rows_new(C.int64_t(len(infos)), &bytes[0])
	if rows == nil {
		return nil, errs.New(errs.IO, "there is no memory for %d rows", len(infos))
	}
	paths, eTags, versions := textsOf(rows, C.RSTORE_PATH), textsOf(rows, C.RSTORE_E_TAG), textsOf(rows, C.RSTORE_VERSION_ID)
	modified, sizes := valuesOf[int64](rows, C.RSTORE_LAST_MODIFIED), valuesOf[uint64](rows, C.RSTORE_SIZE)
	for i := range infos {
		info := &infos[i]
		paths.set(i, info.Path)
		modified[i] = 0
		if !info.Modified.IsZero() {
			modified[i] = info.Modified.UnixMicro()
		}
		sizes[i] = uint64(info.Size)
		eTags.set(i, cText(info.ETag))
		versions.set(i, cText(info.VersionID))
	}
	return rows, nil
}

func valuesOf[T any](rows *C.rstore_rows, column int) []T {
	return unsafe.Slice((*T)(rows.columns[column].buffers[1]), rows.length)
}

// texts is a column of text, to be filled in order.
type texts struct {
	column   *C.rstore_column
	validity []byte // empty if there are no nulls: "" is text then
	offsets  []int32
	bytes    unsafe.Pointer
}

func textsOf(rows *C.rstore_rows, column int) texts {
	t := texts{column: &rows.columns[column]}
	if validity := t.column.buffers[0]; validity != nil {
		t.validity = unsafe.Slice((*byte)(validity), (rows.length+7)/8)
	}
	t.offsets = unsafe.Slice((*int32)(t.column.buffers[1]), rows.length+1)
	t.bytes = t.column.buffers[2]
	return t
}

func (t *texts) set(i int, s string) {
	copy(unsafe.Slice((*byte)(unsafe.Add(t.bytes, t.offsets[i])), len(s)), s)
	t.offsets[i+1] = t.offsets[i] + int32(len(s))
	switch {
	case t.validity == nil:
	case s == "":
		t.column.null_count++
	default:
		t.validity[i/8] |= 1 << (i % 8)
	}
}
