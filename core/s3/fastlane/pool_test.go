package fastlane

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

const aBody = ok + "Content-Length: 4\r\n\r\nbody"

// arrives is how long what the endpoint writes is on its way, on any machine.
const arrives = 100 * time.Millisecond

// idle is how many connections a lane keeps.
func (l *Lane) idle() (n int) {
	for i := range l.pools {
		l.pools[i].mu.Lock()
		n += len(l.pools[i].idle)
		l.pools[i].mu.Unlock()
	}
	return n
}

// isDisturbed tells whether there is something to be read on one of them.
func (l *Lane) isDisturbed() (disturbed bool) {
	for i := range l.pools {
		l.pools[i].mu.Lock()
		for _, c := range l.pools[i].idle {
			disturbed = disturbed || !c.isQuiet()
		}
		l.pools[i].mu.Unlock()
	}
	return disturbed
}

// atOnce sends so many requests at one time, none of which ends before all have begun.
func atOnce(t *testing.T, ctx context.Context, route *Route, n int) {
	t.Helper()
	var bodies []*Body
	for range n {
		_, body, err := route.Send(ctx, nil, aGet)
		require.NoError(t, err)
		bodies = append(bodies, body)
	}
	for _, body := range bodies {
		_, err := io.ReadAll(driver.Reading(ctx, body))
		require.NoError(t, err)
	}
}

func TestIdleConnections(t *testing.T) {
	leavesNothing(t)
	onBothWires(t, func(t *testing.T, ctx context.Context) {
		server := newEndpoint(t, saying(aBody))
		route := server.route(t, func(l *Lane) { l.MaxIdle = 2 })
		atOnce(t, ctx, route, 5)
		assert.EqualValues(t, 5, server.connections.Load())
		assert.Equal(t, 2, route.lane.idle(), "over the limit")
		atOnce(t, ctx, route, 2)
		assert.EqualValues(t, 5, server.connections.Load())

		closeIdle(route.lane)
		assert.Zero(t, route.lane.idle())
		atOnce(t, ctx, route, 1)
		assert.EqualValues(t, 6, server.connections.Load())

		_, body, err := route.Send(ctx, nil, aGet)
		require.NoError(t, err)
		route.lane.Close()
		_, err = io.ReadAll(driver.Reading(ctx, body))
		require.NoError(t, err, "in use when the lane was closed")
		assert.Zero(t, route.lane.idle(), "kept by a lane that is closed")
	})
}

func TestIdleConnectionsThatAreTooOld(t *testing.T) {
	leavesNothing(t)
	onBothWires(t, func(t *testing.T, ctx context.Context) {
		const life = 60 * time.Millisecond
		server := newEndpoint(t, saying(aBody))
		route := server.route(t, func(l *Lane) { l.IdleTimeout = life })
		atOnce(t, ctx, route, 3)
		assert.Equal(t, 3, route.lane.idle())
		assert.Eventually(t, func() bool { return route.lane.idle() == 0 }, 2*time.Second, 5*time.Millisecond, "nobody sweeps")
	})
	// Nor is one used that the sweep has not come to.
	pool := &pool{most: 2, life: 10 * time.Millisecond, ticks: true}
	wire := &script{text: strings.NewReader("")}
	pool.put(&conn{wire: wire})
	time.Sleep(15 * time.Millisecond)
	assert.Nil(t, pool.take())
	assert.True(t, wire.closed)
}

// What an endpoint says on an idle connection, or that it has closed it, is seen before it
// is used again, however soon that is.
func TestIdleConnectionsThatAreNotQuiet(t *testing.T) {
	leavesNothing(t)
	for name, then := range map[string]func(*net.TCPConn){
		"closed":  func(conn *net.TCPConn) { conn.Close() },
		"reset":   func(conn *net.TCPConn) { _ = conn.SetLinger(0); conn.Close() },
		"garbage": func(conn *net.TCPConn) { _, _ = io.WriteString(conn, "garbage") },
		"answer":  func(conn *net.TCPConn) { _, _ = io.WriteString(conn, ok+"Content-Length: 5\r\n\r\nwrong") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBothWires(t, func(t *testing.T, ctx context.Context) {
				t.Parallel()
				taken := make(chan struct{})
				server := newEndpoint(t, answering(func(conn *net.TCPConn) error {
					_, err := io.WriteString(conn, aBody)
					<-taken
					then(conn)
					return err
				}))
				defer close(taken)
				route := server.route(t)
				for range 3 {
					status, body, err := exchange(ctx, route, aGet)
					require.NoError(t, err)
					assert.Equal(t, 200, status)
					assert.Equal(t, "body", body)
					taken <- struct{}{}
					require.Eventually(t, route.lane.isDisturbed, 2*time.Second, time.Millisecond)
				}
				assert.EqualValues(t, 3, server.connections.Load())
			})
		})
	}
	onBothWires(t, func(t *testing.T, ctx context.Context) {
		t.Parallel()
		server := newEndpoint(t, saying(aBody))
		route := server.route(t)
		for range 3 {
			atOnce(t, ctx, route, 1)
		}
		assert.EqualValues(t, 1, server.connections.Load(), "a quiet one is used again")
	})
}

