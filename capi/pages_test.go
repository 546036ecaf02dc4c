package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Only whole pages of the memory are marked, and only of much memory.
func TestPrepare(t *testing.T) {
	page := os.Getpagesize()
	memory, err := unix.Mmap(-1, 0, hugePagesFrom+3*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, unix.Munmap(memory)) })
	memory[0], memory[page+1] = 1, 2
	marked := func() string { // the pages of memory, from their first to behind their last
		maps, err := os.ReadFile("/proc/self/smaps")
		require.NoError(t, err)
		begin, found := uintptr(unsafe.Pointer(&memory[0])), ""
		var from, to uintptr
		for line := range strings.Lines(string(maps)) {
			var first, last uintptr
			if n, _ := fmt.Sscanf(line, "%x-%x ", &first, &last); n == 2 {
				from, to = first, last
			}
			if strings.HasPrefix(line, "VmFlags:") && strings.Contains(line, " hg") && begin < to && from < begin+uintptr(len(memory)) {
				found += fmt.Sprintf("%d-%d ", (from-begin)/uintptr(page), (to-begin)/uintptr(page))
			}
		}
		return found
	}
	prepare(nil)
	prepare(memory[page-1 : page-1+hugePagesFrom-1])
	assert.Empty(t, marked())
	prepare(memory[page-1 : page+1+hugePagesFrom])
	assert.Equal(t, fmt.Sprintf("1-%d ", 1+hugePagesFrom/page), marked())
	assert.EqualValues(t, []byte{1, 2}, []byte{memory[0], memory[page+1]})
}
