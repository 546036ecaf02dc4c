package s3

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// feedPatience is how long a request waits for credentials while there is
// nobody to be asked, such as a part that is sent between two calls.
const feedPatience = 30 * time.Second

// feed is credentials that the program pushes. When there are none that could
// be used, a caller is asked for them: one at a time, and any of those that wait
// in a call on the store, since the one that needs them may be behind a call.
type feed struct {
	mu      sync.Mutex
	keys    aws.Credentials
	due     time.Time // when new ones should come
	refused bool      // by an endpoint
	callers []driver.Pusher
	round   *round // nil while nobody waits
}

// round is the wait for one push.
type round struct {
	over  chan struct{}
	err   error         // why there will be none
	asked driver.Pusher // nil is nobody
}

func newFeed() *feed { return &feed{} }

// usable tells whether there are credentials to sign with.
func (f *feed) usable() bool {
	return f.keys.AccessKeyID != "" && !f.refused && !f.keys.Expired()
}

// Retrieve returns what was pushed, and waits for it if that cannot be used.
func (f *feed) Retrieve(ctx context.Context) (aws.Credentials, error) {
	for {
		keys, r, err := f.join()
		if r == nil || err != nil {
			return keys, err
		}
		if err := f.wait(ctx, r); err != nil {
			return aws.Credentials{}, err
		}
	}
}

// join returns the credentials, or the round that waits for them.
func (f *feed) join() (aws.Credentials, *round, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.usable() {
		return f.keys, nil, nil
	}
	if f.round == nil {
		f.round = &round{over: make(chan struct{})}
	}
	r := f.round
	f.ask()
	// Without a hook, who calls cannot push; nor will who has not done so yet.
	if r.asked == nil && (len(f.callers) > 0 || f.keys.AccessKeyID == "") {
		f.end(f.missing())
	}
	return aws.Credentials{}, r, nil
}

// wait waits for the end of a round.
func (f *feed) wait(ctx context.Context, r *round) error {
	patience := time.NewTicker(feedPatience)
	defer patience.Stop()
	for {
		select {
		case <-r.over:
			return r.err
		case <-ctx.Done():
			return ctx.Err()
		case <-patience.C:
		}
		f.mu.Lock()
		if f.round == r && r.asked == nil {
			f.end(f.missing())
		}
		f.mu.Unlock()
	}
}

// ask asks a caller, if none is being asked.
func (f *feed) ask() {
	r := f.round
	for _, caller := range f.callers {
		if r.asked != nil {
			return
		}
		if caller.Ask(func() { f.answered(r, caller) }) {
			r.asked = caller
		}
	}
}

// answered ends a round if the caller that was asked has pushed nothing.
func (f *feed) answered(r *round, by driver.Pusher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.round == r && r.asked == by {
		f.end(f.missing())
	}
}

func (f *feed) end(err error) {
	f.round.err = err
	close(f.round.over)
	f.round = nil
}

// missing says why there is nothing to sign with.
func (f *feed) missing() error {
	why := "the credentials that were pushed have expired"
	switch {
	case f.keys.AccessKeyID == "":
		why = "no credentials were pushed yet"
	case f.refused:
		why = "the endpoint says that the credentials that were pushed have expired"
	}
	return errs.New(errs.Unauthenticated, "%s: push new ones in time, or when the interrupt hook of a call, "+
		"or a queue, asks for them (rstore_credentials_set)", why)
}

// Attend implements [driver.Fed].
func (f *feed) Attend(caller driver.Pusher) (leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.callers = append(f.callers, caller)
	if f.round != nil {
		f.ask()
	}
	return func() { f.leave(caller) }
}

func (f *feed) leave(caller driver.Pusher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.Index(f.callers, caller)
	f.callers = slices.Delete(f.callers, i, i+1)
	if f.round != nil && f.round.asked == caller {
		f.round.asked = nil
		f.ask()
	}
}

// Set replaces the credentials.
func (f *feed) Set(pushed driver.Credentials) error {
	now := time.Now()
	for name, text := range map[string]string{"access_key_id": pushed.AccessKeyID,
		"secret_access_key": pushed.SecretAccessKey, "session_token": pushed.SessionToken} {
		switch {
		case text == "" && name != "session_token":
			return errs.New(errs.InvalidArgument, "%s is empty: credentials need both keys", name)
		case strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0:
			return errs.New(errs.InvalidArgument, "%s must be printable ASCII without spaces", name)
		}
	}
	if !pushed.Expires.IsZero() && !pushed.Expires.After(now) {
		return errs.New(errs.Unauthenticated, "the credentials that are pushed have expired already, at %s: "+
			"push some that are valid", pushed.Expires.UTC().Format(time.RFC3339))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refused = false
	f.keys = aws.Credentials{AccessKeyID: pushed.AccessKeyID, SecretAccessKey: pushed.SecretAccessKey,
		SessionToken: pushed.SessionToken, CanExpire: !pushed.Expires.IsZero(), Expires: pushed.Expires}
	f.due = time.Time{}
	if f.keys.CanExpire {
		f.due = dueAt(now, pushed.Expires)
	}
	if f.round != nil {
		f.end(nil)
	}
	return nil
}

// None ends the wait of those who wait.
func (f *feed) None() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.round != nil {
		f.end(f.missing())
	}
}

// Due is [driver.Fed.CredentialsDue].
func (f *feed) Due() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.usable() {
		return driver.Now
	}
	return f.due
}

// Refuse notes that an endpoint takes them for expired, if no others have come
// since.
func (f *feed) Refuse(used aws.Credentials) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.keys.AccessKeyID == used.AccessKeyID && f.keys.SessionToken == used.SessionToken {
		f.refused = true
	}
	return true
}

// SetCredentials implements [driver.Fed].
func (b *backend) SetCredentials(pushed driver.Credentials) error {
	if b.feed == nil {
		return b.notFed()
	}
	return b.feed.Set(pushed)
}

// NoCredentials implements [driver.Fed].
func (b *backend) NoCredentials() error {
	if b.feed == nil {
		return b.notFed()
	}
	b.feed.None()
	return nil
}

// CredentialsDue implements [driver.Fed].
func (b *backend) CredentialsDue() (time.Time, error) {
	if b.feed == nil {
		return time.Time{}, b.notFed()
	}
	return b.feed.Due(), nil
}

// Attend implements [driver.Fed].
func (b *backend) Attend(caller driver.Pusher) (leave func()) {
	if b.feed == nil {
		return nil
	}
	return b.feed.Attend(caller)
}

func (b *backend) notFed() error {
	return errs.New(errs.NotSupported, `the store has credentials of its own: none can be pushed without the option %s = "provider"`,
		b.config.Name("credentials"))
}
