package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// contextHandle bounds the calls that it is passed to.
type contextHandle struct {
	ctx     context.Context
	cancel  context.CancelFunc
	timeout time.Duration // of each call; 0 is none
	hook    atomic.Pointer[hook]
	events  atomic.Pointer[destination] // nil is none: calls are carried out
	done    core.Progress
}

func (c *contextHandle) Finalize() { c.cancel() }

// begin is the context of a call that begins.
func (c *contextHandle) begin() (context.Context, context.CancelFunc) {
	if c.timeout == 0 {
		return c.ctx, func() {}
	}
	return context.WithTimeout(c.ctx, c.timeout)
}

const maxTimeout = math.MaxInt64 / uint64(time.Millisecond)

//export go_rstore_ctx_new
func go_rstore_ctx_new(timeoutMS C.uint64_t, out *C.rstore_ctx, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if uint64(timeoutMS) > maxTimeout {
			return errs.New(errs.InvalidArgument, "timeout_ms is %d, but at most %d is possible; 0 is no timeout",
				uint64(timeoutMS), maxTimeout)
		}
		ctx, cancel := context.WithCancel(context.Background())
		c := &contextHandle{cancel: cancel, timeout: time.Duration(timeoutMS) * time.Millisecond}
		c.ctx = core.WithProgress(ctx, &c.done)
		return publish(out, "ctx", handle.Context, c)
	})
}

//export go_rstore_ctx_cancel
func go_rstore_ctx_cancel(h C.rstore_ctx, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return use(h, handle.Context, func(c *contextHandle) error {
			c.cancel()
			return nil
		})
	})
}

//export go_rstore_ctx_set_interrupt
func go_rstore_ctx_set_interrupt(h C.rstore_ctx, function C.rstore_interrupt, userData C.uintptr_t,
	errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return use(h, handle.Context, func(c *contextHandle) error {
			if function == nil {
				c.hook.Store(nil)
			} else {
				c.hook.Store(&hook{function, userData})
			}
			return nil
		})
	})
}

//export go_rstore_ctx_progress
func go_rstore_ctx_progress(h C.rstore_ctx, out *C.rstore_progress, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "progress"); err != nil {
			return err
		}
		return use(h, handle.Context, func(c *contextHandle) error {
			id := ""
			if last := c.done.RequestID.Load(); last != nil {
				id = *last
			}
			return publishTexts([]string{id}, func(b *block, owner C.rstore_handle) error {
				progress := C.rstore_progress{
					owner:       owner,
					attempts:    C.uint64_t(c.done.Attempts.Load()),
					transferred: C.uint64_t(c.done.Transferred.Load()),
					total:       C.uint64_t(c.done.Total.Load()),
				}
				progress.request_id, progress.request_id_len = b.addText(id)
				return fill(out, size, "progress", progress)
			})
		})
	})
}

//export go_rstore_settle
func go_rstore_settle(ctx C.rstore_ctx, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error { return within(ctx, core.SettleWaits(), core.Settle) })
}

// within runs do with the context behind h, or with none if h is 0. If that
// belongs to a queue and do may wait, it submits do: the error that it returns
// then is a submission.
func within(h C.rstore_ctx, waits core.Wait, do func(context.Context) error) error {
	if h == 0 {
		return do(calledBy(context.Background(), waits, nil))
	}
	return use(h, handle.Context, func(c *contextHandle) error {
		ctx, cancel := c.begin()
		if to := c.events.Load(); to != nil && waits != core.ForNothing {
			s := &submission{destination: *to, cancel: c.cancel, ctx: ctx, do: core.InTurn(waits, do)}
			s.then(cancel)
			return s
		}
		defer cancel()
		return do(calledBy(ctx, waits, c.hook.Load()))
	})
}

func calledBy(ctx context.Context, waits core.Wait, hook *hook) context.Context {
	if waits != core.ForServer && hook == nil {
		return ctx
	}
	return core.WithCaller(ctx, newCaller(hook))
}
