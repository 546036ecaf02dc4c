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

	mu   sync.Mutex
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
	return f.Go(ctx, func() error { return f.lend(data, do) })
}

// lend runs do, which sends data. Nobody reads them when it returns.
func (f *flight) lend(data []byte, do func(context.Context, *lent) error) error {
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	l := lend(data, cancel)
	f.mu.Lock()
	l.over = f.over
	f.lent[l] = struct{}{}
	f.mu.Unlock()
	defer func() {
		l.takeBack()
		f.mu.Lock()
		delete(f.lent, l)
		f.mu.Unlock()
	}()
	return do(ctx, l)
}

// takeBack takes the data back: when it returns, nobody reads them any more.
// That breaks off the parts that were not sent whole, which no endpoint can
// store. The others go on and wait for their answer.
func (f *flight) takeBack() {
	f.mu.Lock()
	f.over = true
	var read []<-chan struct{}
	for l := range f.lent {
		if left := l.takeBack(); left != nil {
			read = append(read, left)
		}
	}
	f.mu.Unlock()
	for _, left := range read { // at once, since what reads was cancelled
		<-left
	}
}

// land takes the data back and waits for all parts to be over.
func (f *flight) land() {
	f.takeBack()
	defer f.cancel()
	defer time.AfterFunc(partGrace, f.cancel).Stop()
	_ = f.Wait(context.Background()) // which ends with f.ctx at the latest
}

// lent is the data of a part, which requests read until they are taken back: the fast
// lane in place, the SDK as a file.
type lent struct {
	data   []byte
	sums   *sums              // of data, if somebody has them already
	cancel context.CancelFunc // of the requests

	mu   sync.Mutex
	file *bytes.Reader // of data
	left chan struct{} // closed when nobody reads in place any more; nil if nobody does
	over bool
}

func lend(data []byte, cancel context.CancelFunc) *lent {
	return &lent{data: data, cancel: cancel, file: bytes.NewReader(data)}
}

var errTakenBack = errors.New("the upload is over")

// inPlace returns the data for one who reads them where they are, up to leave.
func (l *lent) inPlace() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return nil, errTakenBack
	}
	l.left = make(chan struct{})
	return l.data, nil
}

// leave ends that, if it has not ended. sent is whether the data were sent whole.
func (l *lent) leave(sent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left == nil {
		return
	}
	if sent {
		_, _ = l.file.Seek(0, io.SeekEnd) // cannot fail
	}
	close(l.left)
	l.left = nil
}

// takeBack lets nobody read from now on, but for one who reads in place: then it
// returns what is closed when he has left.
func (l *lent) takeBack() (left <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	if l.file.Len() > 0 {
		l.cancel()
	}
	return l.left
}

func (l *lent) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return 0, errTakenBack
	}
	return l.file.Read(p)
}

func (l *lent) Seek(offset int64, whence int) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return 0, errTakenBack
	}
	return l.file.Seek(offset, whence)
}

// isSent tells whether the data were sent whole: nobody has begun to read them again.
func (l *lent) isSent() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Len() == 0
}
