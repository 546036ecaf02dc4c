package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"
	"math"
	"time"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core/errs"
)

// contextHandle bounds the calls that it is passed to.
type contextHandle struct {
	ctx     context.Context
	cancel  context.CancelFunc
	timeout time.Duration // of each call; 0 is none
}

func (c *contextHandle) Finalize() { c.cancel() }

const maxTimeout = math.MaxInt64 / uint64(time.Millisecond)

//export go_rstore_ctx_new
func go_rstore_ctx_new(timeoutMS C.uint64_t, out *C.rstore_ctx, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if uint64(timeoutMS) > maxTimeout {
			return errs.New(errs.InvalidArgument, "timeout_ms is %d, but at most %d is possible; 0 is no timeout",
				uint64(timeoutMS), maxTimeout)
		}
		ctx, cancel := context.WithCancel(context.Background())
		return publish(out, "ctx", handle.Context, &contextHandle{
			ctx: ctx, cancel: cancel, timeout: time.Duration(timeoutMS) * time.Millisecond,
		})
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

// within runs do with the context behind h, or with none if h is 0.
func within(h C.rstore_ctx, do func(context.Context) error) error {
	if h == 0 {
		return do(context.Background())
	}
	return use(h, handle.Context, func(c *contextHandle) error {
		if c.timeout == 0 {
			return do(c.ctx)
		}
		ctx, cancel := context.WithTimeout(c.ctx, c.timeout)
		defer cancel()
		return do(ctx)
	})
}
