package driver

import "context"

// Requests is what one operation of a Store has sent, for its error.
type Requests struct {
	Sent int
	// Unanswered is set when a request of the present call to the endpoint
	// got no answer, or one that does not tell whether it was carried out.
	Unanswered bool
}

type requestsKey struct{}

// CountRequests returns a context in which a backend counts its requests.
func CountRequests(ctx context.Context) (context.Context, *Requests) {
	r := &Requests{}
	return context.WithValue(ctx, requestsKey{}, r), r
}

// RequestsOf returns the count in ctx, or one that nobody looks at.
func RequestsOf(ctx context.Context) *Requests {
	if r, ok := ctx.Value(requestsKey{}).(*Requests); ok {
		return r
	}
	return &Requests{}
}
