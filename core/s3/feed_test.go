package s3_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// thread is a Caller whose hook is a function; nil is none. It ends the call by
// returning false.
type thread struct {
	hook  func() bool
	done  chan struct{}
	asked chan func()
}

func (h *thread) Done() { h.done <- struct{}{} }

func (h *thread) Interrupted() bool {
	select {
	case answered := <-h.asked:
		if !h.hook() {
			return true
		}
		answered()
	default:
	}
	return false
}

func (h *thread) Ask(answered func()) bool {
	if h.hook == nil {
		return false
	}
	h.asked <- answered
	return true
}

func (h *thread) Wait(cancel func()) {
	for {
		select {
		case <-h.done:
			return
		case answered := <-h.asked:
			if h.hook() {
				answered()
				continue
			}
			cancel()
			<-h.done
			return
		}
	}
}

func calledBy(t *testing.T, hook func() bool) context.Context {
	return core.WithCaller(t.Context(), &thread{hook, make(chan struct{}, 1), make(chan func(), 100)})
}

// vault gives credentials, each under its own name, and is an endpoint of S3 that
// takes no request signed with others than those that are valid.
type vault struct {
	*httptest.Server
	life   time.Duration
	answer http.HandlerFunc // to what is signed well

	given  atomic.Int32 // credentials
	wrong  atomic.Int32 // requests that were signed with others
	mu     sync.Mutex
	expire map[string]time.Time
}

const hashing = 500 * time.Millisecond

func newVault(t *testing.T, life time.Duration, answer http.HandlerFunc) *vault {
	t.Helper()
	v := &vault{life: life, answer: answer, expire: map[string]time.Time{}}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		key, _, _ := strings.Cut(asker(r), "/")
		expires, known := v.expire[key]
		signed, _ := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		v.mu.Unlock()
		// They may expire while a body is hashed, behind them.
		if !known || !expires.IsZero() && signed.After(expires.Add(hashing)) {
			v.wrong.Add(1)
		}
		v.answer(w, r)
	}))
	t.Cleanup(v.Close)
	return v
}

func (v *vault) next() core.Credentials {
	v.mu.Lock()
	defer v.mu.Unlock()
	c := core.Credentials{AccessKeyID: fmt.Sprintf("KEY%d", v.given.Add(1)), SecretAccessKey: "s", SessionToken: "t"}
	if v.life > 0 {
		c.Expires = time.Now().Add(v.life)
	}
	v.expire[c.AccessKeyID] = c.Expires
	return c
}

func (v *vault) open(t *testing.T, more settings) *core.Store {
	t.Helper()
	s := fast(more)
	s["credentials"] = "provider"
	return openSet(t, variables(t, v.URL), "s3://bucket", s)
}

// pushes is a hook that pushes what the vault gives.
func (v *vault) pushes(t *testing.T, store *core.Store) func() bool {
	return func() bool {
		assert.NoError(t, store.SetCredentials(v.next()))
		return true
	}
}

// The tests of this file are about times, and so run alone: not in parallel.

func TestPushedCredentials(t *testing.T) {
	v := newVault(t, 0, empty)
	store := v.open(t, nil)
	due, err := store.CredentialsDue()
	require.NoError(t, err)
	assert.True(t, due.Before(time.Now()) && !due.IsZero(), "at once")

	e := requireError(t, head(t, store), errs.Unauthenticated)
	assert.Contains(t, e.Message, "no credentials were pushed yet: push new ones")
	assert.Zero(t, e.Attempts)

	child, err := store.Child("folder")
	require.NoError(t, err)
	require.NoError(t, child.SetCredentials(v.next()))
	require.NoError(t, head(t, store))
	assert.Zero(t, v.wrong.Load())
	due, err = store.CredentialsDue()
	require.NoError(t, err)
	assert.True(t, due.IsZero(), "never")

	require.NoError(t, store.Close())
	assert.Equal(t, errs.Closed, errs.CodeOf(store.SetCredentials(v.next())))
	_, err = store.CredentialsDue()
	assert.Equal(t, errs.Closed, errs.CodeOf(err))
}

