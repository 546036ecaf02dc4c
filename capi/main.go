// Package main is the C ABI of include/libremotestore.h: it marshals, and
// holds no rule about storage. Each file is a section of the header; the C
// functions of that header are in shim.c and call the exports here.
package main

/*
#cgo CFLAGS: -I${SRCDIR}/../include -std=c11 -Wall -Wextra
#include <stdlib.h>
#include "blocks.h"
#include "libremotestore.h"
#include "process.h"
*/
import "C"

import (
	"errors"
	"io"
	"log"
	"runtime"
	"runtime/debug"
	"unsafe"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

func init() {
	// Go's log package writes to standard error, and net/http logs to it what an
	// endpoint sends at the wrong time. Standard error is the host's.
	log.SetOutput(io.Discard)
	C.rstore_release_signal() // for preemption, which is off (build.sh)
	layBallast()
}

func main() {} // a C library has none; go build -buildmode=c-shared asks for it

// table tells the handles of this process from those of its parents (fork.c).
var table = handle.NewTable(uint8(C.rstore_generation()))

// call runs one export: a panic becomes an Internal error, since it would end
// the host's process, and an error becomes a status and an error handle. What
// the call submits to a queue begins when all else of it is over.
func call(errorOut *C.rstore_error, do func() error) C.int32_t {
	if errorOut != nil {
		*errorOut = 0
	}
	err := errs.Recovered(do)
	if s, ok := err.(*submission); ok {
		return s.begin(errorOut)
	}
	status, _ := answer(errorOut, err)
	return status
}

// answer is the status of an error, and its handle, which it stores: 0 is none.
func answer(errorOut *C.rstore_error, err error) (C.int32_t, uint64) {
	if err == nil {
		return C.RSTORE_OK, 0
	}
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		e = errs.Wrap(err, errs.Unknown, "%s", err)
	}
	status := C.int32_t(e.Code)
	if errorOut == nil || e.Code == errs.End { // the end of a listing needs no evidence
		return status, 0
	}
	h, err := table.New(handle.Error, &errorHandle{Error: e})
	if err != nil {
		return status, 0
	}
	*errorOut = C.rstore_error(h)
	return status, h
}

// use runs do with the value behind a handle, which lives as long, or as what do
// submits.
func use[T any](h C.rstore_handle, kind handle.Kind, do func(T) error) (err error) {
	value, err := table.Acquire(uint64(h), kind)
	if err != nil {
		return err
	}
	defer func() {
		if s, ok := err.(*submission); ok {
			s.then(func() { table.Release(uint64(h)) })
			return
		}
		table.Release(uint64(h))
	}()
	return do(value.(T))
}

// publish makes a handle and stores it through out, which must not be NULL.
func publish(out *C.rstore_handle, name string, kind handle.Kind, value any) error {
	if out == nil {
		return null(name)
	}
	h, err := table.New(kind, value)
	if err == nil {
		*out = C.rstore_handle(h)
	}
	return err
}

func null(name string) error {
	return errs.New(errs.InvalidArgument, "%s is NULL", name)
}

// memory is a view on the caller's memory, for the time of the call.
func memory(p unsafe.Pointer, length C.size_t, name string) ([]byte, error) {
	switch {
	case length == 0:
		return nil, nil
	case p == nil:
		return nil, errs.New(errs.InvalidArgument, "%s is NULL, but its length is %d", name, uint64(length))
	case uint64(length) > maxMemory:
		return nil, errs.New(errs.InvalidArgument, "the length of %s is %d, more than memory can hold", name, uint64(length))
	}
	return unsafe.Slice((*byte)(p), int(length)), nil
}

// maxMemory is the address space of a process: 47 bits.
const maxMemory = 1 << 47

// maxText bounds keys, URLs and option values: longer ones are a mistake, and
// must not be copied.
const maxText = 1 << 20

// text copies text of the caller.
func text(p *C.char, length C.size_t, name string) (string, error) {
	if p != nil && length > maxText {
		return "", errs.New(errs.InvalidArgument, "the length of %s is %d, but at most %d is possible",
			name, uint64(length), maxText)
	}
	b, err := memory(unsafe.Pointer(p), length, name)
	return string(b), err
}

//export go_rstore_close
func go_rstore_close(h C.rstore_handle) C.int32_t {
	return call(nil, func() error { return table.Close(uint64(h)) })
}

//export go_rstore_stats
func go_rstore_stats(out *C.rstore_stats_record, size C.size_t) C.int32_t {
	return call(nil, func() error {
		fast, sdk := core.Lanes()
		return fill(out, size, "stats", C.rstore_stats_record{
			live_handles: C.uint64_t(table.Live() + int64(C.rstore_blocks_live())),
			goroutines:   C.uint64_t(core.Goroutines()),
			cleanups:     C.uint64_t(core.Cleanups()),
			fast_lane:    C.uint64_t(fast),
			sdk_lane:     C.uint64_t(sdk),
		})
	})
}

//export go_rstore_stats_reasons
func go_rstore_stats_reasons(out *C.rstore_text, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "reasons"); err != nil {
			return err
		}
		text, err := core.ReasonsJSON()
		if err != nil {
			return err
		}
		return publishText(out, size, "reasons", text)
	})
}

// ballast lets Go's garbage collector begin at 32 MiB instead of 4: a small request of the
// SDK leaves 70 KB of garbage, and collecting that cost it 12 % of its CPU time; one of the
// fast lane leaves 2 KB, and needs none. Nobody touches this memory, so it is no memory of
// the machine.
var ballast []byte

// layBallast does that without a collection, which at the start took 1 ms and 0.5 MiB:
// the first one is where it would be, and brings back the usual pace.
func layBallast() {
	usual := debug.SetGCPercent(800) // of 4 MiB
	ballast = make([]byte, 16<<20)
	runtime.AddCleanup(&struct{ self *int }{}, func(usual int) { debug.SetGCPercent(usual) }, usual)
}
