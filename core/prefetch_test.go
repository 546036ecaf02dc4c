package core

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/hosttest"
)

// wired is scripted behind a wire: a request that begins is in begun, and waits for
// an answer. A page "?" finds no credentials, once.
type wired struct {
	scripted
	begun, answers chan struct{}
}

func (*wired) Waits()                                  {}
func (d *wired) List(driver.ListOptions) driver.Lister { return d }

func (d *wired) Next(ctx context.Context) ([]driver.Object, error) {
	answered := driver.Sending(ctx)
	d.begun <- struct{}{}
	select {
	case <-d.answers:
	case <-ctx.Done():
		return nil, driver.Done(ctx)
	}
	answered("id")
	if len(d.pages) > 0 && d.pages[0] == "?" {
		d.pages = d.pages[1:]
		return nil, errs.New(errs.Unauthenticated, "nobody has credentials")
	}
	return d.scripted.Next(ctx)
}

func distantList(t *testing.T, o ListOptions, pages ...string) (*Lister, *wired) {
	d := &wired{scripted{pages: pages}, make(chan struct{}, 100), make(chan struct{}, 100)}
	l, err := newStore(d, "").List("", o)
	require.NoError(t, err)
	t.Cleanup(l.Close)
	return l, d
}

// answer lets so many requests end.
func (d *wired) answer(n int) {
	for range n {
		d.answers <- struct{}{}
	}
}

// sent waits until n requests more have begun, and sees that no other does.
func (d *wired) sent(t *testing.T, n int) {
	t.Helper()
	for range n {
		select {
		case <-d.begun:
		case <-time.After(10 * time.Second):
			t.Fatal("a request is missing")
		}
	}
	select {
	case <-d.begun:
		t.Fatal("there is a request too many")
	case <-time.After(5 * time.Millisecond):
	}
}

func TestTheNextPageIsAskedForFromTheSecondOn(t *testing.T) {
	l, d := distantList(t, ListOptions{}, "a", "b", "c", "d")
	d.answer(100)
	assert.Equal(t, "a", next(t, l))
	d.sent(t, 1) // who wants no more has none
	assert.Equal(t, "b", next(t, l))
	d.sent(t, 2)
	assert.Equal(t, "c", next(t, l))
	d.sent(t, 1)
	assert.Equal(t, "d", next(t, l))
	assert.Equal(t, "EOF", next(t, l))
	d.sent(t, 1)
	assert.Equal(t, "EOF", next(t, l))
	d.sent(t, 0)
}

func TestRowsAreAskedForAheadToo(t *testing.T) {
	l, d := distantList(t, ListOptions{}, "a b", "c d", "e f", "g")
	d.answer(100)
	assert.Equal(t, "a b c", rows(t, l, 3))
	d.sent(t, 3)
	assert.Equal(t, "d", rows(t, l, 1))
	d.sent(t, 0)
	assert.Equal(t, "e f g", rows(t, l, 0))
}

func TestNothingIsAskedForBehindALimit(t *testing.T) {
	l, d := distantList(t, ListOptions{Limit: 3}, "a b", "c d", "e")
	d.answer(100)
	assert.Equal(t, "a b", next(t, l))
	assert.Equal(t, "c", next(t, l))
	d.sent(t, 2)
	assert.Equal(t, "EOF", next(t, l))
	d.sent(t, 0)
}

func TestWhereNobodyIsWaitedForNothingIsAhead(t *testing.T) {
	l, d := scriptedList(t, 0, "a", "b", "c", "d")
	assert.Equal(t, "a", next(t, l))
	assert.Equal(t, "b", next(t, l))
	assert.Nil(t, l.coming)
	assert.Equal(t, 2, d.asked)
}

func TestAnErrorAheadComesWithItsPage(t *testing.T) {
	l, d := distantList(t, ListOptions{}, "a", "b", "", "c")
	d.answer(100)
	assert.Equal(t, "a", next(t, l))
	assert.Equal(t, "b", next(t, l))
	d.sent(t, 3)
	_, err := l.Next(t.Context())
	require.Equal(t, errs.Unavailable, errs.CodeOf(err))
	assert.Equal(t, 1, err.(*errs.Error).Attempts, "it is the call's request")
	assert.Equal(t, "c", next(t, l), "nothing is lost")
}

func TestWhatFindsNoCredentialsIsAskedForByTheCall(t *testing.T) {
	l, d := distantList(t, ListOptions{}, "a", "b", "?", "c")
	d.answer(100)
	assert.Equal(t, "a", next(t, l))
	assert.Equal(t, "b", next(t, l))
	assert.Equal(t, "c", next(t, l))
	assert.Equal(t, "EOF", next(t, l))
	d.sent(t, 5)
}

func TestRequestsAheadAreThoseOfTheCallThatTakesThePage(t *testing.T) {
	l, d := distantList(t, ListOptions{}, "a", "b", "c")
	d.answer(100)
	assert.Equal(t, "a", next(t, l))
	var second, third Progress
	_, err := l.Next(WithProgress(t.Context(), &second))
	require.NoError(t, err)
	d.sent(t, 3)
	assert.EqualValues(t, 1, second.Attempts.Load())
	_, err = l.Next(WithProgress(t.Context(), &third))
	require.NoError(t, err)
	assert.EqualValues(t, 1, third.Attempts.Load())
	assert.Equal(t, "id", *third.RequestID.Load())
}

func TestAPageAheadIsWaitedForInterruptibly(t *testing.T) {
	for name, end := range map[string]func() (context.Context, string){
		"deadline": func() (context.Context, string) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
			t.Cleanup(cancel)
			return ctx, "DEADLINE"
		},
		"interrupt": func() (context.Context, string) { return WithCaller(t.Context(), hosttest.New(yes)), "CANCELLED" },
	} {
		t.Run(name, func(t *testing.T) {
			l, d := distantList(t, ListOptions{}, "a", "b", "c", "d")
			d.answer(2)
			assert.Equal(t, "a", next(t, l))
			assert.Equal(t, "b", next(t, l))
			d.sent(t, 3)
			ctx, want := end()
			assert.Equal(t, want, said(l.Next(ctx)))
			d.answer(2)
			assert.Equal(t, "c", next(t, l), "it is asked for again")
			d.sent(t, 2)
		})
	}
}

func TestAThreadWaitsForAPageAheadByItself(t *testing.T) {
	l, d := distantList(t, ListOptions{}, "a", "b", "c")
	d.answer(2)
	assert.Equal(t, "a", next(t, l))
	assert.Equal(t, "b", next(t, l))
	d.sent(t, 3)
	h := hosttest.New(nil)
	time.AfterFunc(5*time.Millisecond, func() { d.answer(1) })
	assert.Equal(t, "c", said(l.Next(WithCaller(t.Context(), h))))
	assert.Equal(t, 1, h.Waits)
}

func TestCloseEndsWhatIsAhead(t *testing.T) {
	l, d := distantList(t, ListOptions{}, "a", "b", "c")
	d.answer(2)
	assert.Equal(t, "a", next(t, l))
	assert.Equal(t, "b", next(t, l))
	d.sent(t, 3)
	l.Close()
	select {
	case <-l.coming.over:
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on")
	}
}
