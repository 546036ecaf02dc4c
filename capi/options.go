package main

/*
#include <stdlib.h>
#include "libremotestore.h"
*/
import "C"

import (
	"strings"
	"sync"
	"unsafe"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core"
)

// optionsHandle guards options, which any thread may set.
type optionsHandle struct {
	mu      sync.Mutex
	options core.Options
}

//export go_rstore_options_new
func go_rstore_options_new(out *C.rstore_options, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return publish(out, "options", handle.Options, &optionsHandle{})
	})
}

//export go_rstore_options_set
func go_rstore_options_set(h C.rstore_options, key *C.char, keyLen C.size_t,
	value *C.char, valueLen C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		k, err := text(key, keyLen, "key")
		if err != nil {
			return err
		}
		v, err := text(value, valueLen, "value")
		if err != nil {
			return err
		}
		return use(h, handle.Options, func(o *optionsHandle) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			return o.options.Set(k, v)
		})
	})
}

// getenv reads the live C environment. Go's own copy of it is as old as the
// loading of the library (golang/go#27693).
func getenv(name string) string {
	value, _ := lookupEnv(name)
	return value
}

// lookupEnv is getenv that tells whether there is such a variable.
func lookupEnv(name string) (string, bool) {
	if strings.ContainsAny(name, "=\x00") {
		return "", false // no variable has such a name, but C would find one that begins so
	}
	key := C.CString(name)
	defer C.free(unsafe.Pointer(key))
	value := C.getenv(key)
	return C.GoString(value), value != nil
}
