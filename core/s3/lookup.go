package s3

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/libremotestore/libremotestore/core/errs"
)

const (
	lookupTimeout = 60 * time.Second // of a lookup that no timeout of its own ends
	// What one call sends needs credentials several times: it does not ask for
	// them again each time that there are none.
	failureLasts = time.Second
	// renewAgain is when credentials are renewed again that could not be, and are
	// still valid.
	renewAgain = 10 * time.Second
)

// lookedUp asks a source for credentials, of which somebody else keeps the answer.
// Its errors are of the engine.
type lookedUp struct {
	source aws.CredentialsProvider
	failed func(error) string

	mu      sync.Mutex
	failure *errs.Error
	until   time.Time // as long as that is the answer
	expires time.Time // of the last credentials, in truth
}

// lookUp keeps the credentials of a source until they are about to expire. what
// is said if there are none.
func lookUp(what string, source aws.CredentialsProvider) aws.CredentialsProvider {
	return lookUpAs(func(err error) string { return what + ": " + innermost(err) }, source)
}

func lookUpAs(failed func(error) string, source aws.CredentialsProvider) aws.CredentialsProvider {
	return aws.NewCredentialsCache(&lookedUp{source: source, failed: failed})
}

// Retrieve serves one call at a time. It does not end with the call that needs
// credentials, since others may.
func (l *lookedUp) Retrieve(context.Context) (found aws.Credentials, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failure != nil && time.Now().Before(l.until) {
		return aws.Credentials{}, l.failure
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	err = errs.Recovered(func() (err error) {
		found, err = l.source.Retrieve(ctx)
		return err
	})
	if err == nil && !found.HasKeys() {
		err = errors.New("the answer has no keys")
	}
	if err != nil {
		l.failure, l.until = l.unauthenticated(err), time.Now().Add(failureLasts)
		return aws.Credentials{}, l.failure
	}
	l.failure, l.expires = nil, found.Expires
	if found.CanExpire {
		found.Expires = dueAt(time.Now(), found.Expires)
	}
	return found, nil
}

func (l *lookedUp) unauthenticated(err error) *errs.Error {
	if e, ok := errors.AsType[*errs.Error](err); ok { // of the credentials that assume a role
		return e
	}
	return errs.Wrap(err, errs.Unauthenticated, "%s", l.failed(err))
}

// HandleFailToRefresh lets credentials serve that could not be renewed early.
func (l *lookedUp) HandleFailToRefresh(ctx context.Context, before aws.Credentials, err error) (aws.Credentials, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); before.CanExpire && now.Before(l.expires) {
		before.Expires = now.Add(min(renewAgain, l.expires.Sub(now)))
		return before, nil
	}
	// Those of an instance serve on, while its metadata cannot be reached.
	if source, ok := l.source.(aws.HandleFailRefreshCredentialsCacheStrategy); ok {
		return source.HandleFailToRefresh(ctx, before, err)
	}
	return aws.Credentials{}, err
}

// dueAt is when credentials should be renewed that one has got now.
func dueAt(now, expires time.Time) time.Time {
	return expires.Add(-min(5*time.Minute, max(0, expires.Sub(now)/4)))
}