func TestWhatMayNotBePushed(t *testing.T) {
	v := newVault(t, 0, empty)
	store := v.open(t, nil)
	require.NoError(t, store.SetCredentials(v.next()))
	for _, c := range []struct {
		pushed core.Credentials
		code   errs.Code
		want   string
	}{
		{core.Credentials{SecretAccessKey: secret}, errs.InvalidArgument, "access_key_id is empty"},
		{core.Credentials{AccessKeyID: secret}, errs.InvalidArgument, "secret_access_key is empty"},
		{core.Credentials{AccessKeyID: "a", SecretAccessKey: secret + "\n"}, errs.InvalidArgument, "secret_access_key must be printable"},
		{core.Credentials{AccessKeyID: "a", SecretAccessKey: "s", SessionToken: secret + "é"}, errs.InvalidArgument, "session_token must be"},
		{core.Credentials{AccessKeyID: "a", SecretAccessKey: secret, Expires: time.Now()}, errs.Unauthenticated, "have expired already"},
	} {
		e := requireError(t, store.SetCredentials(c.pushed), c.code)
		assert.Contains(t, e.Message, c.want)
	}
	require.NoError(t, head(t, store), "what was pushed before stays")

	for _, store := range []*core.Store{fake(t, empty), openMemory(t)} {
		assert.Equal(t, errs.NotSupported, errs.CodeOf(store.SetCredentials(v.next())))
		_, err := store.CredentialsDue()
		assert.Equal(t, errs.NotSupported, errs.CodeOf(err))
	}
}

func openMemory(t *testing.T) *core.Store {
	t.Helper()
	store, err := core.Open("memory://", nil)
	require.NoError(t, err)
	return store
}

func TestWhenNewCredentialsAreDue(t *testing.T) {
	for life, want := range map[time.Duration]time.Duration{ // how long before their end
		8 * time.Second: 2 * time.Second, 20 * time.Minute: 5 * time.Minute, 12 * time.Hour: 5 * time.Minute,
	} {
		v := newVault(t, life, empty)
		store, pushed := v.open(t, nil), v.next()
		require.NoError(t, store.SetCredentials(pushed))
		due, err := store.CredentialsDue()
		require.NoError(t, err)
		assert.InDelta(t, want, pushed.Expires.Sub(due), float64(time.Second), "%s", life)
	}
}

// Of 16 threads that all need new credentials, one is asked, and soon.
func TestOneCallerIsAsked(t *testing.T) {
	v := newVault(t, time.Hour, empty)
	store := v.open(t, nil)
	begun := time.Now()
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			_, err := store.Head(calledBy(t, v.pushes(t, store)), "a", core.HeadOptions{})
			assert.NoError(t, err)
		})
	}
	all.Wait()
	assert.Equal(t, int32(1), v.given.Load())
	assert.Zero(t, v.wrong.Load())
	assert.Less(t, time.Since(begun), time.Second)
}

func TestACallerThatPushesNothing(t *testing.T) {
	v := newVault(t, time.Hour, empty)
	store := v.open(t, nil)
	for hook, want := range map[*func() bool]errs.Code{
		new(func() bool { return true }):  errs.Unauthenticated,
		new(func() bool { return false }): errs.Cancelled,
		nil:                               errs.Unauthenticated,
	} {
		var own func() bool
		if hook != nil {
			own = *hook
		}
		_, err := store.Head(calledBy(t, own), "a", core.HeadOptions{})
		requireError(t, err, want)
	}
}

// If the caller that is asked goes away, another one is.
func TestAnotherCallerIsAsked(t *testing.T) {
	v := newVault(t, time.Hour, empty)
	store := v.open(t, nil)
	inHook, goOn := make(chan struct{}), make(chan struct{})
	first, second := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := store.Head(calledBy(t, func() bool { close(inHook); <-goOn; return false }), "a", core.HeadOptions{})
		first <- err
	}()
	<-inHook
	go func() {
		_, err := store.Head(calledBy(t, v.pushes(t, store)), "a", core.HeadOptions{})
		second <- err
	}()
	time.Sleep(50 * time.Millisecond) // it waits too
	close(goOn)
	assert.Equal(t, errs.Cancelled, errs.CodeOf(<-first))
	require.NoError(t, <-second)
	assert.Equal(t, int32(1), v.given.Load())
}

// A caller without a hook does not wait for one that is in the hook in vain.
func TestACallerWithoutAHookWaitsForOneThatIsAsked(t *testing.T) {
	v := newVault(t, time.Hour, empty)
	store := v.open(t, nil)
	inHook, goOn := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		_, err := store.Head(calledBy(t, func() bool { close(inHook); <-goOn; return v.pushes(t, store)() }), "a", core.HeadOptions{})
		first <- err
	}()
	<-inHook
	time.AfterFunc(50*time.Millisecond, func() { close(goOn) })
	_, err := store.Head(calledBy(t, nil), "a", core.HeadOptions{})
	require.NoError(t, err)
	require.NoError(t, <-first)
}

// pusher is a Pusher that no thread waits for.
type pusher chan struct{}

func (p pusher) Ask(func()) bool {
	p <- struct{}{}
	return true
}