// held is a dialler that may be made to wait.
type held struct {
	mu    sync.Mutex
	gate  chan struct{} // nil is open
	dials atomic.Int32
	err   error
}

func (h *held) dial(ctx context.Context, network, address string) (net.Conn, error) {
	h.dials.Add(1)
	h.mu.Lock()
	gate, err := h.gate, h.err
	h.mu.Unlock()
	if gate != nil {
		<-gate
	}
	if err != nil {
		return nil, err
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

func (h *held) hold() (release func()) {
	gate := make(chan struct{})
	h.mu.Lock()
	h.gate = gate
	h.mu.Unlock()
	return sync.OnceFunc(func() {
		h.mu.Lock()
		h.gate = nil
		h.mu.Unlock()
		close(gate)
	})
}

func TestARequestTakesAConnectionThatBecomesIdle(t *testing.T) {
	leavesNothing(t)
	onBothWires(t, func(t *testing.T, ctx context.Context) {
		dialler := &held{}
		server := newEndpoint(t, saying(aBody))
		route := server.route(t, func(l *Lane) { l.Dial = dialler.dial })
		_, body, err := route.Send(ctx, nil, aGet)
		require.NoError(t, err)
		release := dialler.hold()
		defer release()

		type result struct {
			text string
			err  error
		}
		results := make(chan result, 1)
		go func() {
			own := ctx
			if driver.CallerOf(ctx) != nil {
				own, _ = byThread(t.Context())
			}
			_, text, err := exchange(own, route, aGet)
			results <- result{text, err}
		}()
		require.Eventually(t, func() bool { return dialler.dials.Load() == 2 }, 2*time.Second, time.Millisecond)
		_, err = io.ReadAll(driver.Reading(ctx, body))
		require.NoError(t, err)
		assert.Equal(t, result{"body", nil}, <-results)
		assert.EqualValues(t, 1, server.connections.Load())
		assert.Equal(t, 1, route.lane.idle())

		release()
		assert.Eventually(t, func() bool { return route.lane.idle() == 2 }, 2*time.Second, time.Millisecond, "the one that was opened is lost")
		for i := range route.lane.pools {
			assert.Empty(t, route.lane.pools[i].turns)
		}
	})
}

// Who gives up while a connection is opened returns at once, and it is for the next one.
func TestACallThatEndsWhileItsConnectionIsOpened(t *testing.T) {
	leavesNothing(t)
	why := errors.New("the program says so")
	for name, end := range map[string]func(ctx context.Context) (context.Context, func()){
		"cancel": func(ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithCancel(ctx)
			return ctx, cancel
		},
		"with a cause": func(ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithCancelCause(ctx)
			return ctx, func() { cancel(why) }
		},
		"cancel, thread": func(ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithCancel(ctx)
			ctx, _ = byThread(ctx)
			return ctx, cancel
		},
		"interrupt, thread": func(ctx context.Context) (context.Context, func()) {
			return byThread(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dialler := &held{}
			release := dialler.hold()
			defer release()
			server := newEndpoint(t, saying(aBody))
			route := server.route(t, func(l *Lane) { l.Dial = dialler.dial })
			ctx, cancel := end(t.Context())
			time.AfterFunc(30*time.Millisecond, cancel)
			within(t, 30*time.Millisecond+soon, func() {
				_, _, err := exchange(ctx, route, aGet)
				assert.Equal(t, errs.Cancelled, errs.CodeOf(err), "%v", err)
			})
			release()
			assert.Eventually(t, func() bool { return route.lane.idle() == 1 }, 2*time.Second, time.Millisecond)
		})
	}
}

func TestFailedDials(t *testing.T) {
	leavesNothing(t)
	why := errors.New("no way")
	onBothWires(t, func(t *testing.T, ctx context.Context) {
		dialler := &held{err: why}
		server := newEndpoint(t, saying(aBody))
		route := server.route(t, func(l *Lane) { l.Dial = dialler.dial })
		for range 2 {
			_, _, err := exchange(ctx, route, aGet)
			assert.ErrorIs(t, err, why)
		}
		for i := range route.lane.pools {
			assert.Empty(t, route.lane.pools[i].turns)
		}
		dialler.err = nil
		atOnce(t, ctx, route, 1)

		server.Close()
		route.lane.Dial = new(net.Dialer).DialContext
		closeIdle(route.lane)
		_, _, err := exchange(ctx, route, aGet)
		refused, ok := errors.AsType[*net.OpError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, "dial", refused.Op)

		near, far := net.Pipe()
		defer far.Close()
		route.lane.Dial = func(context.Context, string, string) (net.Conn, error) { return near, nil }
		_, _, err = exchange(ctx, route, aGet)
		assert.Equal(t, errs.Internal, errs.CodeOf(err), "%v", err)
		_, err = near.Read(make([]byte, 1))
		assert.Equal(t, io.ErrClosedPipe, err, "it was left open")
	})
}

// Many requests at once have their own bytes.
func TestManyRequestsAtOnce(t *testing.T) {
	leavesNothing(t)
	server := newEndpoint(t, func(conn *net.TCPConn) {
		in := bufio.NewReader(conn)
		for {
			line, err := in.ReadString('\n')
			if err != nil || takeRequest(in) != nil {
				return
			}
			key := strings.Fields(line)[1]
			_, _ = io.WriteString(conn, ok+"Content-Length: 7\r\n\r\n"+key)
		}
	})
	route := server.route(t, func(l *Lane) { l.MaxIdle = 3 })
	var asking sync.WaitGroup
	for n := range 16 {
		asking.Go(func() {
			ctx := t.Context()
			if n%2 == 0 {
				ctx, _ = byThread(ctx)
			}
			key := string(rune('a'+n)) + "12345"
			for range 50 {
				_, body, err := exchange(ctx, route, &Request{Method: "GET", Key: key})
				if !assert.NoError(t, err) || !assert.Equal(t, "/"+key, body) {
					return
				}
			}
		})
	}
	asking.Wait()
	assert.LessOrEqual(t, route.lane.idle(), 6)
}

// certificate makes one for a name, and what trusts it.
func certificate(t *testing.T, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	trusted := x509.NewCertPool()
	trusted.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, trusted
}

// corked is a connection that may keep what is written for later.
type corked struct {
	net.Conn
	keeps bool
	kept  []byte
}

func (c *corked) Write(p []byte) (int, error) {
	if c.keeps {
		c.kept = append(c.kept, p...)
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// inOnePacket sends texts in one packet, each in a record of its own.
func inOnePacket(conn net.Conn, texts ...string) error {
	below := conn.(*tls.Conn).NetConn().(*corked)
	below.keeps, below.kept = true, nil
	for _, text := range texts {
		_, _ = io.WriteString(conn, text)
	}
	below.keeps = false
	_, err := below.Conn.Write(below.kept)
	return err
}

// secured answers over TLS by what do says, and closes without a word.
func secured(config *tls.Config, do func(in *bufio.Reader, conn net.Conn) error) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		tls := tls.Server(&corked{Conn: conn}, config)
		in := bufio.NewReader(tls)
		for takeRequest(in) == nil && do(in, tls) == nil {
		}
	}
}

func TestTLS(t *testing.T) {
	leavesNothing(t)
	own, trusted := certificate(t, "bucket.test")
	_, others := certificate(t, "bucket.test")
	large := strings.Repeat("0123456789abcdef", 100<<10/16)
	request := put(3 << 20)
	for version, name := range map[uint16]string{tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBothWires(t, func(t *testing.T, ctx context.Context) {
				t.Parallel()
				config := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: version, MaxVersion: version}
				server := newEndpoint(t, secured(config, func(in *bufio.Reader, conn net.Conn) error {
					_, err := io.WriteString(conn, ok+"Content-Length: 102400\r\n\r\n"+large)
					return err
				}))
				trust := func(name string, roots *x509.CertPool) func(*Lane) {
					return func(l *Lane) { l.TLS = &tls.Config{ServerName: name, RootCAs: roots} }
				}
				route := server.route(t, trust("bucket.test", trusted))
				for range 3 {
					_, body, err := exchange(ctx, route, aGet)
					require.NoError(t, err)
					assert.True(t, body == large, "other bytes")
					time.Sleep(arrives) // what TLS says by itself is no garbage
				}
				assert.EqualValues(t, 1, server.connections.Load())

				_, _, err := exchange(ctx, server.route(t, trust("other.test", trusted)), aGet)
				wrong, isName := errors.AsType[x509.HostnameError](err)
				assert.True(t, isName, "%v", err)
				assert.Equal(t, "other.test", wrong.Host)
				_, _, err = exchange(ctx, server.route(t, trust("bucket.test", others)), aGet)
				assert.ErrorContains(t, err, "unknown authority")

				stores := newEndpoint(t, secured(config, func(in *bufio.Reader, conn net.Conn) error {
					_, _ = io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
					got, err := io.ReadAll(io.LimitReader(in, int64(len(request.Body))))
					status := ok
					if string(got) != string(request.Body) {
						status = "HTTP/1.1 400 Bad Request\r\n"
					}
					_, _ = io.WriteString(conn, status+"Content-Length: 0\r\n\r\n")
					return err
				}))
				status, _, err := exchange(ctx, stores.route(t, trust("bucket.test", trusted)), request)
				require.NoError(t, err)
				assert.Equal(t, 200, status)
			})
		})
	}
}

