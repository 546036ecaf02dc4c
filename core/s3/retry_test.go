package s3_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// No real server fails to order: these endpoints are stubs.

// shortStall is the read_timeout of tests that stall: long enough for an
// answer of a busy machine.
const shortStall = 500 * time.Millisecond

var faults = []struct {
	name string
	code errs.Code
	do   http.HandlerFunc
}{
	{"500", errs.Unavailable, func(w http.ResponseWriter, _ *http.Request) { answer(w, 500, "InternalError") }},
	{"503", errs.RateLimited, func(w http.ResponseWriter, _ *http.Request) { answer(w, 503, "SlowDown") }},
	{"reset", errs.Unavailable, func(w http.ResponseWriter, _ *http.Request) { reset(w) }},
	{"stall", errs.Unavailable, func(_ http.ResponseWriter, r *http.Request) { stall(r) }},
}

// patience is a read_timeout that ends what stalls soon, and nothing else on
// a busy machine.
func patience(fault string, stalls time.Duration) string {
	if fault == "stall" {
		return stalls.String()
	}
	return "30"
}

// requestsAre waits for the server to have seen n requests, and no more.
func requestsAre(t *testing.T, n int, seen *atomic.Int32) {
	t.Helper()
	for end := time.Now().Add(prompt); int(seen.Load()) < n && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	assert.EqualValues(t, n, seen.Load(), "requests that the server saw")
}

// An attempt configured is a request sent, whatever fails and whoever asks.
func TestAttemptsConfiguredAreRequestsSent(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		for _, retries := range []int{0, 1, 3, 10} {
			for _, o := range operations {
				switch o.name {
				case "get", "overwrite", "list":
				default:
					continue
				}
				t.Run(fmt.Sprintf("%s retries %d %s", fault.name, retries, o.name), func(t *testing.T) {
					t.Parallel()
					var seen atomic.Int32
					s := fast(settings{"read_timeout": patience(fault.name, 150*time.Millisecond)})
					if o.name == "get" { // the other name of it
						s["max_attempts"] = strconv.Itoa(retries + 1)
					} else {
						s["max_retries"] = strconv.Itoa(retries)
					}
					store := fakeSet(t, s, func(w http.ResponseWriter, r *http.Request) {
						seen.Add(1)
						fault.do(w, r)
					})
					e := requireError(t, o.do(t.Context(), store), fault.code)
					requestsAre(t, retries+1, &seen)
					assert.Equal(t, retries+1, e.Attempts)
					assert.True(t, e.Retryable)
				})
			}
		}
	}
}

// So it is where a connection of the pool, which worked before, is used.
func TestAttemptsOnAConnectionThatWorked(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		for _, o := range operations {
			switch o.name {
			case "get", "overwrite", "list":
			default:
				continue
			}
			t.Run(fault.name+" "+o.name, func(t *testing.T) {
				t.Parallel()
				var seen atomic.Int32
				store := fakeSet(t, fast(settings{"max_attempts": "3", "read_timeout": patience(fault.name, shortStall)}),
					func(w http.ResponseWriter, r *http.Request) {
						if r.Method == http.MethodHead {
							w.Header().Set("Content-Length", "1")
							return
						}
						seen.Add(1)
						fault.do(w, r)
					})
				_, err := store.Head(t.Context(), "a", core.HeadOptions{})
				require.NoError(t, err)
				e := requireError(t, o.do(t.Context(), store), fault.code)
				requestsAre(t, 3, &seen)
				assert.Equal(t, 3, e.Attempts)
			})
		}
	}
}

const whole = "0123456789abcdefghij"

// serve sends the object whole, or what a Range asks for, up to byte end,
// and then does what happens.
func serve(t *testing.T, w http.ResponseWriter, r *http.Request, end int, then func()) {
	first, status := 0, http.StatusOK
	if asked := r.Header.Get("Range"); asked != "" {
		n, err := fmt.Sscanf(asked, "bytes=%d-", &first)
		assert.Equal(t, 1, n, "%v", err)
		status = http.StatusPartialContent
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, len(whole)-1, len(whole)))
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(whole)-first))
	w.Header().Set("ETag", `"e"`)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, whole[first:max(first, end)])
	w.(http.Flusher).Flush()
	if end < len(whole) {
		then()
	}
}

