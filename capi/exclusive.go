package main

import (
	"sync"

	"github.com/libremotestore/libremotestore/core/errs"
)

// exclusive is what serves one call at a time, up to the end of what that submits.
type exclusive struct{ busy sync.Mutex }

func (e *exclusive) during(what string, do func() error) (err error) {
	if !e.busy.TryLock() {
		return errs.New(errs.Busy, "the %s serves another call", what)
	}
	defer func() {
		if s, ok := err.(*submission); ok {
			s.then(e.busy.Unlock)
			return
		}
		e.busy.Unlock()
	}()
	return do()
}