func TestOneOfThoseWhoseThreadsDoNotWaitIsAsked(t *testing.T) {
	v := newVault(t, time.Hour, empty)
	store := v.open(t, nil)
	asked, ended := make(pusher, 100), make(chan error, 100)
	begin := func() {
		for range 16 {
			go func() {
				_, err := store.Head(core.WithPusher(t.Context(), asked), "a", core.HeadOptions{})
				ended <- err
			}()
		}
		<-asked
		time.Sleep(50 * time.Millisecond) // for all of them to wait
	}
	begin()
	require.NoError(t, store.NoCredentials())
	for range 16 {
		requireError(t, <-ended, errs.Unauthenticated)
	}
	begin()
	require.NoError(t, store.SetCredentials(v.next()))
	for range 16 {
		require.NoError(t, <-ended)
	}
	assert.Empty(t, asked, "one asked, each time")
	require.NoError(t, store.NoCredentials(), "nobody waits")
	require.NoError(t, head(t, store))
	assert.Equal(t, errs.NotSupported, errs.CodeOf(openMemory(t).NoCredentials()))
}

func TestAContextEndsTheWaitForCredentials(t *testing.T) {
	v := newVault(t, 50*time.Millisecond, empty)
	store := v.open(t, nil)
	require.NoError(t, store.SetCredentials(v.next()))
	time.Sleep(60 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := store.Head(ctx, "a", core.HeadOptions{}) // of a program in Go, which nobody can ask
	requireError(t, err, errs.Deadline)
	time.AfterFunc(50*time.Millisecond, func() {
		assert.NoError(t, store.SetCredentials(core.Credentials{
			AccessKeyID: "KEY1", SecretAccessKey: "s"}))
	})
	_, err = store.Head(t.Context(), "a", core.HeadOptions{})
	require.NoError(t, err, "another thread pushed")
}

// multipart answers as an endpoint does to an upload, slowly.
func multipart(pause time.Duration, bytes *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(pause)
		n, _ := io.Copy(io.Discard, r.Body)
		switch operationOf(r) {
		case "CreateMultipartUpload":
			_, _ = io.WriteString(w, `<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>`)
		case "UploadPart":
			bytes.Add(n)
			w.Header().Set("ETag", `"p"`)
		case "CompleteMultipartUpload":
			_, _ = io.WriteString(w, `<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>`)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}
}

const part = 5 << 20

// An upload that is longer than the life of credentials goes on with new ones:
// also its parts, which are sent behind the calls.
func TestAnUploadOfSeveralLives(t *testing.T) {
	var sent atomic.Int64
	v := newVault(t, 600*time.Millisecond, multipart(600*time.Millisecond, &sent))
	store := v.open(t, settings{"part_size": strconv.Itoa(part)})
	hook := v.pushes(t, store)
	w, err := store.NewWriter(calledBy(t, hook), "a", core.PutOptions{})
	require.NoError(t, err)
	const parts = 20
	for range parts {
		_, err := w.WriteContext(calledBy(t, hook), make([]byte, part))
		require.NoError(t, err)
	}
	_, err = w.Commit(calledBy(t, hook))
	require.NoError(t, err)
	assert.Equal(t, int64(parts*part), sent.Load())
	assert.Zero(t, v.wrong.Load())
	assert.Greater(t, v.given.Load(), int32(1), "it took several lives")
}

// A read that breaks off goes on with credentials that came later.
func TestAReadOfSeveralLives(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), 100)
	v := newVault(t, 300*time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
		from, _ := strconv.Atoi(strings.TrimSuffix(strings.Split(r.Header.Get("Range")+"=", "=")[1], "-999"))
		w.Header().Set("ETag", `"e"`)
		w.Header().Set("Content-Length", strconv.Itoa(len(content)-from))
		if from > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-999/1000", from))
			w.WriteHeader(http.StatusPartialContent)
		}
		_, _ = w.Write(content[from:min(from+300, len(content))])
		w.(http.Flusher).Flush()
		time.Sleep(350 * time.Millisecond)
		if from+300 < len(content) {
			panic(http.ErrAbortHandler)
		}
	})
	store := v.open(t, settings{"max_attempts": "5"})
	hook := v.pushes(t, store)
	r, err := store.Get(calledBy(t, hook), "a", core.GetOptions{})
	require.NoError(t, err)
	defer r.Close()
	var got []byte
	for buf := make([]byte, 100); ; {
		n, err := r.ReadContext(calledBy(t, hook), buf)
		got = append(got, buf[:n]...)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
	}
	assert.Equal(t, content, got)
	assert.Zero(t, v.wrong.Load())
	assert.Equal(t, int32(4), v.given.Load())
}