// Over TLS too, a silence is a stall, too much is no next answer, and the wait for leave to
// send a body does no harm.
func TestFaultsOverTLS(t *testing.T) {
	leavesNothing(t)
	own, trusted := certificate(t, "bucket.test")
	config := &tls.Config{Certificates: []tls.Certificate{own}}
	trust := func(l *Lane) { l.TLS = &tls.Config{ServerName: "bucket.test", RootCAs: trusted} }
	onBothWires(t, func(t *testing.T, ctx context.Context) {
		t.Parallel()
		server := newEndpoint(t, secured(config, func(_ *bufio.Reader, conn net.Conn) error {
			_, err := io.WriteString(conn, ok+"Content-Length: 5\r\n\r\nhalf")
			return err
		}))
		_, body, err := exchange(ctx, server.route(t, trust, stallAfter(100*time.Millisecond)), aGet)
		assert.True(t, isStall(err), "%v", err)
		assert.Equal(t, "half", body)

		server = newEndpoint(t, secured(config, func(_ *bufio.Reader, conn net.Conn) error {
			return inOnePacket(conn, aBody, ok+"Content-Length: 5\r\n\r\nwrong")
		}))
		route := server.route(t, trust)
		for range 2 {
			_, stream, err := route.Send(ctx, nil, aGet)
			require.NoError(t, err)
			data, err := io.ReadAll(driver.Reading(ctx, stream))
			require.NoError(t, err)
			assert.Equal(t, "body", string(data))
		}
		assert.EqualValues(t, 2, server.connections.Load())

		request := put(3 << 20)
		server = newEndpoint(t, secured(config, func(in *bufio.Reader, conn net.Conn) error {
			_, err := io.CopyN(io.Discard, in, int64(len(request.Body)))
			_, _ = io.WriteString(conn, aBody)
			return err
		}))
		_, body, err = exchange(ctx, server.route(t, trust), request)
		require.NoError(t, err)
		assert.Equal(t, "body", body)
	})
}

