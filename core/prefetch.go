package core

import (
	"context"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// prefetch is a page that is asked for while the caller works on the one before it.
// Its request belongs to no call: it has a context of its own, and of the credentials
// that are pushed it takes what there is, or waits for the next call on the store.
type prefetch struct {
	objects  []driver.Object
	done     <-chan error  // of the page
	over     chan struct{} // closed when done can be received
	cancel   context.CancelFunc
	canceled bool
	requests driver.Requests
	progress driver.Progress
}

func startPrefetch(pages driver.Lister) *prefetch {
	p := &prefetch{over: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	ctx, _ = driver.CountOn(driver.WithProgress(ctx, &p.progress), &p.requests)
	p.cancel = cancel
	p.done = safego.StartThen(func() (err error) {
		p.objects, err = pages.Next(ctx)
		return err
	}, func() { close(p.over) })
	return p
}

func (p *prefetch) end() {
	p.canceled = true
	p.cancel()
}

// wait waits until it is over. A call that ends before ends it too: another one may
// have a better connection.
func (p *prefetch) wait(ctx context.Context) error {
	select {
	case <-p.over:
		return nil
	default:
	}
	err := safego.Apart(ctx, func(ctx context.Context) error {
		select {
		case <-p.over:
			return nil
		case <-ctx.Done():
			return driver.Done(ctx)
		}
	})
	if err != nil {
		p.end()
	}
	return err
}

// page is the driver's next one.
func (l *Lister) page(ctx context.Context) ([]driver.Object, error) {
	if p := l.coming; p != nil {
		if err := p.wait(ctx); err != nil {
			return nil, err
		}
		l.coming = nil
		defer p.cancel()
		driver.NoteRequests(ctx, &p.requests, &p.progress)
		// One that was ended, or found nobody who has credentials, is asked for by the call.
		if err := <-p.done; !p.canceled && errs.CodeOf(err) != errs.Unauthenticated || err == nil {
			return p.objects, err
		}
	}
	return l.pages.Next(ctx)
}

// lookAhead asks for the next page, if the caller has shown by a second one that it
// wants more than the first: so who stops there has cost no request.
func (l *Lister) lookAhead() {
	if l.fetched > 1 && l.store.waits && (l.limit == 0 || l.read < l.limit) {
		l.coming = startPrefetch(l.pages)
	}
}

// Close ends what goes on behind the listing. It may be left out: that ends by itself.
// No call may be in flight, nor follow.
func (l *Lister) Close() {
	if l.coming != nil {
		l.coming.end()
	}
}
