package s3

import (
	"sync"
	"weak"
)

// buffers has the memory of parts that have landed for those that follow, until the
// garbage collector comes: new memory is zeroed, and the system gives it page by page,
// which costs a part of 8 MiB more than to be sent.
type buffers struct {
	mu   sync.Mutex
	free []weak.Pointer[buffer]
}

type buffer struct{ memory []byte }

// take returns memory of just this capacity, without any bytes.
func (b *buffers) take(capacity int64) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	for n := len(b.free); n > 0; n = len(b.free) {
		found := b.free[n-1].Value()
		b.free = b.free[:n-1]
		if found != nil && int64(cap(found.memory)) == capacity {
			return found.memory[:0]
		}
	}
	return make([]byte, 0, capacity)
}

// give takes memory back that nobody looks at any more.
func (b *buffers) give(memory []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free = append(b.free, weak.Make(&buffer{memory}))
}