// A handshake ends as a whole in its time, or with the call, also where bytes come.
func TestAHandshakeWithoutAnEnd(t *testing.T) {
	leavesNothing(t)
	const connecting = 200 * time.Millisecond
	for name, do := range map[string]func(*net.TCPConn){
		"silent": func(conn *net.TCPConn) { _, _ = io.Copy(io.Discard, conn) },
		"slow": func(conn *net.TCPConn) {
			_ = trickle(conn, "\x16\x03\x03\x20\x00"+strings.Repeat("\x02", 1000), 5*time.Millisecond)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBothWires(t, func(t *testing.T, ctx context.Context) {
				t.Parallel()
				route := newEndpoint(t, do).route(t, func(l *Lane) {
					l.TLS, l.ConnectTimeout = &tls.Config{ServerName: "bucket.test"}, connecting
				})
				start := time.Now()
				_, _, err := exchange(ctx, route, aGet)
				assert.GreaterOrEqual(t, time.Since(start), connecting)
				assert.Less(t, time.Since(start), connecting+soon)
				late, ok := errors.AsType[*net.OpError](err)
				require.True(t, ok, "%v", err)
				assert.Equal(t, "dial", late.Op)
				assert.True(t, late.Timeout())

				route.lane.ConnectTimeout = time.Second
				over, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
				defer cancel()
				within(t, soon, func() { _, _, err = exchange(over, route, aGet) })
				assert.Equal(t, errs.Deadline, errs.CodeOf(err), "%v", err)
			})
		})
	}
}
