package main

import (
	"sync"

	"github.com/libremotestore/libremotestore/core/errs"
)

// exclusive is what serves one call at a time.
type exclusive struct{ busy sync.Mutex }

func (e *exclusive) during(what string, do func() error) error {
	if !e.busy.TryLock() {
		return errs.New(errs.Busy, "the %s serves another call", what)
	}
	defer e.busy.Unlock()
	return do()
}
