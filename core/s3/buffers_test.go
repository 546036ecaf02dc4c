package s3

import (
	"runtime/debug"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
)

func TestBuffersAreUsedAgain(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // which would empty it
	var b buffers
	first := append(b.take(100), "some"...)
	b.give(first)
	again := b.take(100)
	assert.Empty(t, again)
	assert.Equal(t, unsafe.SliceData(first), unsafe.SliceData(again))
	other := b.take(100)
	assert.NotEqual(t, unsafe.SliceData(first), unsafe.SliceData(other), "it is in use")
	b.give(again)
	assert.Equal(t, 50, cap(b.take(50)))
	assert.Empty(t, b.free, "what does not fit is left to the garbage collector")
}
