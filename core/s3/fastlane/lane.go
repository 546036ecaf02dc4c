package fastlane

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// Lane is the connections to one host. Its fields are set before it is used.
type Lane struct {
	Address        string      // host:port
	TLS            *tls.Config // nil is none
	Dial           func(ctx context.Context, network, address string) (net.Conn, error)
	OnSocket       func(fd uintptr) // is told each socket, but those that Dial has told; or nil
	ConnectTimeout time.Duration    // of a TLS handshake
	Stall          time.Duration    // how long a request waits for one byte
	MaxIdle        int              // connections
	IdleTimeout    time.Duration

	pools [2]pool
}

// The connections of threads wait in another way than those of goroutines.
const (
	forThreads = iota
	forGoroutines
)

// Start makes it ready.
func (l *Lane) Start() *Lane {
	for i := range l.pools {
		l.pools[i].most, l.pools[i].life = l.MaxIdle, l.IdleTimeout
	}
	return l
}

// Close closes the connections that are idle, and those in use when they become so.
func (l *Lane) Close() {
	for i := range l.pools {
		l.pools[i].close()
	}
}
