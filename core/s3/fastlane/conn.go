package fastlane

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// conn is a connection to the host of a lane, with memory for requests and answers.
type conn struct {
	wire
	lane      *Lane
	pool      *pool
	tls       *tls.Conn     // nil if there is none
	in        *bufio.Reader // of tls, or wire
	out       []byte        // the head of a request
	scratch   []byte        // of the signer
	signed    []Header      // the headers of a request that are
	answer    Answer
	idleSince time.Time
}

// bufferSize has room for the head of any answer of S3, and for a small object.
const bufferSize = 16 << 10

// connect returns a connection for one request: one that is idle, or becomes so, or a new one.
func (l *Lane) connect(ctx context.Context) (*conn, error) {
	kind := forGoroutines
	if driver.CallerOf(ctx) != nil {
		kind = forThreads
	}
	if c := l.pools[kind].take(); c != nil {
		return c, nil
	}
	return l.wait(ctx, kind)
}

// wait is connect where there is none. It is a function of its own because what it shares
// with others is allocated.
func (l *Lane) wait(ctx context.Context, kind int) (c *conn, err error) {
	pool := &l.pools[kind]
	// Apart from a thread, which could wait for a name server in no other way.
	err = safego.Apart(ctx, func(ctx context.Context) error {
		turn, idle := pool.wait()
		if c = idle; c != nil {
			return nil
		}
		// Another one may become idle before: an endpoint may be slow to accept many.
		opened := safego.Start(func() error {
			c, err := l.open(context.WithoutCancel(ctx), kind)
			if err == nil {
				pool.give(turn, c)
			}
			return err
		})
		select {
		case c = <-turn:
			return nil
		case err := <-opened:
			if err == nil {
				c = <-turn // it is there, or another one
				return nil
			}
			pool.leave(turn)
			return err
		case <-ctx.Done():
			pool.leave(turn)
			return driver.Done(ctx)
		}
	})
	return c, err
}

// open makes a connection.
func (l *Lane) open(ctx context.Context, kind int) (*conn, error) {
	w, err := l.dial(ctx, kind)
	if err != nil {
		return nil, err
	}
	c := &conn{wire: w, lane: l, pool: &l.pools[kind]}
	if l.TLS == nil {
		c.in = bufio.NewReaderSize(w, bufferSize)
		return c, nil
	}
	c.tls = tls.Client(w, l.TLS)
	if err := c.shakeHands(ctx); err != nil {
		c.drop()
		return nil, err
	}
	c.in = bufio.NewReaderSize(c.tls, bufferSize)
	return c, nil
}

func (l *Lane) dial(ctx context.Context, kind int) (wire, error) {
	opened, err := l.Dial(ctx, "tcp", l.Address)
	if err != nil {
		return nil, err
	}
	conn, ok := opened.(*net.TCPConn)
	switch {
	case !ok:
		return nil, notTCP(opened)
	case kind == forThreads:
		return newThreadWire(conn, l.OnSocket)
	}
	return &pollWire{TCPConn: conn}, nil
}

// shakeHands is bounded as a whole: one byte in time would not do.
func (c *conn) shakeHands(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, c.lane.ConnectTimeout)
	defer cancel()
	c.begin(within, c.lane.Stall)
	err := c.tls.Handshake()
	if !c.end() && err == nil {
		err = driver.Done(within)
	}
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: c.RemoteAddr(), Err: errHandshake}
	}
	return err
}

// handshakeError is a timeout: [net.Error].
type handshakeError struct{}

func (handshakeError) Error() string   { return "the TLS handshake takes too long" }
func (handshakeError) Timeout() bool   { return true }
func (handshakeError) Temporary() bool { return true }

var errHandshake = handshakeError{}

func (c *conn) write(p []byte) error {
	var err error
	if c.tls != nil {
		_, err = c.tls.Write(p)
	} else {
		_, err = c.wire.Write(p)
	}
	return err
}

// isDry tells whether all bytes that the connection has taken from the system were read.
// TLS has some too, of records that came together.
func (c *conn) isDry() bool {
	if c.in.Buffered() > 0 || c.tls == nil {
		return c.in.Buffered() == 0
	}
	c.begin(context.Background(), 0)
	defer c.end()
	_, err := c.in.Peek(1)
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// drop closes the connection without a word: the alert of TLS would be one more wait.
func (c *conn) drop() { c.wire.Close() }
