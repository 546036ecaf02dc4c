package main

/*
#include <stdint.h>
#include <stdlib.h>

// Unlike cgo's C.malloc, which ends the process, it fails with NULL.
static void *rstore_allocate(size_t size) { return malloc(size); }
*/
import "C"

import (
	"strings"
	"unsafe"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core/errs"
)

// block is one piece of C memory that holds a whole result: reserve all of
// it, allocate once, then add in the same order.
type block struct {
	base unsafe.Pointer
	size uintptr
	used uintptr
}

var noText = unsafe.Pointer(C.calloc(1, 1))

func (b *block) reserve(n uintptr) { b.size += (n + 7) &^ 7 } // pointers stay aligned

func (b *block) reserveText(s string) { b.reserve(uintptr(len(cText(s))) + 1) }

func (b *block) allocate() error {
	b.base = C.rstore_allocate(C.size_t(max(b.size, 1)))
	if b.base == nil {
		return errs.New(errs.IO, "there is no memory for %d bytes", b.size)
	}
	return nil
}

func (b *block) add(n uintptr) unsafe.Pointer {
	p := unsafe.Add(b.base, b.used)
	b.used += (n + 7) &^ 7
	return p
}

// addText adds NUL-terminated text and returns it with its length.
func (b *block) addText(s string) (*C.char, C.size_t) { return b.addBytes(cText(s)) }

// addBytes is addText for text that is handed out as it is.
func (b *block) addBytes(s string) (*C.char, C.size_t) {
	p := b.add(uintptr(len(s)) + 1)
	out := unsafe.Slice((*byte)(p), len(s)+1)
	copy(out, s)
	out[len(s)] = 0
	return (*C.char)(p), C.size_t(len(s))
}

// cText is text as the header promises it: UTF-8, which a local file name or
// an endpoint's header need not be, and without a NUL, which only a refused
// path can hold.
func cText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// own makes the handle that owns a block which is full; if it cannot, the
// block is free.
func (b *block) own() (C.uint64_t, error) {
	owner, err := table.New(handle.Block, b)
	if err != nil {
		b.free()
	}
	return C.uint64_t(owner), err
}

func (b *block) free() { C.free(b.base) }

// Finalize frees a block that was handed out.
func (b *block) Finalize() { b.free() }
