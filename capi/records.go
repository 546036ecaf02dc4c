package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"unsafe"

	"github.com/libremotestore/libremotestore/core/errs"
)

// Records grow at their end, so a size decides which fields the caller knows.

// firstSize is the size of a record in its first version, which the oldest
// callers pass.
func firstSize[T any](record *T) uintptr {
	switch r := any(record).(type) {
	case *C.rstore_stats_record:
		return unsafe.Offsetof(r.cleanups)
	case *C.rstore_progress:
		return unsafe.Offsetof(r.transferred)
	case *C.rstore_location:
		return unsafe.Offsetof(r.root)
	case *C.rstore_args:
		return unsafe.Offsetof(r.suffix)
	case *C.rstore_object:
		return unsafe.Offsetof(r.offset)
	case *C.rstore_page:
		return unsafe.Offsetof(r.texts)
	}
	return unsafe.Sizeof(*record)
}

// checkOut refuses an out record that the call could not fill: before the
// call does anything.
func checkOut[T any](out *T, size C.size_t, name string) error {
	if out == nil {
		return null(name)
	}
	if uintptr(size) < firstSize(out) {
		return errs.New(errs.InvalidArgument, "the size of %s is %d, but must be sizeof its type, %d",
			name, uint64(size), unsafe.Sizeof(*out))
	}
	return checkMax(size, name)
}

// fill stores a record: what the caller knows of it. Fields that only a newer
// caller knows become zero.
func fill[T any](out *T, size C.size_t, name string, value T) error {
	if err := checkOut(out, size, name); err != nil {
		return err
	}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(out)), size)
	clear(bytes[copy(bytes, bytesOf(&value)):])
	return nil
}

// copyOut copies a record into C memory as bytes. An assignment would let Go's
// write barrier look at what was there before, which may be anything, and
// take it for a Go pointer: that ends the process (cmd/cgo, "Passing pointers").
func copyOut[T any](out *T, value T) { copy(bytesOf(out), bytesOf(&value)) }

func bytesOf[T any](record *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(record)), unsafe.Sizeof(*record))
}

// read copies a record in; NULL is all zeros. A field that only a newer
// caller knows must be zero, or the caller would believe that it was heeded.
func read[T any](in *T, size C.size_t, name string) (T, error) {
	var value T
	known := unsafe.Sizeof(value)
	switch {
	case in == nil && size == 0:
		return value, nil
	case in == nil:
		return value, errs.New(errs.InvalidArgument, "%s is NULL, but its size is %d", name, uint64(size))
	case uintptr(size) < firstSize(in):
		return value, errs.New(errs.InvalidArgument, "the size of %s is %d, but must be sizeof its type, %d",
			name, uint64(size), known)
	}
	if err := checkMax(size, name); err != nil {
		return value, err
	}
	given := unsafe.Slice((*byte)(unsafe.Pointer(in)), size)
	for _, b := range given[min(known, uintptr(size)):] {
		if b != 0 {
			return value, errs.New(errs.InvalidArgument, "%s sets a field that version %s of the library does not know",
				name, C.RSTORE_VERSION)
		}
	}
	copy(bytesOf(&value), given)
	return value, nil
}

// maxRecord is more than any record will have.
const maxRecord = 4096

// checkMax refuses a size that must be a mistake, before memory is touched.
func checkMax(size C.size_t, name string) error {
	if size > maxRecord {
		return errs.New(errs.InvalidArgument, "the size of %s is %d, which is no record of this library",
			name, uint64(size))
	}
	return nil
}

// records is an array of records that never grow.
func records[T any](first *T, count C.size_t, name string) ([]T, error) {
	const most = 1 << 40 // bytes: more than any memory has
	switch {
	case count == 0:
		return nil, nil
	case first == nil:
		return nil, errs.New(errs.InvalidArgument, "%s is NULL, but there are %d", name, uint64(count))
	case uint64(count) > most/uint64(unsafe.Sizeof(*first)):
		return nil, errs.New(errs.InvalidArgument, "there are %d %s, more than there can be", uint64(count), name)
	}
	return unsafe.Slice(first, count), nil
}
