package driver

import (
	"context"
	"sync/atomic"
)

// Requests counts what one operation of a Store has sent, for its error.
type Requests struct{ atomic.Int64 }

type requestsKey struct{}

// Sending notes a request that an operation sends, and returns the function
// to be called with the ID that its answer has.
func Sending(ctx context.Context) (answered func(requestID string)) {
	RequestsOf(ctx).Add(1)
	p := progressOf(ctx)
	if p == nil {
		return func(string) {}
	}
	p.Attempts.Add(1)
	return func(id string) { p.RequestID.Store(&id) }
}

// NoteRequests notes what was sent elsewhere for an operation.
func NoteRequests(ctx context.Context, requests *Requests, progress *Progress) {
	RequestsOf(ctx).Add(requests.Load())
	if p := progressOf(ctx); p != nil {
		p.Attempts.Add(progress.Attempts.Load())
		if id := progress.RequestID.Load(); id != nil {
			p.RequestID.Store(id)
		}
	}
}

// CountRequests returns a context in which a backend counts its requests: ctx
// itself if it is one already.
func CountRequests(ctx context.Context) (context.Context, *Requests) {
	if r, ok := ctx.Value(requestsKey{}).(*Requests); ok {
		return ctx, r
	}
	c := &counting{Context: ctx}
	return c, &c.requests
}

// CountOn returns a context in which a backend goes on to count with r.
func CountOn(ctx context.Context, r *Requests) (context.Context, *Requests) {
	return context.WithValue(ctx, requestsKey{}, r), r
}

// counting is a context with its own count, as one piece of memory.
type counting struct {
	context.Context
	requests Requests
}

func (c *counting) Value(key any) any {
	if key == (requestsKey{}) {
		return &c.requests
	}
	return c.Context.Value(key)
}

// RequestsOf returns the count in ctx, or one that nobody looks at.
func RequestsOf(ctx context.Context) *Requests {
	if r, ok := ctx.Value(requestsKey{}).(*Requests); ok {
		return r
	}
	return &Requests{}
}
