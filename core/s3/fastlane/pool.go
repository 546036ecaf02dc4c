package fastlane

import (
	"sync"
	"time"
)

// doubt is how long a connection may have been idle without a look at whether the
// endpoint has closed it: the look is a call of the system.
const doubt = 100 * time.Millisecond

// pool keeps idle connections, of which the last one is used first.
type pool struct {
	most int
	life time.Duration // of an idle one

	mu     sync.Mutex
	idle   []*conn // in the order in which they became so
	ticks  bool    // sweep will come
	closed bool
}

// take returns nil if there is none.
func (p *pool) take() *conn {
	for {
		c := p.last()
		if c == nil {
			return nil
		}
		if idle := time.Since(c.idleSince); idle < doubt || idle < p.life && c.isQuiet() {
			return c
		}
		c.drop()
	}
}

func (p *pool) last() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	c := p.idle[n-1]
	p.idle[n-1] = nil
	p.idle = p.idle[:n-1]
	return c
}

func (p *pool) put(c *conn) {
	c.idleSince = time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
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
		time.AfterFunc(p.life/2, p.sweep)
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
