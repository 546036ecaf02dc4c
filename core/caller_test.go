package core

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/hosttest"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

func yes() bool { return true }

// slow is a backend whose callers wait.
type slow struct{ canned }

func (slow) Waits() {}

func (slow) Ping(ctx context.Context) error {
	if driver.CallerOf(ctx) != nil {
		return errors.New("on the thread of the caller")
	}
	return nil
}

func slowStore(length int64, body io.Reader) *Store {
	return newStore(slow{canned{length: length, body: body}}, "")
}

func TestWhatCallsWaitFor(t *testing.T) {
	memory, err := Open("memory://", nil)
	require.NoError(t, err)
	local, err := Open("file://"+t.TempDir(), nil)
	require.NoError(t, err)
	assert.Equal(t, ForNothing, memory.Waits())
	assert.Equal(t, ForDisk, local.Waits())
	assert.Equal(t, ForServer, slowStore(0, nil).Waits())
}

func TestCallsOnADiskTakeTurns(t *testing.T) {
	var running atomic.Int32
	release := make(chan struct{})
	do := InTurn(ForDisk, func(context.Context) error {
		assert.LessOrEqual(t, int(running.Add(1)), cap(disks))
		<-release
		running.Add(-1)
		return nil
	})
	var all []<-chan error
	for range 4 * cap(disks) {
		all = append(all, safego.Start(func() error { return do(t.Context()) }))
	}
	require.Eventually(t, func() bool { return int(running.Load()) == cap(disks) }, 10*time.Second, time.Millisecond)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, errs.Cancelled, errs.CodeOf(do(ended)), "it has no turn yet")
	passed := false
	for _, waits := range []Wait{ForNothing, ForServer} {
		require.NoError(t, InTurn(waits, func(context.Context) error { passed = true; return nil })(t.Context()))
	}
	assert.True(t, passed, "those wait for no disk")

	close(release)
	for _, done := range all {
		require.NoError(t, <-done)
	}
	assert.Empty(t, disks)
}

func TestACallerWaitsOnceForOneCall(t *testing.T) {
	h := hosttest.New(nil)
	require.NoError(t, slowStore(0, nil).Ping(WithCaller(t.Context(), h)))
	assert.Equal(t, 1, h.Waits)
}

// Where a read waits, its driver decides.
func TestAReadIsOnTheThreadOfItsCaller(t *testing.T) {
	h := hosttest.New(nil)
	buf := make([]byte, 3)
	r, n, err := slowStore(5, strings.NewReader("hello")).GetFirst(WithCaller(t.Context(), h), "a", GetOptions{}, buf)
	require.NoError(t, err)
	assert.Equal(t, "hel", string(buf[:n]))
	n, err = r.ReadContext(WithCaller(t.Context(), h), buf)
	require.NoError(t, err)
	assert.Equal(t, "lo", string(buf[:n]))
	assert.Zero(t, h.Waits)
}

// The context of the call that waits ends with it; that of the Reader is the
// one that GetFirst was given.
func TestAReaderOutlivesTheCallThatFilledIt(t *testing.T) {
	h := hosttest.New(nil)
	r, _, err := slowStore(5, strings.NewReader("hello")).GetFirst(WithCaller(t.Context(), h), "a", GetOptions{}, nil)
	require.NoError(t, err)
	assert.NoError(t, r.ctx.Err())
}

func TestAPanicOfACallIsAnError(t *testing.T) {
	err := safego.Apart(WithCaller(t.Context(), hosttest.New(nil)), func(context.Context) error { panic("planted") })
	assert.Equal(t, errs.Internal, errs.CodeOf(err))
}

func TestAnInterruptedCallIsCancelled(t *testing.T) {
	h := hosttest.New(yes)
	err := Settle(WithCaller(t.Context(), h))
	require.NoError(t, err, "there is nothing to wait for")
	returned := false
	err = safego.Apart(WithCaller(t.Context(), h), func(ctx context.Context) error {
		<-ctx.Done()
		returned = true
		return ctx.Err()
	})
	assert.ErrorIs(t, err, context.Canceled)
	assert.True(t, returned, "before apart")
}

// What ended in the middle must not look like what was filled: the deadline and
// the interrupt do not last, and the next call would go on.
func TestGetFirstThatEndsEarlyIsAnError(t *testing.T) {
	for name, err := range map[string]error{
		"cancelled":  errs.New(errs.Cancelled, "the call was cancelled"),
		"broken off": errors.New("connection reset by peer"),
		"corrupt":    errs.New(errs.Corrupt, "the checksum does not hold"),
	} {
		body := io.MultiReader(strings.NewReader("hel"), iotest.ErrReader(err))
		s := newStore(canned{length: 5, body: body}, "")
		r, n, got := s.GetFirst(t.Context(), "a", GetOptions{}, make([]byte, 5))
		assert.Error(t, got, name)
		assert.Nil(t, r, name)
		assert.Zero(t, n, name)
	}
}

func TestGetFirstChecksTheEnd(t *testing.T) {
	corrupt := errs.New(errs.Corrupt, "the checksum does not hold")
	for _, size := range []int{5, 6, 64} {
		for name, body := range map[string]io.Reader{
			"with the last bytes":   &withLast{"hello", corrupt},
			"behind the last bytes": io.MultiReader(strings.NewReader("hello"), iotest.ErrReader(corrupt)),
		} {
			s := newStore(canned{length: 5, body: body}, "")
			_, _, err := s.GetFirst(t.Context(), "a", GetOptions{}, make([]byte, size))
			assert.Equal(t, errs.Corrupt, errs.CodeOf(err), "%s, in %d", name, size)
		}
	}
}
