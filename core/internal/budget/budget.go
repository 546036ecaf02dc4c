// Package budget bounds the memory that the transfers of a store hold.
package budget

import (
	"context"
	"sync"

	"github.com/libremotestore/libremotestore/core/driver"
)

// Budget is a number of bytes that transfers share. Bytes are taken while a
// buffer is being filled, fly while they are being sent, and land then.
type Budget struct {
	limit int64

	mu     sync.Mutex
	taken  int64 // those that fly included
	flying int64
	landed chan struct{} // closed when some land
}

// New makes a budget.
func New(limit int64) *Budget {
	return &Budget{limit: limit, landed: make(chan struct{})}
}

// Take takes n bytes, and waits for them as long as bytes fly. If none do, all
// are held by writers that wait for their caller, perhaps for this very one:
// then it exceeds the limit instead of waiting for ever.
func (b *Budget) Take(ctx context.Context, n int64) error {
	for {
		b.mu.Lock()
		if b.taken+n <= b.limit || b.flying == 0 {
			b.taken += n
			b.mu.Unlock()
			return nil
		}
		landed := b.landed
		b.mu.Unlock()
		select {
		case <-landed:
		case <-ctx.Done():
			return driver.Done(ctx)
		}
	}
}

// Fly says that n bytes which were taken will come back by themselves.
func (b *Budget) Fly(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flying += n
}

// Land gives back n bytes that fly.
func (b *Budget) Land(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flying -= n
	b.taken -= n
	b.wake()
}

// Return gives back n bytes that never flew.
func (b *Budget) Return(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken -= n
	b.wake()
}

func (b *Budget) wake() {
	close(b.landed)
	b.landed = make(chan struct{})
}
