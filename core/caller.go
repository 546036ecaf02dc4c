package core

import (
	"context"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// Caller is the thread of a host that makes a call. It waits by itself, outside of
// Go: a thread of its own that Go code waits on costs the scheduler a seventh of
// the CPU time of a small read, since its processor is handed over and back.
type Caller = driver.Caller

// InterruptEvery is how often a call that waits asks whether it should end.
const InterruptEvery = driver.InterruptEvery

// WithCaller is the context of one call that a thread of a host makes.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return driver.WithCaller(ctx, caller)
}

// Pusher is who can be asked for credentials while a call goes on.
type Pusher = driver.Pusher

// WithPusher is the context of one call that no thread waits for: it is on a
// goroutine of its own.
func WithPusher(ctx context.Context, pusher Pusher) context.Context {
	return driver.WithPusher(ctx, pusher)
}

// Start runs do, which must not panic, on a goroutine of its own.
func Start(do func()) { safego.Start(func() error { do(); return nil }) }

// attended runs do while the driver may ask who calls for credentials.
func (s *Store) attended(ctx context.Context, do func(context.Context) error) error {
	if fed, ok := s.driver.(driver.Fed); ok {
		if pusher := driver.PusherOf(ctx); pusher != nil {
			if leave := fed.Attend(pusher); leave != nil {
				defer leave()
			}
		}
	}
	return do(ctx)
}

// Wait is what calls wait for.
type Wait int

const (
	ForNothing Wait = iota
	ForDisk
	ForServer // or others: then a thread of a host should be their Caller
)

// Waits tells what calls wait for.
func (s *Store) Waits() Wait {
	if s.waits {
		return ForServer
	}
	if _, ok := s.driver.(driver.Prompt); ok {
		return ForNothing
	}
	return ForDisk
}

// disks holds one of each call that works on a disk and that no thread of a host
// waits for: it keeps a thread of the process meanwhile, and a thousand on a slow
// disk would keep a thousand.
var disks = make(chan struct{}, 64)

// InTurn is do of a call that no thread of a host waits for.
func InTurn(waits Wait, do func(context.Context) error) func(context.Context) error {
	if waits != ForDisk {
		return do
	}
	return func(ctx context.Context) error {
		select {
		case disks <- struct{}{}:
			defer func() { <-disks }()
			return do(ctx)
		case <-ctx.Done():
			return driver.Done(ctx)
		}
	}
}
