package safego

import (
	"context"
	"sync"

	"github.com/libremotestore/libremotestore/core/driver"
)

// behind counts, for the process, what goes on behind calls that returned.
var behind struct {
	sync.Mutex
	count int
	none  chan struct{} // closed when there is none any more
}

// Leave leaves behind what was started, when its call returns.
func Leave(done <-chan error) {
	behind.Lock()
	defer behind.Unlock()
	if behind.count == 0 {
		behind.none = make(chan struct{})
	}
	behind.count++
	Start(func() error {
		<-done
		behind.Lock()
		defer behind.Unlock()
		behind.count--
		if behind.count == 0 {
			close(behind.none)
		}
		return nil
	})
}

// Behind is how many go on.
func Behind() int {
	behind.Lock()
	defer behind.Unlock()
	return behind.count
}

// Settle waits until none goes on, or for ctx.
func Settle(ctx context.Context) error {
	behind.Lock()
	count, none := behind.count, behind.none
	behind.Unlock()
	if count == 0 {
		return nil
	}
	select {
	case <-none:
		return nil
	case <-ctx.Done():
		return driver.Done(ctx)
	}
}
