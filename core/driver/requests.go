package driver

import (
	"context"
	"sync/atomic"
)

// Requests counts what one operation of a Store has sent, for its error.
type Requests struct{ atomic.Int64 }

type requestsKey struct{}

// CountRequests returns a context in which a backend counts its requests: ctx
// itself if it is one already.
func CountRequests(ctx context.Context) (context.Context, *Requests) {
	if r, ok := ctx.Value(requestsKey{}).(*Requests); ok {
		return ctx, r
	}
	return CountOn(ctx, &Requests{})
}

// CountOn returns a context in which a backend goes on to count with r.
func CountOn(ctx context.Context, r *Requests) (context.Context, *Requests) {
	return context.WithValue(ctx, requestsKey{}, r), r
}

// RequestsOf returns the count in ctx, or one that nobody looks at.
func RequestsOf(ctx context.Context) *Requests {
	if r, ok := ctx.Value(requestsKey{}).(*Requests); ok {
		return r
	}
	return &Requests{}
}
