package s3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/libremotestore/libremotestore/core/internal/safego"
)

const (
	parallelParts = 4 // of one upload, while a writer fills the next

	// partGrace is how long an abort waits for the answers to the parts that
	// the endpoint has got, before it breaks them off: it may store one that
	// was, later.
	partGrace = time.Second
)

// flight is the parts of an upload that are on their way. They may outlive the
// call that sent them, whose data they do not read any more then.
type flight struct {
	*safego.Group
	ctx    context.Context // of the requests
	cancel context.CancelFunc

	mu   sync.RWMutex
	over bool
	lent map[*lent]struct{}
}

func newFlight(ctx context.Context) *flight {
	f := &flight{Group: safego.NewGroup(parallelParts), lent: map[*lent]struct{}{}}
	f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return f
}

// send runs do, which sends data, as soon as there is room for it.
func (f *flight) send(ctx context.Context, data []byte, do func(context.Context, *lent) error) error {
	return f.Go(ctx, func() error {
		own, cancel := context.WithCancel(f.ctx)
		defer cancel()
		l := &lent{flight: f, data: bytes.NewReader(data), cancel: cancel}
		f.mu.Lock()
		f.lent[l] = struct{}{}
		f.mu.Unlock()
		defer func() {
			f.mu.Lock()
			delete(f.lent, l)
			f.mu.Unlock()
		}()
		return do(own, l)
	})
}

// takeBack takes the data back: when it returns, nobody reads them any more.
// That breaks off the parts that were not sent whole, which no endpoint can
// store. The others go on and wait for their answer.
func (f *flight) takeBack() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
	for l := range f.lent {
		if l.data.Len() > 0 {
			l.cancel()
		}
	}
}

// land takes the data back and waits for all parts to be over.
func (f *flight) land() {
	f.takeBack()
	defer f.cancel()
	defer time.AfterFunc(partGrace, f.cancel).Stop()
	_ = f.Wait(context.Background()) // which ends with f.ctx at the latest
}

// lent is the data of a part as a request reads them, until they are taken back.
type lent struct {
	flight *flight
	data   *bytes.Reader
	cancel context.CancelFunc // of the request
}

var errTakenBack = errors.New("the upload is over")

func (l *lent) Read(p []byte) (int, error) {
	l.flight.mu.RLock()
	defer l.flight.mu.RUnlock()
	if l.flight.over {
		return 0, errTakenBack
	}
	return l.data.Read(p)
}

func (l *lent) Seek(offset int64, whence int) (int64, error) {
	l.flight.mu.RLock()
	defer l.flight.mu.RUnlock()
	if l.flight.over {
		return 0, errTakenBack
	}
	return l.data.Seek(offset, whence)
}

// Len is how many bytes were not read yet.
func (l *lent) Len() int {
	l.flight.mu.RLock()
	defer l.flight.mu.RUnlock()
	return l.data.Len()
}

// partBody is what a part is sent from.
type partBody interface {
	io.ReadSeeker
	Len() int // how many bytes were not read yet
}
