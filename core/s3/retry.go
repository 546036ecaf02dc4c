package s3

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// RetryMode says whether retries may slow down the requests that follow.
type RetryMode string

const (
	RetryStandard RetryMode = "standard" // as any other
	RetryAdaptive RetryMode = "adaptive" // after a throttling answer, requests wait for their turn
)

// retryer decides by the SDK's rules what is sent again, and by the policy
// how often and when.
type retryer struct {
	aws.RetryerV2
	policy driver.RetryPolicy
}

func (c Config) newRetryer() aws.Retryer {
	policy := c.Retry
	standard := func(o *retry.StandardOptions) {
		o.MaxAttempts = policy.MaxAttempts
		// The client-side quota makes retries vanish under load
		// (aws/aws-sdk-go-v2#1665): an attempt configured is one sent.
		o.RateLimiter = ratelimit.None
		o.Retryables = append(o.Retryables,
			retry.RetryableHTTPStatusCode{Codes: map[int]struct{}{http.StatusTooManyRequests: {}}},
			// Neither of the two may have been refused.
			retry.RetryableErrorCode{Codes: map[string]struct{}{writeConflict: {}}},
		)
	}
	if c.RetryMode == RetryAdaptive {
		adaptive := retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, standard)
		})
		return retryer{adaptive, policy}
	}
	return retryer{retry.NewStandard(standard), policy}
}

const defaultAttempts = 3

// RetryPolicy is c.Retry for changes to it, the default one at first, with no
// number of attempts yet.
func (c *Config) RetryPolicy() *driver.RetryPolicy {
	if c.Retry == (driver.RetryPolicy{}) {
		c.Retry = driver.DefaultRetryPolicy()
	}
	return &c.Retry
}

// readRetries completes c.Retry and c.RetryMode: what no option says comes from
// the environment.
func (c *Config) readRetries() {
	policy := c.RetryPolicy()
	if n, err := strconv.Atoi(c.Getenv("AWS_MAX_ATTEMPTS")); err == nil && n >= 1 && policy.MaxAttempts == 0 {
		policy.MaxAttempts = n
	}
	policy.MaxAttempts = cmp.Or(policy.MaxAttempts, defaultAttempts)
	if c.RetryMode == "" {
		c.RetryMode = RetryMode(c.Getenv("AWS_RETRY_MODE"))
	}
}

// IsErrorRetryable asks an error of the engine itself: that there are no
// credentials is none, since what gets them has attempts of its own.
func (r retryer) IsErrorRetryable(err error) bool {
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e.Retryable
	}
	return r.RetryerV2.IsErrorRetryable(err)
}

// writeConflict is the code for two conditional writes that met.
const writeConflict = "ConditionalRequestConflict"

// GetRetryToken fails if the next attempt would begin after the time for it,
// or could not succeed.
func (r retryer) GetRetryToken(ctx context.Context, err error) (func(error) error, error) {
	call := callOf(ctx)
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || response.HTTPStatusCode() < 400 || response.HTTPStatusCode() >= 500 {
		for c := call; c != nil; c = c.outer {
			c.unanswered = true // also a status 200 whose body is an error, or is lost
		}
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == writeConflict &&
		middleware.GetOperationName(ctx) == "CompleteMultipartUpload" {
		return nil, errors.New("the upload is over") // "CompleteMultipartUpload", API Reference
	}
	if asked(err) > max(r.policy.BackoffMax, longestAsked) {
		return nil, errors.New("the endpoint asks for a longer wait than a call may take")
	}
	if r.policy.TooLate(call.begun, r.policy.Delay(call.sent, asked(err))) {
		return nil, errors.New("the time for attempts is used up")
	}
	return r.RetryerV2.GetRetryToken(ctx, err)
}

func (r retryer) RetryDelay(attempts int, err error) (time.Duration, error) {
	return r.policy.Delay(attempts, asked(err)), nil
}

// longestAsked is how long an endpoint may let a call wait, if its policy has no
// longer waits itself. A page that says "back in an hour" ends it.
const longestAsked = time.Minute

// asked is how long the endpoint asks to wait: its Retry-After header (RFC
// 9110, section 10.2.3).
func asked(err error) time.Duration {
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || response.Response == nil || response.Response.Response == nil {
		return 0
	}
	value := response.Response.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, math.MaxInt32)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return time.Until(at)
	}
	return 0
}

// pause waits, or ends with its context.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return driver.Done(ctx)
	}
}
