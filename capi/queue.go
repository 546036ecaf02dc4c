package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"time"
	"unsafe"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core/errs"
)

//export go_rstore_queue_new
func go_rstore_queue_new(out *C.rstore_queue, fd *C.int32_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if out == nil {
			return null("queue")
		}
		q, err := newQueue()
		if err != nil {
			return err
		}
		if err := publish(out, "queue", handle.Queue, q); err != nil {
			q.Finalize()
			return err
		}
		if fd != nil {
			*fd = C.int32_t(q.fd)
		}
		return nil
	})
}

//export go_rstore_ctx_submit
func go_rstore_ctx_submit(h C.rstore_ctx, queue C.rstore_queue, userData C.uintptr_t,
	errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return use(h, handle.Context, func(c *contextHandle) error {
			if queue == 0 {
				c.events.Store(nil)
				return nil
			}
			return use(queue, handle.Queue, func(q *queueHandle) error {
				c.events.Store(&destination{q, userData})
				return nil
			})
		})
	})
}

//export go_rstore_queue_wait
func go_rstore_queue_wait(queue C.rstore_queue, timeoutMS C.int64_t, out *C.rstore_event, size C.size_t, most C.size_t,
	count *C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "events"); err != nil {
			return err
		}
		switch {
		case count == nil:
			return null("count")
		case most == 0:
			return errs.New(errs.InvalidArgument, "max is 0, but there must be room for one event")
		case timeoutMS < -1 || timeoutMS > C.int64_t(maxTimeout):
			return errs.New(errs.InvalidArgument, "timeout_ms is %d, but must be -1 (for ever), 0 (not at all), or at most %d",
				int64(timeoutMS), maxTimeout)
		}
		return use(queue, handle.Queue, func(q *queueHandle) error {
			n, err := q.wait(int(min(most, maxMemory)), time.Duration(timeoutMS)*time.Millisecond, func(i int, e event) {
				at := (*C.rstore_event)(unsafe.Add(unsafe.Pointer(out), uintptr(i)*uintptr(size)))
				_ = fill(at, size, "events", C.rstore_event{user_data: e.userData, kind: e.kind, status: e.status})
			})
			if err == nil {
				*count = C.size_t(n)
			}
			return err
		})
	})
}