// bodyFaults are what may happen in the middle of a body.
var bodyFaults = map[string]func(http.ResponseWriter, *http.Request){
	"reset": func(w http.ResponseWriter, _ *http.Request) { reset(w) },
	"ends":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	"stall": func(_ http.ResponseWriter, r *http.Request) { stall(r) },
}

func TestABodyThatAlwaysBreaksOff(t *testing.T) {
	t.Parallel()
	for name, fault := range bodyFaults {
		for _, retries := range []int{0, 1, 3, 10} {
			t.Run(fmt.Sprintf("%s retries %d", name, retries), func(t *testing.T) {
				t.Parallel()
				var seen atomic.Int32
				store := fakeSet(t, fast(settings{"read_timeout": patience(name, shortStall), "max_retries": strconv.Itoa(retries)}),
					func(w http.ResponseWriter, r *http.Request) {
						end := min(int(seen.Add(1)), 5) // a byte more each time, at first
						serve(t, w, r, end, func() { fault(w, r) })
					})
				text, err := read(t.Context(), store, "a", core.GetOptions{})
				e := requireError(t, err, errs.Unavailable)
				requestsAre(t, retries+1, &seen)
				assert.Equal(t, retries+1, e.Attempts)
				assert.True(t, e.Retryable)
				assert.Equal(t, whole[:min(retries+1, 5)], text, "the bytes that came are no others")
			})
		}
	}
}

func TestABodyThatBreaksOffOnceIsMadeWhole(t *testing.T) {
	t.Parallel()
	for name, fault := range bodyFaults {
		for _, o := range []core.GetOptions{{}, {Offset: 2}} {
			t.Run(fmt.Sprintf("%s from %d", name, o.Offset), func(t *testing.T) {
				t.Parallel()
				var seen atomic.Int32
				second := make(chan http.Header, 10)
				store := fakeSet(t, fast(settings{"read_timeout": patience(name, shortStall)}), func(w http.ResponseWriter, r *http.Request) {
					if seen.Add(1) == 1 {
						serve(t, w, r, 7, func() { fault(w, r) })
						return
					}
					second <- r.Header
					serve(t, w, r, len(whole), nil)
				})
				text, err := read(t.Context(), store, "a", o)
				require.NoError(t, err)
				assert.Equal(t, whole[o.Offset:], text)
				require.EqualValues(t, 2, seen.Load())
				h := <-second
				assert.Equal(t, "bytes=7-19", h.Get("Range"))
				assert.Equal(t, `"e"`, h.Get("If-Match"))
			})
		}
	}
}

// What goes on must be the same object.
func TestABodyThatBreaksOffOfAnObjectThatChanges(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]http.HandlerFunc{
		"changed": func(w http.ResponseWriter, _ *http.Request) { answer(w, 412, "PreconditionFailed") },
		"deleted": func(w http.ResponseWriter, _ *http.Request) { answer(w, 404, "NoSuchKey") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen atomic.Int32
			store := fakeSet(t, fast(nil), func(w http.ResponseWriter, r *http.Request) {
				if seen.Add(1) == 1 {
					serve(t, w, r, 7, func() { reset(w) })
					return
				}
				second(w, r)
			})
			_, err := read(t.Context(), store, "a", core.GetOptions{})
			e := requireError(t, err, errs.Changed)
			assert.Contains(t, []string{"PreconditionFailed", "NoSuchKey"}, e.S3Code, "what the endpoint said stays")
			assert.NotZero(t, e.HTTPStatus)
			assert.EqualValues(t, 2, seen.Load())
		})
	}
}

// An endpoint that gives no ETag cannot be asked for the same object again.
func TestABodyWithoutAnETagIsNotGoneOnWith(t *testing.T) {
	t.Parallel()
	var seen atomic.Int32
	store := fakeSet(t, fast(nil), func(w http.ResponseWriter, _ *http.Request) {
		seen.Add(1)
		breakOff(w, "200 OK\r\nContent-Length: 10\r\n\r\nshort")
	})
	_, err := read(t.Context(), store, "a", core.GetOptions{})
	requireError(t, err, errs.Unavailable)
	assert.EqualValues(t, 1, seen.Load())
}

