package main

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

func newTestQueue(t *testing.T) *queueHandle {
	t.Helper()
	q, err := newQueue()
	require.NoError(t, err)
	t.Cleanup(q.Finalize)
	return q
}

func newSubmission(q *queueHandle, do func(context.Context) error) *submission {
	ctx, cancel := context.WithCancel(context.Background())
	return &submission{destination: destination{q, 17}, cancel: cancel, ctx: ctx, do: do}
}

func waitForOne(t *testing.T, q *queueHandle) (got event) {
	t.Helper()
	n, err := q.wait(8, 10*time.Second, func(_ int, e event) { got = e })
	require.NoError(t, err)
	require.Equal(t, 1, n)
	return got
}

const (
	succeeded = 0
	pending   = 28
)

// What the call held is free when its event can be seen, however long that takes.
func TestTheEventComesBehindTheRelease(t *testing.T) {
	q := newTestQueue(t)
	var order []string
	s := newSubmission(q, func(context.Context) error { order = append(order, "done"); return nil })
	s.then(func() { time.Sleep(20 * time.Millisecond); order = append(order, "released") })
	s.then(func() { order = append(order, "released too") })
	require.EqualValues(t, pending, s.begin(nil))
	e := waitForOne(t, q)
	assert.EqualValues(t, succeeded, e.status)
	assert.EqualValues(t, 17, e.userData)
	assert.Equal(t, []string{"done", "released", "released too"}, order)
}

func TestAPanicHasAnEvent(t *testing.T) {
	q := newTestQueue(t)
	require.EqualValues(t, pending, newSubmission(q, func(context.Context) error { panic("planted") }).begin(nil))
	assert.EqualValues(t, errs.Internal, waitForOne(t, q).status)
	s := newSubmission(q, func(context.Context) error { return nil })
	s.then(func() { panic("planted") })
	require.EqualValues(t, pending, s.begin(nil))
	assert.EqualValues(t, succeeded, waitForOne(t, q).status)
}

func TestAClosedQueueRefusesAndReleases(t *testing.T) {
	q := newTestQueue(t)
	var ended atomic.Bool
	s := newSubmission(q, func(ctx context.Context) error {
		<-ctx.Done()
		time.Sleep(20 * time.Millisecond)
		ended.Store(true)
		return nil
	})
	require.EqualValues(t, pending, s.begin(nil))
	q.Closing()
	assert.True(t, ended.Load(), "it was cancelled, and waited for")

	released := false
	s = newSubmission(q, func(context.Context) error { t.Error("it ran"); return nil })
	s.then(func() { released = true })
	assert.EqualValues(t, errs.Closed, s.begin(nil))
	assert.True(t, released)
	assert.False(t, s.Ask(nil), "nobody would get the event")
	_, err := q.wait(1, -1, func(int, event) {})
	assert.Equal(t, errs.Closed, errs.CodeOf(err))
}
