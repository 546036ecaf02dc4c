package s3

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"syscall"
	"time"
)

// OnSocket is told each socket, before it is connected. It is set before
// anything is opened: capi lets the child of a fork close them.
var OnSocket func(fd uintptr)

func dialer(timeout time.Duration) *net.Dialer {
	d := &net.Dialer{Timeout: timeout}
	if OnSocket != nil {
		d.Control = func(_, _ string, c syscall.RawConn) error { return c.Control(OnSocket) }
	}
	return d
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// connect connects within the timeout for it.
func (c Config) connect() dialFunc {
	dial := dialer(c.connectTimeout()).DialContext
	if c.RandomizeAddresses {
		dial = spread(dial, c.lookupHost, c.connectTimeout())
	}
	return dial
}

// dial connects, and guards the connection.
func (c Config) dial() dialFunc {
	dial := c.connect()
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return newStallGuard(conn, c.stallTimeout()), nil
	}
}

type lookupHost func(ctx context.Context, host string) (addresses []string, err error)

// spread connects to the addresses of a host in random order, so that many
// connections are spread over them. Each has its share of the time that is left.
func spread(dial dialFunc, lookup lookupHost, timeout time.Duration) dialFunc {
	if lookup == nil {
		lookup = net.DefaultResolver.LookupHost
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		addresses, err := lookup(ctx, host)
		if err != nil {
			return nil, err
		}
		rand.Shuffle(len(addresses), func(i, j int) { addresses[i], addresses[j] = addresses[j], addresses[i] })
		var failures []error
		for i, one := range addresses {
			conn, err := dialShare(ctx, dial, network, net.JoinHostPort(one, port), len(addresses)-i)
			if err == nil {
				return conn, nil
			}
			failures = append(failures, err)
		}
		return nil, errors.Join(failures...)
	}
}

// dialShare takes no longer than one of so many shares of the time in ctx.
func dialShare(ctx context.Context, dial dialFunc, network, address string, shares int) (net.Conn, error) {
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/time.Duration(shares))
		defer cancel()
	}
	return dial(ctx, network, address)
}
