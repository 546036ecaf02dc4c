package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"encoding/json"
	"strings"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core"
)

// registryHandle closes its backends when the last call on it is over.
type registryHandle struct{ *core.Registry }

func (r *registryHandle) Finalize() { _ = r.Close() } // nobody is left to tell

//export go_rstore_registry_open
func go_rstore_registry_open(config *C.char, configLen C.size_t, args *C.rstore_args, argsSize C.size_t,
	out *C.rstore_registry, warnings *C.rstore_text, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if out == nil {
			return null("registry")
		}
		return configured(config, configLen, args, argsSize, 0, out, warnings, size, handle.Registry,
			func(data []byte, a arguments) (handle.Finalizer, []string, error) {
				parsed, lines, err := core.ParseConfig(data, a.environ())
				if err != nil {
					return nil, nil, err
				}
				registry, err := core.NewRegistry(parsed, getenv)
				return &registryHandle{registry}, lines, err
			})
	})
}

//export go_rstore_registry_store
func go_rstore_registry_store(registry C.rstore_registry, name *C.char, nameLen C.size_t,
	out *C.rstore_store, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		n, err := text(name, nameLen, "name")
		if err != nil {
			return err
		}
		if out == nil {
			return null("store")
		}
		return use(registry, handle.Registry, func(r *registryHandle) error {
			store, err := r.Store(n)
			if err != nil {
				return err
			}
			return publish(out, "store", handle.Store, &storeHandle{store})
		})
	})
}

//export go_rstore_backend_open
func go_rstore_backend_open(config *C.char, configLen C.size_t, args *C.rstore_args, argsSize C.size_t,
	out *C.rstore_store, warnings *C.rstore_text, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if out == nil {
			return null("store")
		}
		return configured(config, configLen, args, argsSize, optionFields, out, warnings, size, handle.Store,
			func(data []byte, a arguments) (handle.Finalizer, []string, error) {
				parsed, lines, err := core.ParseBackend(data, a.options, a.environ())
				if err != nil {
					return nil, nil, err
				}
				store, err := core.OpenBackend(parsed, getenv)
				return &storeHandle{store}, lines, err
			})
	})
}

//export go_rstore_s3_url_options
func go_rstore_s3_url_options(url *C.char, urlLen C.size_t, out *C.rstore_text, size C.size_t,
	errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "options"); err != nil {
			return err
		}
		u, err := text(url, urlLen, "url")
		if err != nil {
			return err
		}
		options, err := core.S3URLOptions(u)
		if err != nil {
			return err
		}
		data, err := json.Marshal(options)
		if err != nil {
			return err
		}
		return publishText(out, size, "options", string(data))
	})
}

// environ looks up what replaces ${NAME}; nil leaves it.
func (a arguments) environ() func(name string) (value string, ok bool) {
	if a.has(C.RSTORE_RESOLVE_ENV) {
		return lookupEnv
	}
	return nil
}

// configured opens what a configuration describes, and hands it out with the
// warnings about it, if the caller wants them.
func configured(config *C.char, configLen C.size_t, args *C.rstore_args, argsSize C.size_t, reads argField,
	out *C.rstore_handle, warnings *C.rstore_text, size C.size_t, kind handle.Kind,
	open func([]byte, arguments) (handle.Finalizer, []string, error)) error {
	if warnings != nil {
		if err := checkOut(warnings, size, "warnings"); err != nil {
			return err
		}
	}
	data, err := text(config, configLen, "config")
	if err != nil {
		return err
	}
	a, err := readArgs(args, argsSize, C.RSTORE_RESOLVE_ENV, reads)
	if err != nil {
		return err
	}
	opened, lines, err := open([]byte(data), a)
	if err != nil {
		return err
	}
	h, err := table.New(kind, opened)
	if err != nil {
		opened.Finalize() // nobody got it
		return err
	}
	if warnings != nil {
		if err := publishText(warnings, size, "warnings", strings.Join(lines, "\n")); err != nil {
			_ = table.Close(h) // nobody got it
			return err
		}
	}
	*out = C.rstore_handle(h)
	return nil
}
