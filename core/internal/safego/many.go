package safego

import (
	"context"
	"iter"
	"sync"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Many runs do for 0 to n-1, so many at once as limit says: for the thread of a host in
// turns on that, else on goroutines. The first error ends the context of the others, of
// which none begins any more, and is returned when all are over.
func Many(ctx context.Context, n, limit int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := &many{ctx: ctx, cancel: cancel, n: n, do: do}
	if limit = min(n, limit); driver.CallerOf(ctx) != nil {
		m.takeTurns(limit)
	} else {
		m.atOnce(limit)
	}
	return m.first
}

type many struct {
	ctx    context.Context
	cancel context.CancelFunc
	n      int
	do     func(ctx context.Context, i int) error

	mu    sync.Mutex
	next  int
	first error
}

// work goes on until there is no more to do.
func (m *many) work(ctx context.Context) {
	for {
		m.mu.Lock()
		i := m.next
		m.next++
		ended := i >= m.n || m.first != nil
		m.mu.Unlock()
		if ended {
			return
		}
		err := driver.Done(ctx)
		if err == nil {
			err = errs.Recovered(func() error { return m.do(ctx, i) })
		}
		if err != nil {
			m.fail(err)
		}
	}
}

func (m *many) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.first == nil { // those that follow say that they were cancelled
		m.first = err
		m.cancel()
	}
}

// atOnce works on goroutines, this one too. There is none for each i: its stack would have to grow.
func (m *many) atOnce(limit int) {
	var others []<-chan error
	for range limit - 1 {
		others = append(others, Start(func() error { m.work(m.ctx); return nil }))
	}
	m.work(m.ctx)
	for _, done := range others {
		<-done
	}
}

// takeTurns works on this thread, by coroutines that are switched where they would wait: a
// GET of 4 KiB costs 20 us of CPU so, and 28 on goroutines, which wake threads for each other.
func (m *many) takeTurns(limit int) {
	thread := &thread{Caller: driver.CallerOf(m.ctx), many: m}
	var turns []*turn
	for range limit {
		t := &turn{}
		t.resume, _ = iter.Pull(func(yield func(struct{}) bool) { // always resumed to its end, so never stopped
			m.work(driver.WithTurns(m.ctx, thread, func(ready func() bool) {
				t.ready = ready
				yield(struct{}{})
			}))
		})
		turns = append(turns, t)
	}
	for len(turns) > 0 {
		going, resumed := turns[:0:len(turns)], false
		for i, t := range turns {
			if t.ready != nil && !t.ready() && (resumed || i < len(turns)-1) {
				going = append(going, t)
				continue
			}
			resumed = true // the last one at least, which waits for any of them
			if _, more := t.resume(); more {
				going = append(going, t)
			}
		}
		turns = going
	}
}

// turn is one of those that share a thread.
type turn struct {
	resume func() (struct{}, bool)
	ready  func() bool // nil: it can go on, or wait by itself
}

// thread is a Caller for all who take turns. Wait ends with Done of any of them, and at once
// if that came before.
type thread struct {
	driver.Caller
	many *many

	mu            sync.Mutex
	waits, isDone bool
}

func (t *thread) Wait(cancel func()) {
	t.mu.Lock()
	if t.isDone {
		t.isDone = false
		t.mu.Unlock()
		return
	}
	t.waits = true
	t.mu.Unlock()
	t.Caller.Wait(func() {
		cancel()
		t.many.fail(errs.New(errs.Cancelled, "the call was interrupted")) // who is asked once answers for all
	})
}

func (t *thread) Done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.isDone = !t.waits; t.waits {
		t.waits = false
		t.Caller.Done()
	}
}
