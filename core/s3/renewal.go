package s3

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// noted notes which credentials each call has used.
type noted struct{ aws.CredentialsProvider }

func (n noted) Retrieve(ctx context.Context) (aws.Credentials, error) {
	keys, err := n.CredentialsProvider.Retrieve(ctx)
	if err == nil {
		callOf(ctx).keys = keys
	}
	return keys, err
}

// expired are the codes for credentials that were good, and are not any more.
var expired = map[string]bool{
	"ExpiredToken": true, "RequestExpired": true, "InvalidToken": true, "TokenRefreshRequired": true,
}

// refuser is a source that may have other credentials if an endpoint refuses
// those that it gave.
type refuser interface {
	// Refuse tells whether it may.
	Refuse(aws.Credentials) bool
}

// renewal sends a request again, once, if the endpoint says that its
// credentials have expired: with new ones, and all its attempts.
type renewal struct {
	source refuser      // nil if there can be no others
	count  atomic.Int64 // requests that were sent again
}

func newRenewal(keys aws.CredentialsProvider) *renewal {
	switch source := keys.(type) {
	case refuser:
		return &renewal{source: source}
	case *aws.CredentialsCache:
		return &renewal{source: cached{source}}
	}
	return &renewal{}
}

// addTo adds it to the requests of a client.
func (r *renewal) addTo(stack *middleware.Stack) error {
	if _, sent := stack.Finalize.Get("Retry"); r.source == nil || !sent { // it is only signed
		return nil
	}
	return stack.Finalize.Insert(r, "Retry", middleware.Before)
}

func (*renewal) ID() string { return "RemotestoreRenewal" }

func (r *renewal) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error) {
	request, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return next.HandleFinalize(ctx, in)
	}
	again := in
	again.Request = request.Clone()
	out, metadata, err := next.HandleFinalize(ctx, in)
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok || !expired[api.ErrorCode()] || !r.source.Refuse(callOf(ctx).keys) {
		return out, metadata, err
	}
	if again.Request.(*smithyhttp.Request).RewindStream() != nil {
		return out, metadata, err
	}
	r.count.Add(1)
	return next.HandleFinalize(ctx, again)
}

// cached is a source behind a cache, which forgets what it has.
type cached struct{ *aws.CredentialsCache }

func (c cached) Refuse(used aws.Credentials) bool {
	if has, err := c.Retrieve(canceled); err == nil && has.AccessKeyID == used.AccessKeyID && has.SessionToken == used.SessionToken {
		c.Invalidate()
	}
	return true
}

// canceled lets a cache tell what it has, and not ask for more.
var canceled = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()