// What is sent behind the calls waits for the next push, also where it is another
// thread's, and the next caller is asked.
func TestPartsWaitForCredentials(t *testing.T) {
	for _, by := range []string{"a push", "the next call", "a call that needs none"} {
		var sent atomic.Int64
		v := newVault(t, 400*time.Millisecond, nil)
		var refusals atomic.Int32
		well := multipart(0, &sent)
		v.answer = func(w http.ResponseWriter, r *http.Request) {
			if operationOf(r) == "UploadPart" && refusals.Add(1) == 1 {
				time.Sleep(500 * time.Millisecond) // they expire meanwhile
				answer(w, http.StatusServiceUnavailable, "ServiceUnavailable")
				return
			}
			if r.Method == http.MethodGet {
				w.Header().Set("Content-Length", "1")
				w.(http.Flusher).Flush()
				time.Sleep(4 * time.Second)
				return
			}
			well(w, r)
		}
		store := v.open(t, settings{"part_size": strconv.Itoa(part)})
		hook := v.pushes(t, store)
		w, err := store.NewWriter(calledBy(t, hook), "a", core.PutOptions{})
		require.NoError(t, err)
		slow, err := store.Get(calledBy(t, hook), "slow", core.GetOptions{})
		require.NoError(t, err)
		if by != "a call that needs none" {
			slow.Close()
		}
		_, err = w.WriteContext(calledBy(t, hook), make([]byte, part+1))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return refusals.Load() == 1 }, 10*time.Second, time.Millisecond)
		time.Sleep(700 * time.Millisecond)
		assert.Zero(t, sent.Load(), "it waits")
		v.life = time.Hour
		if by != "the next call" {
			if by == "a push" {
				hook()
			} else {
				reads := calledBy(t, hook)
				over := make(chan struct{})
				go func() { _, _ = slow.ReadContext(reads, make([]byte, 1)); close(over) }()
				defer func() { <-over; slow.Close() }()
			}
			require.Eventually(t, func() bool { return sent.Load() > 0 }, 5*time.Second, 5*time.Millisecond)
		}
		_, err = w.Commit(calledBy(t, hook))
		require.NoError(t, err)
		assert.Zero(t, v.wrong.Load())
	}
}

// An abort behind a caller needs credentials that nobody pushes: it ends.
func TestAnAbortWithoutCredentialsEnds(t *testing.T) {
	var sent atomic.Int64
	v := newVault(t, 300*time.Millisecond, multipart(0, &sent))
	store := v.open(t, settings{"part_size": strconv.Itoa(part)})
	hook := v.pushes(t, store)
	w, err := store.NewWriter(calledBy(t, hook), "a", core.PutOptions{})
	require.NoError(t, err)
	_, err = w.WriteContext(calledBy(t, hook), make([]byte, part+1))
	require.NoError(t, err)
	time.Sleep(400 * time.Millisecond)
	begun := time.Now()
	w.Drop()
	assert.Less(t, time.Since(begun), time.Second, "the caller does not wait")
	require.NoError(t, core.Settle(t.Context()))
	assert.Less(t, time.Since(begun), 15*time.Second)
	assert.Zero(t, v.wrong.Load())
}

// The endpoint says that they have expired, though they should not have.
func TestPushedCredentialsThatAreRefused(t *testing.T) {
	for _, code := range []string{"ExpiredToken", "InvalidToken", "RequestExpired"} {
		v := newVault(t, time.Hour, nil)
		v.answer = func(w http.ResponseWriter, r *http.Request) {
			if key, _, _ := strings.Cut(asker(r), "/"); key == "KEY1" {
				answer(w, http.StatusBadRequest, code)
				return
			}
			if operationOf(r) == "ListObjectsV2" {
				_, _ = io.WriteString(w, `<ListBucketResult><Name>bucket</Name></ListBucketResult>`)
				return
			}
			w.Header().Set("ETag", `"e"`)
			w.Header().Set("Content-Length", "0")
		}
		operations := map[string]func(context.Context, *core.Store) error{
			"put": func(ctx context.Context, store *core.Store) error {
				_, err := store.Put(ctx, "a", []byte("content"), core.PutOptions{})
				return err
			},
			"head": func(ctx context.Context, store *core.Store) error { // its answer has no code
				_, err := store.Head(ctx, "a", core.HeadOptions{})
				return err
			},
			"ping": func(ctx context.Context, store *core.Store) error { return store.Ping(ctx) },
		}
		for name, do := range operations {
			v.given.Store(0)
			store := v.open(t, settings{"max_attempts": "1"})
			require.NoError(t, store.SetCredentials(v.next()))
			require.NoError(t, do(calledBy(t, v.pushes(t, store)), store), "%s %s", code, name)
			assert.Equal(t, int32(2), v.given.Load(), "%s %s", code, name)

			v.given.Store(0)
			store = v.open(t, settings{"max_attempts": "1"})
			require.NoError(t, store.SetCredentials(v.next()))
			e := requireError(t, do(calledBy(t, nil), store), errs.Unauthenticated)
			assert.Contains(t, e.Message, "the endpoint says", "%s %s", code, name)
			due, err := store.CredentialsDue()
			require.NoError(t, err)
			assert.True(t, due.Before(time.Now()))
		}
	}
}
