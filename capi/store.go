package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core"
)

// storeHandle closes its store when the last call on it is over.
type storeHandle struct{ *core.Store }

func (s *storeHandle) Finalize() { _ = s.Close() } // nobody is left to tell

//export go_rstore_open
func go_rstore_open(url *C.char, urlLen C.size_t, options C.rstore_options,
	out *C.rstore_store, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		u, err := text(url, urlLen, "url")
		if err != nil {
			return err
		}
		if out == nil {
			return null("store")
		}
		o, err := snapshot(options)
		if err != nil {
			return err
		}
		store, err := core.Open(u, o)
		if err != nil {
			return err
		}
		err = publish(out, "store", handle.Store, &storeHandle{store})
		if err != nil {
			_ = store.Close() // nobody got it
		}
		return err
	})
}

// snapshot copies options, which may change later; 0 is none.
func snapshot(h C.rstore_options) (*core.Options, error) {
	copied := core.Options{}
	if h != 0 {
		err := use(h, handle.Options, func(o *optionsHandle) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			copied = o.options
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	copied.Getenv = getenv
	return &copied, nil
}

// inStore runs do with the store behind h and the context behind ctx.
func inStore(h C.rstore_store, ctx C.rstore_ctx, do func(context.Context, *core.Store) error) error {
	return use(h, handle.Store, func(s *storeHandle) error {
		return within(ctx, func(ctx context.Context) error { return do(ctx, s.Store) })
	})
}