// A download that moves, however slowly, is none that stalls: this one takes
// five times the timeout.
func TestASlowDownloadIsNoStall(t *testing.T) {
	t.Parallel()
	const pieces, timeout = 50, time.Second
	var longest atomic.Int64 // that the server did not get to run
	store := fakeSet(t, fast(settings{"read_timeout": timeout.String(), "max_attempts": "1"}), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(pieces))
		w.Header().Set("ETag", `"e"`)
		longest.Store(0)
		for range pieces {
			_, _ = io.WriteString(w, "x")
			w.(http.Flusher).Flush()
			sent := time.Now()
			time.Sleep(timeout / 10)
			longest.Store(max(longest.Load(), int64(time.Since(sent))))
		}
	})
	for range 5 {
		start := time.Now()
		text, err := read(t.Context(), store, "a", core.GetOptions{})
		if err != nil && longest.Load() > int64(timeout/2) {
			continue // it was a machine that stalls
		}
		require.NoError(t, err)
		assert.Equal(t, strings.Repeat("x", pieces), text)
		assert.GreaterOrEqual(t, time.Since(start), (pieces-1)*timeout/10)
		return
	}
	t.Skip("this machine is too busy to send a byte in time")
}

func TestAStallEndsAtTheReadTimeout(t *testing.T) {
	t.Parallel()
	data := make([]byte, 32<<20)
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		do      func(context.Context, *core.Store) error
	}{
		"before the answer": {func(_ http.ResponseWriter, r *http.Request) { stall(r) },
			func(ctx context.Context, s *core.Store) error {
				_, err := s.Head(ctx, "a", core.HeadOptions{})
				return err
			}},
		"in the answer": {func(w http.ResponseWriter, r *http.Request) { serve(t, w, r, 7, func() { stall(r) }) },
			func(ctx context.Context, s *core.Store) error {
				_, err := read(ctx, s, "a", core.GetOptions{})
				return err
			}},
		"in the request": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = r.Body.Read(make([]byte, 1)) // asks for the body, and takes no more of it
			time.Sleep(4 * time.Second)
		}, func(ctx context.Context, s *core.Store) error {
			_, err := s.Put(ctx, "a", data, core.PutOptions{Overwrite: true})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := fakeSet(t, settings{"read_timeout": "1", "max_attempts": "1"}, c.handler)
			start := time.Now()
			requireError(t, c.do(t.Context(), store), errs.Unavailable)
			assert.GreaterOrEqual(t, time.Since(start), 900*time.Millisecond)
			assert.Less(t, time.Since(start), 3500*time.Millisecond)
		})
	}
}

// failing is an endpoint that notes when it is asked, and always refuses.
func failing(t *testing.T, s settings, retryAfter func() string) (*core.Store, *atomic.Int32) {
	t.Helper()
	var seen atomic.Int32
	return fakeSet(t, s, func(w http.ResponseWriter, _ *http.Request) {
		seen.Add(1)
		if retryAfter != nil {
			w.Header().Set("Retry-After", retryAfter())
		}
		answer(w, http.StatusServiceUnavailable, "SlowDown")
	}), &seen
}

// took is how long an operation takes that must fail.
func took(t *testing.T, store *core.Store) time.Duration {
	t.Helper()
	start := time.Now()
	_, err := read(t.Context(), store, "a", core.GetOptions{})
	requireError(t, err, errs.RateLimited)
	return time.Since(start)
}

