package driver

import (
	"cmp"
	"math"
	"math/rand/v2"
	"time"

	"github.com/libremotestore/libremotestore/core/errs"
)

// RetryPolicy says how often a request is sent again that failed for a
// passing reason, and when.
type RetryPolicy struct {
	MaxAttempts   int           // requests, the first included; at least 1
	BackoffBase   time.Duration // wait before the second attempt
	BackoffFactor float64       // by which it grows with each one; 0 is 2
	BackoffMax    time.Duration // the most that it becomes
	Jitter        time.Duration // a random part of it comes on top
	Timeout       time.Duration // no attempt begins after it, counted from the first; 0 is no limit
}

const defaultFactor = 2

// DefaultRetryPolicy is that of a store which is told nothing else; the number
// of attempts is the backend's.
func DefaultRetryPolicy() RetryPolicy {
	return RetryPolicy{
		BackoffBase: 500 * time.Millisecond, BackoffFactor: defaultFactor, BackoffMax: 20 * time.Second, Jitter: 500 * time.Millisecond,
	}
}

// Check refuses a policy that cannot be meant.
func (p RetryPolicy) Check() error {
	switch {
	case p.MaxAttempts < 1:
		return errs.New(errs.InvalidOption, "max_attempts is %d, but must be 1 or more: 1 is no retry", p.MaxAttempts)
	case p.BackoffBase < 0, p.BackoffMax < 0, p.Jitter < 0:
		return errs.New(errs.InvalidOption, "backoff_base, backoff_max and jitter must be 0 or more")
	case p.BackoffFactor != 0 && !(p.BackoffFactor >= 1):
		return errs.New(errs.InvalidOption, "the factor of the backoff must be 1 or more")
	case p.Timeout < 0:
		return errs.New(errs.InvalidOption, "the timeout of the retries must be more than 0, or left out")
	}
	return nil
}

// TooLate tells whether an attempt after such a wait would come after the time
// for attempts, of which the first was begun then.
func (p RetryPolicy) TooLate(begun time.Time, wait time.Duration) bool {
	return p.Timeout > 0 && time.Since(begun)+wait >= p.Timeout
}

// Delay is how long to wait after so many attempts, from 1. asked is what the
// endpoint asks for: it is not asked again earlier.
func (p RetryPolicy) Delay(attempts int, asked time.Duration) time.Duration {
	delay := p.BackoffMax
	grown := float64(p.BackoffBase) * math.Pow(cmp.Or(p.BackoffFactor, defaultFactor), float64(attempts-1))
	switch {
	case p.BackoffBase == 0: // 0 times infinity is no number
		delay = 0
	case grown < float64(p.BackoffMax):
		delay = time.Duration(grown)
	}
	if p.Jitter > 0 {
		delay += rand.N(p.Jitter)
	}
	return max(delay, asked)
}
