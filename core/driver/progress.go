package driver

import (
	"context"
	"sync/atomic"
)

// Progress is what the operations with one context have done so far. Any
// goroutine may look at it.
type Progress struct {
	Attempts  atomic.Int64           // requests that were sent
	RequestID atomic.Pointer[string] // of the last answer; nil if there was none

	// Bytes of objects, those that came twice or were sent twice counted once.
	Transferred atomic.Int64
	Total       atomic.Int64 // as far as it is known what there is to be transferred
}

type progressKey struct{}

// WithProgress returns a context whose operations are noted in p.
func WithProgress(ctx context.Context, p *Progress) context.Context {
	return context.WithValue(ctx, progressKey{}, p)
}

// progressOf returns what is noted for ctx, or nil.
func progressOf(ctx context.Context) *Progress {
	p, _ := ctx.Value(progressKey{}).(*Progress)
	return p
}

// Expect notes that so many bytes more are to be transferred; less than 0, that they are not.
func Expect(ctx context.Context, n int64) {
	if p := progressOf(ctx); p != nil {
		p.Total.Add(n)
	}
}

// Transferred notes that so many bytes came, or were sent, or copied.
func Transferred(ctx context.Context, n int64) {
	if p := progressOf(ctx); p != nil {
		p.Transferred.Add(n)
	}
}
