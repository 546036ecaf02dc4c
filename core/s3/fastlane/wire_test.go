package fastlane

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// soon is how late the end of a call may be seen: two slices of a wait, or so, and what a
// busy machine adds.
const soon = 2 * time.Second

func put(size int) *Request {
	return &Request{Method: "PUT", Key: "key", Body: bytes.Repeat([]byte("0123456789abcdef"), size/16), Payload: UnsignedPayload}
}

// isStall tells whether err is what the caller knows a stall by.
func isStall(err error) bool {
	stall, ok := errors.AsType[*net.OpError](err)
	return ok && stall.Timeout() && stall.Op != "dial"
}

// stalls are endpoints that do not go on, and where.
var stalls = []struct {
	name    string
	do      func(*net.TCPConn)
	request *Request
}{
	{"no answer", func(conn *net.TCPConn) { _, _ = io.Copy(io.Discard, conn) }, aGet},
	{"half a head", answering(func(conn *net.TCPConn) error { _, err := io.WriteString(conn, ok); return err }), aGet},
	{"half a body", saying(ok + "Content-Length: 5\r\n\r\nbody"), aGet},
	{"half a chunk", saying(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nbody"), aGet},
	{"no end of the chunks", saying(ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n"), aGet},
	{"request not taken", untilItIsClosed, put(16 << 20)},
}

// untilItIsClosed takes nothing.
func untilItIsClosed(conn *net.TCPConn) {
	for conn.SetDeadline(time.Time{}) == nil {
		time.Sleep(5 * time.Millisecond)
	}
}

func TestAStallEnds(t *testing.T) {
	leavesNothing(t)
	const stall = 500 * time.Millisecond
	for _, c := range stalls {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			onBothWires(t, func(t *testing.T, ctx context.Context) {
				t.Parallel()
				route := newEndpoint(t, c.do).route(t, stallAfter(stall))
				start := time.Now()
				_, _, err := exchange(ctx, route, c.request)
				assert.True(t, isStall(err), "%v", err)
				took, most := time.Since(start), stall+soon
				assert.GreaterOrEqual(t, took, stall-driver.InterruptEvery)
				if len(c.request.Body) > askedFirst {
					most += answerWait // which is for a refusal
					if driver.CallerOf(ctx) == nil {
						most += 3 * stall // the system may take some more bytes for itself, late
					}
				}
				assert.Less(t, took, most)
			})
		})
	}
}

// trickle sends a byte now and then.
func trickle(conn *net.TCPConn, text string, every time.Duration) error {
	for i := range len(text) {
		time.Sleep(every)
		if _, err := conn.Write([]byte(text[i : i+1])); err != nil {
			return err
		}
	}
	return nil
}

func TestAByteNowAndThenIsNoStall(t *testing.T) {
	leavesNothing(t)
	const stall = 300 * time.Millisecond
	text := "HTTP/1.1 200\r\nContent-Length:9\r\n\r\nslow body"
	onBothWires(t, func(t *testing.T, ctx context.Context) {
		t.Parallel()
		server := newEndpoint(t, answering(func(conn *net.TCPConn) error { return trickle(conn, text, 15*time.Millisecond) }))
		start := time.Now()
		status, body, err := exchange(ctx, server.route(t, stallAfter(stall)), aGet)
		require.NoError(t, err)
		assert.Equal(t, 200, status)
		assert.Equal(t, "slow body", body)
		assert.Greater(t, time.Since(start), stall)
	})
}

// takeSlowly takes a body by so much at once.
func takeSlowly(conn *net.TCPConn, piece int, every time.Duration) {
	_ = conn.SetReadBuffer(piece)
	for p := make([]byte, piece); ; time.Sleep(every) {
		if _, err := conn.Read(p); err != nil {
			return
		}
	}
}

// A request may be larger than what the system takes at once, and its reader slow: as long
// as some of it goes off, that is no stall.
func TestALargeRequestToASlowReader(t *testing.T) {
	leavesNothing(t)
	const stall = 300 * time.Millisecond
	request := put(3 << 20)
	small := func(l *Lane) { // so that the system does not take all of it for itself
		l.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err == nil {
				err = conn.(*net.TCPConn).SetWriteBuffer(64 << 10)
			}
			return conn, err
		}
	}
	onBothWires(t, func(t *testing.T, ctx context.Context) {
		t.Parallel()
		got := make(chan string, 1)
		server := newEndpoint(t, func(conn *net.TCPConn) {
			_ = conn.SetReadBuffer(64 << 10)
			in := bufio.NewReader(conn)
			_ = takeRequest(in)
			_, _ = io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
			var body bytes.Buffer
			for body.Len() < len(request.Body) {
				if _, err := io.CopyN(&body, in, min(24<<10, int64(len(request.Body)-body.Len()))); err != nil {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			got <- body.String()
			_, _ = io.WriteString(conn, ok+"Content-Length: 0\r\n\r\n")
		})
		start := time.Now()
		_, _, err := exchange(ctx, server.route(t, small, stallAfter(stall)), request)
		require.NoError(t, err)
		assert.Greater(t, time.Since(start), 3*stall)
		assert.True(t, string(request.Body) == <-got, "other bytes")
	})
}

// busy are endpoints that keep a call busy for long, and let none of its waits be a long one.
var busy = append([]struct {
	name    string
	do      func(*net.TCPConn)
	request *Request
}{
	{"a head, byte by byte", answering(func(conn *net.TCPConn) error {
		return trickle(conn, ok+"A: "+strings.Repeat("b", 1000), 2*time.Millisecond)
	}), aGet},
	{"a body, byte by byte", answering(func(conn *net.TCPConn) error {
		return trickle(conn, ok+"Content-Length: 1000\r\n\r\n"+strings.Repeat("b", 1000), 2*time.Millisecond)
	}), aGet},
	{"a request, bit by bit", func(conn *net.TCPConn) { takeSlowly(conn, 8<<10, 5*time.Millisecond) }, put(2_000_000)},
}, stalls...)

func TestTheEndOfACallIsSeen(t *testing.T) {
	leavesNothing(t)
	const after = 100 * time.Millisecond
	ends := map[string]func(context.Context) context.Context{
		"deadline": func(ctx context.Context) context.Context {
			ctx, cancel := context.WithTimeout(ctx, after)
			context.AfterFunc(ctx, cancel)
			return ctx
		},
		"cancel": func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(after, cancel)
			return ctx
		},
		"interrupt, thread": func(ctx context.Context) context.Context {
			ctx, interrupt := byThread(ctx)
			time.AfterFunc(after, interrupt)
			return ctx
		},
	}
	for _, name := range []string{"deadline", "cancel"} {
		ends[name+", thread"] = func(ctx context.Context) context.Context {
			ctx, _ = byThread(ends[name](ctx))
			return ctx
		}
	}
	for name, end := range ends {
		for _, c := range busy {
			t.Run(name+", "+c.name, func(t *testing.T) {
				t.Parallel()
				route := newEndpoint(t, c.do).route(t)
				ctx := end(t.Context())
				start := time.Now()
				_, _, err := exchange(ctx, route, c.request)
				assert.Less(t, time.Since(start), after+soon)
				want := errs.Cancelled
				if strings.HasPrefix(name, "deadline") {
					want = errs.Deadline
				}
				assert.Equal(t, want, errs.CodeOf(err), "%v", err)
				for i := range route.lane.pools {
					assert.Empty(t, route.lane.pools[i].idle, "the connection is in doubt")
				}
			})
		}
	}
}

// A call that is over already sends nothing.
func TestACallThatIsOver(t *testing.T) {
	leavesNothing(t)
	server := newEndpoint(t, saying(ok+"Content-Length: 4\r\n\r\nbody"))
	route := server.route(t)
	_, _, err := exchange(t.Context(), route, aGet)
	require.NoError(t, err)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = exchange(over, route, aGet)
	assert.Equal(t, errs.Cancelled, errs.CodeOf(err), "%v", err)
	over, _ = byThread(over)
	_, _, err = exchange(over, route, aGet)
	assert.Equal(t, errs.Cancelled, errs.CodeOf(err), "%v", err)
}

// A signal ends a wait in the kernel: neither is it a failure, nor does the stall begin anew.
func TestAStormOfSignals(t *testing.T) {
	received := make(chan os.Signal, 1)
	signal.Notify(received, syscall.SIGUSR1) // the handler is Go's, and its goroutine stays
	defer signal.Stop(received)
	leavesNothing(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread := unix.Gettid()
	stop := make(chan struct{})
	var storm sync.WaitGroup
	sent := 0
	storm.Go(func() {
		for ; ; sent++ {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				_ = unix.Tgkill(os.Getpid(), thread, unix.SIGUSR1)
			}
		}
	})
	defer func() {
		close(stop)
		storm.Wait()
		assert.Greater(t, sent, 20)
	}()

	ctx, _ := byThread(t.Context())
	large := strings.Repeat("0123456789", 100_000)
	server := newEndpoint(t, func(conn *net.TCPConn) {
		in := bufio.NewReader(conn)
		for takeRequest(in) == nil {
			time.Sleep(30 * time.Millisecond)
			fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n", ok, len(large))
			time.Sleep(30 * time.Millisecond)
			_, _ = io.WriteString(conn, large)
		}
	})
	_, body, err := exchange(ctx, server.route(t), aGet)
	require.NoError(t, err)
	assert.True(t, body == large, "other bytes")

	for _, c := range stalls[:1] {
		const stall = 200 * time.Millisecond
		start := time.Now()
		_, _, err := exchange(ctx, newEndpoint(t, c.do).route(t, stallAfter(stall)), c.request)
		assert.True(t, isStall(err), "%v", err)
		assert.GreaterOrEqual(t, time.Since(start), stall-driver.InterruptEvery)
		assert.Less(t, time.Since(start), stall+soon)
	}
}

// An endpoint may refuse a body before it has all of it, and close.
func TestARefusalInTheMiddleOfABody(t *testing.T) {
	leavesNothing(t)
	for _, size := range []int{1 << 20, 8 << 20} { // without, and with Expect: 100-continue
		for _, status := range []int{403, 503} {
			t.Run(strconv.Itoa(size)+" "+strconv.Itoa(status), func(t *testing.T) {
				onBothWires(t, func(t *testing.T, ctx context.Context) {
					server := newEndpoint(t, func(conn *net.TCPConn) {
						in := bufio.NewReader(conn)
						_ = takeRequest(in)
						if size > askedFirst {
							_, _ = io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
						}
						_, _ = io.CopyN(io.Discard, in, 10<<10)
						fmt.Fprintf(conn, "HTTP/1.1 %d Refused\r\nContent-Length: 7\r\n\r\nbecause", status)
						_ = conn.CloseWrite()
						time.Sleep(50 * time.Millisecond) // a reset may overtake what was said
					})
					got, body, err := exchange(ctx, server.route(t), put(size))
					require.NoError(t, err)
					assert.Equal(t, status, got)
					assert.Equal(t, "because", body)
				})
			})
		}
	}
}

// No endpoint has stored what it has not taken, whatever it says.
func TestASuccessInTheMiddleOfABodyIsNone(t *testing.T) {
	leavesNothing(t)
	for name, first := range map[string]string{"at once": "", "later": "HTTP/1.1 100 Continue\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			onBothWires(t, func(t *testing.T, ctx context.Context) {
				server := newEndpoint(t, func(conn *net.TCPConn) {
					in := bufio.NewReader(conn)
					_ = takeRequest(in)
					_, _ = io.WriteString(conn, first)
					if first != "" {
						_, _ = io.CopyN(io.Discard, in, 10<<10)
					}
					_, _ = io.WriteString(conn, ok+"ETag: \"e\"\r\nContent-Length: 0\r\n\r\n")
					_ = conn.CloseWrite()
					time.Sleep(50 * time.Millisecond)
				})
				_, _, err := exchange(ctx, server.route(t), put(8<<20))
				assert.Error(t, err)
			})
		})
	}
}

