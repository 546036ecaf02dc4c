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

//export go_rstore_child
func go_rstore_child(store C.rstore_store, path *C.char, pathLen C.size_t, args *C.rstore_args, argsSize C.size_t,
	out *C.rstore_store, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return withPath(store, 0, path, pathLen, args, argsSize, C.RSTORE_RAW, 0,
			func(_ context.Context, s *core.Store, p string, _ arguments) error {
				child, err := s.Child(p)
				if err != nil {
					return err
				}
				return publish(out, "child", handle.Store, &storeHandle{child})
			})
	})
}

//export go_rstore_shutdown
func go_rstore_shutdown(store C.rstore_store, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return use(store, handle.Store, func(s *storeHandle) error { return s.Shutdown() })
	})
}

//export go_rstore_ping
func go_rstore_ping(store C.rstore_store, ctx C.rstore_ctx, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return inStore(store, ctx, func(ctx context.Context, s *core.Store) error { return s.Ping(ctx) })
	})
}

//export go_rstore_probe
func go_rstore_probe(store C.rstore_store, ctx C.rstore_ctx, out *C.rstore_text, size C.size_t,
	errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "report"); err != nil {
			return err
		}
		return inStore(store, ctx, func(ctx context.Context, s *core.Store) error {
			report, err := s.Probe(ctx)
			if err != nil {
				return err
			}
			text, err := core.ProbeJSON(report)
			if err != nil {
				return err
			}
			return publishText(out, size, "report", text)
		})
	})
}

//export go_rstore_capabilities
func go_rstore_capabilities(store C.rstore_store, out *C.uint64_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if out == nil {
			return null("can")
		}
		return use(store, handle.Store, func(s *storeHandle) error {
			*out = C.uint64_t(s.Capabilities())
			return nil
		})
	})
}

//export go_rstore_resolve
func go_rstore_resolve(store C.rstore_store, path *C.char, pathLen C.size_t, args *C.rstore_args, argsSize C.size_t,
	out *C.rstore_location, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "location"); err != nil {
			return err
		}
		return withPath(store, 0, path, pathLen, args, argsSize, C.RSTORE_RAW, 0,
			func(_ context.Context, s *core.Store, p string, _ arguments) error {
				l, err := s.Resolve(p)
				if err != nil {
					return err
				}
				return publishTexts([]string{s.BackendName(), l.Path, l.Bucket, l.Key, l.Endpoint, l.Root},
					func(b *block, owner C.rstore_handle) error {
						location := C.rstore_location{owner: owner}
						location.backend, location.backend_len = b.addText(s.BackendName())
						location.path, location.path_len = b.addText(l.Path)
						location.bucket, location.bucket_len = b.addText(l.Bucket)
						location.key, location.key_len = b.addText(l.Key)
						location.endpoint, location.endpoint_len = b.addText(l.Endpoint)
						location.root, location.root_len = b.addText(l.Root)
						return fill(out, size, "location", location)
					})
			})
	})
}

//export go_rstore_to_key
func go_rstore_to_key(store C.rstore_store, native *C.char, nativeLen C.size_t, args *C.rstore_args, argsSize C.size_t,
	out *C.rstore_text, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "path"); err != nil {
			return err
		}
		return withPath(store, 0, native, nativeLen, args, argsSize, C.RSTORE_RAW, 0,
			func(_ context.Context, s *core.Store, n string, _ arguments) error {
				path, err := s.ToKey(n)
				if err != nil {
					return err
				}
				return publishText(out, size, "path", path)
			})
	})
}

func publishText(out *C.rstore_text, size C.size_t, name, value string) error {
	return publishTexts([]string{value}, func(b *block, owner C.rstore_handle) error {
		result := C.rstore_text{owner: owner}
		result.text, result.text_len = b.addText(value)
		return fill(out, size, name, result)
	})
}

// publishTexts makes a block for texts, which store puts into it in the same
// order, and its handle.
func publishTexts(texts []string, store func(b *block, owner C.rstore_handle) error) error {
	b := &block{}
	for _, t := range texts {
		b.reserveText(t)
	}
	if err := b.allocate(); err != nil {
		return err
	}
	owner, err := b.own()
	if err != nil {
		return err
	}
	return store(b, C.rstore_handle(owner))
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
		return within(ctx, s.Waits(), func(ctx context.Context) error { return do(ctx, s.Store) })
	})
}

//export go_rstore_path_normalize
func go_rstore_path_normalize(path *C.char, pathLen C.size_t, out *C.rstore_text, size C.size_t,
	errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "normal"); err != nil {
			return err
		}
		p, err := text(path, pathLen, "path")
		if err != nil {
			return err
		}
		if p, err = core.CleanPath(p); err != nil {
			return err
		}
		return publishText(out, size, "normal", p)
	})
}
