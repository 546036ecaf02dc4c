package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// submission is a call that goes on behind its caller. It is made where the call
// would begin to wait, and passes as an error through all that holds something for
// it, which leaves the release of that to it.
type submission struct {
	destination
	cancel   context.CancelFunc // the calls of its context
	ctx      context.Context
	do       func(context.Context) error
	releases []func()
	at       int // among what is in flight
}

// destination is where the events of a context go.
type destination struct {
	queue    *queueHandle
	userData C.uintptr_t
}

func (s *submission) Error() string { return "the call was submitted" }

// then adds what is done when the call is over.
func (s *submission) then(release func()) { s.releases = append(s.releases, release) }

func (s *submission) release() {
	_ = errs.Recovered(func() error { // nobody is left to tell
		for _, release := range s.releases {
			release()
		}
		return nil
	})
}

// begin carries the call out on a goroutine, or refuses it.
func (s *submission) begin(errorOut *C.rstore_error) C.int32_t {
	if err := s.queue.enter(s); err != nil {
		s.release()
		status, _ := answer(errorOut, err)
		return status
	}
	core.Start(func() {
		status, h := answer(errorOut, errs.Recovered(func() error { return s.do(core.WithPusher(s.ctx, s)) }))
		s.release()
		s.queue.leave(s, event{s.userData, C.RSTORE_EVENT_DONE, status, h})
	})
	return C.RSTORE_PENDING
}

// Ask implements [core.Pusher]. That there are none, rstore_credentials_none says.
func (s *submission) Ask(func()) bool {
	return s.queue.ask(event{s.userData, C.RSTORE_EVENT_CREDENTIALS, C.RSTORE_PENDING, 0})
}
