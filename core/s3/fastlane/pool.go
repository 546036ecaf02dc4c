package fastlane

import (
	"slices"
	"sync"
	"time"
)

// pool keeps idle connections, of which the last one is used first.
type pool struct {
	most int
	life time.Duration // of an idle one

	mu     sync.Mutex
	idle   []*conn      // in the order in which they became so
	turns  []chan *conn // of those who wait for one; nobody does while there are idle ones
	ticks  bool         // sweep will come
	closed bool
}

// take returns nil if there is none.
func (p *pool) take() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last()
}

func (p *pool) last() *conn {
	for n := len(p.idle); n > 0; n = len(p.idle) {
		c := p.idle[n-1]
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		// The look costs 0.6 us, each time: what came late, also if it is an answer that
		// nobody asked for, would be taken for that to the next request.
		if time.Since(c.idleSince) < p.life && c.isQuiet() {
			return c
		}
		c.drop()
	}
	return nil
}

// wait returns a connection, or the turn of a request that will get one when there is
// one.
func (p *pool) wait() (turn chan *conn, c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c = p.last(); c == nil {
		turn = make(chan *conn, 1)
		p.turns = append(p.turns, turn)
	}
	return turn, c
}

// leave gives up a turn.
func (p *pool) leave(turn chan *conn) {
	p.mu.Lock()
	if i := slices.Index(p.turns, turn); i >= 0 {
		p.turns = slices.Delete(p.turns, i, i+1)
	}
	p.mu.Unlock()
	select {
	case c := <-turn: // it came all the same
		p.put(c)
	default:
	}
}

// give is put for a connection that was opened for the one who waits for this turn.
func (p *pool) give(turn chan *conn, c *conn) {
	p.mu.Lock()
	if i := slices.Index(p.turns, turn); i >= 0 {
		p.serve(i, c)
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	p.put(c)
}

func (p *pool) serve(i int, c *conn) {
	p.turns[i] <- c
	p.turns = slices.Delete(p.turns, i, i+1)
}

// put takes a connection back.
func (p *pool) put(c *conn) {
	c.idleSince = time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.turns) > 0 {
		p.serve(0, c)
		return
	}
	if p.closed || len(p.idle) >= p.most {
		c.drop()
		return
	}
	p.idle = append(p.idle, c)
	if !p.ticks {
		p.ticks = true
		time.AfterFunc(p.life, p.sweep)
	}
}

// sweep drops what was idle for too long, and comes again while anything is idle. There
// is one timer for all, since each that is set wakes the scheduler.
func (p *pool) sweep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := 0
	for old < len(p.idle) && time.Since(p.idle[old].idleSince) >= p.life {
		p.idle[old].drop()
		old++
	}
	p.idle = append(p.idle[:0], p.idle[old:]...)
	if p.ticks = len(p.idle) > 0; p.ticks {
		time.AfterFunc(p.life-time.Since(p.idle[0].idleSince), p.sweep)
	}
}

func (p *pool) closeIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		c.drop()
	}
	p.idle = nil
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.closeIdle()
}
