package main

/*
#include "caller.h"
*/
import "C"

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/libremotestore/libremotestore/core"
)

// caller is the thread that makes a call, with the hook of its context. (It is
// no part of context.go because that file has exports, whose C code is
// compiled into every file.)
type caller struct {
	c     C.rstore_caller
	hook  *hook // nil is none
	since time.Time
	asked atomic.Pointer[func()] // to be called when the hook was asked for credentials
}

// hook is a function of the caller, to be called while a call waits.
type hook struct {
	function C.rstore_interrupt
	userData C.uintptr_t
}

func newCaller(hook *hook) *caller {
	c := &caller{hook: hook}
	C.rstore_caller_init(&c.c)
	return c
}

func (c *caller) Interrupted() bool {
	if c.hook == nil {
		return false
	}
	if C.rstore_caller_wanted(&c.c) != 0 {
		if c.interrupt(C.RSTORE_CREDENTIALS) {
			return true
		}
		(*c.asked.Load())()
	}
	return c.interrupt(C.RSTORE_TICK)
}

func (c *caller) interrupt(reason C.int32_t) bool {
	return C.rstore_call_interrupt(c.hook.function, c.hook.userData, reason) != 0
}

func (c *caller) Wait(cancel func()) {
	defer C.rstore_caller_again(&c.c)
	if c.hook != nil {
		c.since = time.Now()
		asking.add(c)
		interrupted := c.waitAndAsk()
		asking.remove(c)
		if !interrupted {
			return
		}
		cancel()
	}
	C.rstore_caller_wait(&c.c, nil, 0)
}

// waitAndAsk waits for Done, or for the hook to say that the call should end.
func (c *caller) waitAndAsk() (interrupted bool) {
	for {
		switch C.rstore_caller_wait(&c.c, c.hook.function, c.hook.userData) {
		case C.RSTORE_CALLER_DONE:
			return false
		case C.RSTORE_CALLER_ENDS:
			return true
		}
		(*c.asked.Load())()
	}
}

func (c *caller) Ask(answered func()) bool {
	if c.hook == nil {
		return false
	}
	c.asked.Store(&answered)
	C.rstore_caller_want(&c.c)
	return true
}

func (c *caller) Done() { C.rstore_caller_done(&c.c) }

// asking wakes the callers that have a hook, for them to ask it. One timer for
// all of them, which goes on while there are calls: to set one for each call
// would wake the scheduler each time.
var asking = ticker{callers: map[*caller]struct{}{}}

type ticker struct {
	mu      sync.Mutex
	callers map[*caller]struct{}
	ticking bool
	quiet   int // ticks without a caller
}

const maxQuiet = 20

func (t *ticker) add(c *caller) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.callers[c] = struct{}{}
	t.quiet = 0
	if !t.ticking {
		t.ticking = true
		time.AfterFunc(core.InterruptEvery, t.tick)
	}
}

func (t *ticker) remove(c *caller) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.callers, c)
}

func (t *ticker) tick() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.callers) == 0 {
		t.quiet++
	}
	if t.ticking = t.quiet < maxQuiet; !t.ticking {
		return
	}
	for c := range t.callers {
		if time.Since(c.since) >= core.InterruptEvery/2 { // most calls are over before
			C.rstore_caller_tick(&c.c)
		}
	}
	time.AfterFunc(core.InterruptEvery, t.tick)
}
