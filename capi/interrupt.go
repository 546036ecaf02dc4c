package main

/*
#include "libremotestore.h"

static int32_t rstore_call_interrupt(rstore_interrupt hook, uintptr_t user_data, int32_t reason) {
    return hook(user_data, reason);
}
*/
import "C"

// hook is a function of the caller, to be called while a call waits. (It is
// no part of context.go because that file has exports, whose C code is
// compiled into every file.)
type hook struct {
	function C.rstore_interrupt
	userData C.uintptr_t
}

func (h *hook) interrupted() bool {
	return C.rstore_call_interrupt(h.function, h.userData, C.RSTORE_TICK) != 0
}