func TestExpect(t *testing.T) {
	leavesNothing(t)
	request := put(3 << 20)
	for name, c := range map[string]struct {
		first  string
		waits  time.Duration // before the body comes
		status int
	}{
		"answered":                  {"HTTP/1.1 100 Continue\r\n\r\n", 0, 200},
		"answered with a field":     {"HTTP/1.1 100 Continue\r\nA: b\r\n\r\n", 0, 200},
		"answered by another one":   {"HTTP/1.1 102 Processing\r\n\r\n", 0, 200},
		"answered after early ones": {"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", 0, 200},
		"ignored":                   {"", answerWait, 200},
		"refused":                   {"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 7\r\n\r\nbecause", 0, 412},
		"another protocol":          {"HTTP/1.1 101 Switching Protocols\r\n\r\n", 0, 0},
		"garbage":                   {"garbage\r\n\r\n", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBothWires(t, func(t *testing.T, ctx context.Context) {
				t.Parallel()
				bodies := make(chan int64, 2)
				server := newEndpoint(t, func(conn *net.TCPConn) {
					in := bufio.NewReader(conn)
					for takeRequest(in) == nil {
						_, _ = io.WriteString(conn, c.first)
						n, err := io.CopyN(io.Discard, in, int64(len(request.Body)))
						if bodies <- n; err != nil {
							return
						}
						_, _ = io.WriteString(conn, ok+"Content-Length: 0\r\n\r\n")
					}
				})
				route := server.route(t)
				for range 2 {
					start := time.Now()
					status, _, err := exchange(ctx, route, request)
					assert.Equal(t, c.status, status, "%v", err)
					assert.GreaterOrEqual(t, time.Since(start), c.waits-driver.InterruptEvery)
					assert.Less(t, time.Since(start), c.waits+soon)
					want, connections := int64(len(request.Body)), 1
					if c.status != 200 {
						want = 0
					}
					assert.Equal(t, want, <-bodies, "bytes of the body")
					if want > 0 {
						assert.EqualValues(t, connections, server.connections.Load())
					}
				}
				if c.status != 200 {
					assert.EqualValues(t, 2, server.connections.Load(), "the endpoint may wait for the body")
				}
			})
		})
	}
}
