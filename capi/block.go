package main

/*
#include <stdlib.h>

#include "blocks.h"
*/
import "C"

import (
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core/errs"
)

// block is one piece of C memory that holds a whole result: reserve all of
// it, allocate once, then add it. Texts are packed behind what has pointers.
type block struct {
	base           unsafe.Pointer
	size, used     uintptr
	texts, written uintptr
}

var noText = unsafe.Pointer(C.calloc(1, 1))

func (b *block) reserve(n uintptr) { b.size += (n + 7) &^ 7 } // pointers stay aligned

func (b *block) reserveText(s string) {
	if s != "" {
		b.reserveBytes(cText(s))
	}
}

// reserveBytes is reserveText for addBytes.
func (b *block) reserveBytes(s string) { b.texts += uintptr(len(s)) + 1 }

func (b *block) allocate() error {
	b.base = C.rstore_block_new(C.size_t(b.size + b.texts))
	if b.base == nil {
		return errs.New(errs.IO, "there is no memory for %d bytes", b.size+b.texts)
	}
	prepare(unsafe.Slice((*byte)(b.base), b.size))
	return nil
}

func (b *block) add(n uintptr) unsafe.Pointer {
	p := unsafe.Add(b.base, b.used)
	b.used += (n + 7) &^ 7
	return p
}

// addText adds NUL-terminated text and returns it with its length.
func (b *block) addText(s string) (*C.char, C.size_t) {
	if s == "" {
		return (*C.char)(noText), 0
	}
	return b.addBytes(cText(s))
}

// addBytes is addText for text that is handed out as it is.
func (b *block) addBytes(s string) (*C.char, C.size_t) {
	p := b.nextText()
	out := unsafe.Slice((*byte)(p), len(s)+1)
	copy(out, s)
	out[len(s)] = 0
	b.written += uintptr(len(s)) + 1
	return (*C.char)(p), C.size_t(len(s))
}

// nextText is where the next text will be.
func (b *block) nextText() unsafe.Pointer { return unsafe.Add(b.base, b.size+b.written) }

// cText is text as the header promises it: UTF-8, which a local file name or
// an endpoint's header need not be, and without a NUL, which only a refused
// path can hold.
func cText(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// own makes the handle that owns a block which is full; if it cannot, the
// block is free.
func (b *block) own() (C.uint64_t, error) {
	owner := C.rstore_block_own(b.base)
	if owner == 0 {
		b.free()
		return 0, errs.New(errs.IO, "there are %d open handles of memory, which is the most: close some", 1<<handle.SlotBits)
	}
	return owner, nil
}

func (b *block) free() { C.rstore_block_free(b.base) }

// The numbers of blocks.h are those of handle, or this does not compile.
var _ = [1]struct{}{}[(handle.Block-C.RSTORE_BLOCK_KIND)|(handle.SlotBits-C.RSTORE_SLOT_BITS)|
	(handle.GenerationBits-C.RSTORE_GENERATION_BITS)|(handle.EpochBits-C.RSTORE_EPOCH_BITS)]

// batch is many blocks that one handle owns: each of the results of a batch comes when
// it is there, and small ones share a block.
type batch struct {
	first *block // which the others are freed with; or nil
	small *block // the last one of those that are shared; or nil
}

const (
	sharedBlock = 256 << 10
	smallShare  = sharedBlock / 8 // the most that is put into one: so an eighth may be lost
)

// allocate gives n bytes.
func (b *batch) allocate(n int64) ([]byte, error) {
	if n > smallShare {
		one := &block{size: uintptr(n)}
		if err := b.add(one); err != nil {
			return nil, err
		}
		return unsafe.Slice((*byte)(one.base), n), nil
	}
	if b.small == nil || b.small.used+uintptr(n) > sharedBlock {
		one := &block{size: sharedBlock}
		if err := b.add(one); err != nil {
			return nil, err
		}
		b.small = one
	}
	return unsafe.Slice((*byte)(b.small.add(uintptr(n))), n), nil
}

// add allocates a block.
func (b *batch) add(one *block) error {
	if err := one.allocate(); err != nil {
		return err
	}
	if b.first == nil {
		b.first = one
	} else {
		C.rstore_block_add(one.base, b.first.base)
	}
	return nil
}

// free frees all of them, if they were not handed out.
func (b *batch) free() {
	if b.first != nil {
		b.first.free()
	}
}