func TestBackoffDoublesUpToItsMost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		s              settings
		least, notThis time.Duration
	}{
		// 0.2 + 0.4 + 0.8
		{"doubles", settings{"max_attempts": "4", "retry_backoff_base": "200ms", "retry_jitter": "0"}, 1400 * time.Millisecond, 4 * time.Second},
		// 0.1 + 6 * 0.2, where it would be 12.7 without the limit
		{"has a most", settings{"max_attempts": "8", "retry_backoff_base": "100ms", "retry_backoff_max": "200ms", "retry_jitter": "0"},
			1300 * time.Millisecond, 8 * time.Second},
		{"base above the most", settings{"max_attempts": "2", "retry_backoff_base": "1h", "retry_backoff_max": "100ms", "retry_jitter": "0"},
			100 * time.Millisecond, 4 * time.Second},
		{"jitter", settings{"max_attempts": "6", "retry_backoff_base": "0", "retry_jitter": "400ms"}, 20 * time.Millisecond, 6 * time.Second},
		{"none", settings{"max_attempts": "31", "retry_backoff_base": "0", "retry_jitter": "0"}, 0, 4 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store, _ := failing(t, c.s, nil)
			elapsed := took(t, store)
			assert.GreaterOrEqual(t, elapsed, c.least)
			assert.Less(t, elapsed, c.notThis)
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]func() string{
		"seconds": func() string { return "2" },
		// A date has whole seconds: between 1 and 2 of them are left.
		"date": func() string { return time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, seen := failing(t, fast(settings{"max_attempts": "2"}), value)
			elapsed := took(t, store)
			assert.GreaterOrEqual(t, elapsed, 900*time.Millisecond)
			assert.Less(t, elapsed, prompt)
			assert.EqualValues(t, 2, seen.Load())
		})
	}
}

func TestRetryAfterHasALimit(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"61", "99999999999", "9223372036854775807", time.Now().Add(2 * time.Hour).UTC().Format(http.TimeFormat)} {
		store, seen := failing(t, fast(nil), func() string { return value })
		assert.Less(t, took(t, store), prompt, value)
		assert.EqualValues(t, 1, seen.Load(), value)
	}
}

// No attempt begins after the time for them, and nobody waits for one that
// may not begin.
func TestRetryTimeoutLooksAhead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		s          settings
		retryAfter func() string
		want       int32
	}{
		{"backoff", settings{"retry_backoff_base": "20", "retry_timeout": "10"}, nil, 1},
		{"Retry-After", settings{"retry_timeout": "10"}, func() string { return "20" }, 1},
		// At 0, 1 and 3: the next would be at 7.
		{"some", settings{"retry_backoff_base": "500ms", "retry_timeout": "3", "max_attempts": "10"}, nil, 3},
		{"enough time", settings{"retry_timeout": "60", "max_attempts": "5"}, nil, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store, seen := failing(t, fast(c.s), c.retryAfter)
			assert.Less(t, took(t, store), 4*time.Second)
			assert.Equal(t, c.want, seen.Load())
		})
	}
}

// A body that breaks off is within the time too.
func TestRetryTimeoutOfABody(t *testing.T) {
	t.Parallel()
	var seen atomic.Int32
	store := fakeSet(t, fast(settings{"retry_backoff_base": "3", "retry_timeout": "1"}), func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		serve(t, w, r, 7, func() { reset(w) })
	})
	start := time.Now()
	_, err := read(t.Context(), store, "a", core.GetOptions{})
	requireError(t, err, errs.Unavailable)
	assert.Less(t, time.Since(start), 2*time.Second)
	assert.EqualValues(t, 1, seen.Load())
}

// After one answer that asks for fewer requests, the adaptive mode lets the
// later ones wait, and the standard one does not.
func TestRetryModeAdaptiveSlowsDown(t *testing.T) {
	t.Parallel()
	elapsed := func(mode string) time.Duration {
		var seen atomic.Int32
		store := fakeSet(t, fast(settings{"retry_mode": mode}), func(w http.ResponseWriter, _ *http.Request) {
			if seen.Add(1) == 1 {
				answer(w, http.StatusServiceUnavailable, "SlowDown")
				return
			}
			w.Header().Set("Content-Length", "0")
		})
		start := time.Now()
		for range 4 {
			_, err := read(t.Context(), store, "a", core.GetOptions{})
			require.NoError(t, err)
		}
		assert.EqualValues(t, 5, seen.Load(), mode)
		return time.Since(start)
	}
	adaptive := elapsed("adaptive")
	assert.GreaterOrEqual(t, adaptive, time.Second)
	assert.Less(t, elapsed("standard"), adaptive)
}

// Where the wait is long, a context ends it.
func TestContextEndsABackoff(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, 503, "SlowDown") }))
	t.Cleanup(server.Close)
	store := openSet(t, variables(t, server.URL), "s3://bucket", settings{"retry_backoff_base": "60", "retry_backoff_max": "60"})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := read(ctx, store, "a", core.GetOptions{})
	requireError(t, err, errs.Deadline)
	assert.Less(t, time.Since(start), prompt)
}
