package main

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePagesFrom is as NumPy has it: less gains little.
const hugePagesFrom = 4 << 20

// prepare tells the system that all of this memory, which Go does not own, is about to be
// filled. With huge pages that is one fault for each 2 MiB of new memory in the place of
// 512, which were half of what a large read cost. It changes no content, and a page that
// does not lie whole in the memory stays as it is.
func prepare(memory []byte) {
	if len(memory) < hugePagesFrom {
		return
	}
	page := uintptr(os.Getpagesize())
	first := -uintptr(unsafe.Pointer(unsafe.SliceData(memory))) % page // bytes before a page begins
	whole := (uintptr(len(memory)) - first) / page * page
	_ = unix.Madvise(memory[first:first+whole], unix.MADV_HUGEPAGE) // where there are none, nothing is lost
}
