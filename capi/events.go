package main

/*
#include "libremotestore.h"
#include "queue.h"
*/
import "C"

import (
	"encoding/binary"
	"math"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/libremotestore/libremotestore/core/errs"
)

// queueHandle takes the events of what was submitted to it. (It is no part of
// queue.go because that file has exports, whose C code is compiled into every
// file.)
type queueHandle struct {
	fd int // an eventfd: its count is not 0 while there are events, and for ever when closed

	mu       sync.Mutex
	events   []event
	inFlight []*submission
	closed   bool
	count    [8]byte       // read from fd
	over     chan struct{} // made by Closing; closed when nothing is in flight
}

// event is rstore_event in Go, with the handle of the error, 0 if there is none.
type event struct {
	userData C.uintptr_t
	kind     C.int32_t
	status   C.int32_t
	failure  uint64
}

func newQueue() (*queueHandle, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, errs.Wrap(err, errs.IO, "there is no eventfd for a queue: %s", err)
	}
	return &queueHandle{fd: fd}, nil
}

// enter adds a submission to what is in flight.
func (q *queueHandle) enter(s *submission) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return errClosed()
	}
	s.at = len(q.inFlight)
	q.inFlight = append(q.inFlight, s)
	return nil
}

// leave ends a submission with its event, which nobody gets from a closed queue.
func (q *queueHandle) leave(s *submission, e event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	last := len(q.inFlight) - 1
	q.inFlight[s.at] = q.inFlight[last]
	q.inFlight[s.at].at = s.at
	q.inFlight[last] = nil
	q.inFlight = q.inFlight[:last]
	if !q.closed {
		q.add(e)
		return
	}
	e.drop()
	if last == 0 {
		close(q.over)
	}
}

// ask adds an event of something that goes on. It is false if nobody will get it.
func (q *queueHandle) ask(e event) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.add(e)
	}
	return !q.closed
}

func (q *queueHandle) add(e event) {
	if len(q.events) == 0 {
		q.signal()
	}
	q.events = append(q.events, e)
}

func (q *queueHandle) signal() {
	_, _ = unix.Write(q.fd, one) // for which the count has room
}

var one = binary.NativeEndian.AppendUint64(nil, 1)

// take moves events to where store puts them, at most so many.
func (q *queueHandle) take(most int, store func(i int, e event)) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return 0, errClosed()
	}
	n := min(most, len(q.events))
	if n == 0 {
		return 0, nil
	}
	for i, e := range q.events[:n] {
		store(i, e)
	}
	q.events = q.events[n:]
	if len(q.events) == 0 {
		_, _ = unix.Read(q.fd, q.count[:])
	}
	return n, nil
}

// wait is take for a thread that waits for events; with a negative time, for ever.
func (q *queueHandle) wait(most int, patience time.Duration, store func(i int, e event)) (int, error) {
	until := time.Now().Add(patience)
	for {
		n, err := q.take(most, store)
		if n > 0 || err != nil || patience == 0 {
			return n, err
		}
		left := -1
		if patience > 0 {
			rest := time.Until(until)
			if rest <= 0 {
				return 0, nil
			}
			left = int(min((rest+time.Millisecond-1)/time.Millisecond, math.MaxInt32))
		}
		C.rstore_queue_poll(C.int(q.fd), C.int(left))
	}
}

// Closing ends what is in flight, and returns when it is over.
func (q *queueHandle) Closing() {
	q.mu.Lock()
	q.closed = true
	q.over = make(chan struct{})
	if len(q.inFlight) == 0 {
		close(q.over)
	}
	for _, s := range q.inFlight {
		s.cancel()
	}
	for _, e := range q.events {
		e.drop()
	}
	q.events = nil
	q.signal() // for those that wait
	q.mu.Unlock()
	<-q.over
}

// Finalize comes when no thread waits any more.
func (q *queueHandle) Finalize() { unix.Close(q.fd) }

// drop closes the error of an event that nobody gets.
func (e event) drop() {
	if e.failure != 0 {
		_ = table.Close(e.failure) // the caller may have found and closed it
	}
}

func errClosed() error { return errs.New(errs.Closed, "the queue is closed") }
