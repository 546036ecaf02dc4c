package fastlane

import (
	"bufio"
	"context"
	"flag"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/internal/hosttest"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// TestMain lets more tests run at once than there are processors: they wait.
func TestMain(m *testing.M) {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue {
		_ = parallel.Value.Set("32")
	}
	m.Run()
}

// byThread is ctx of a call that a thread of a host makes, and what interrupts it.
func byThread(ctx context.Context) (context.Context, func()) {
	var interrupted atomic.Bool
	return driver.WithCaller(ctx, hosttest.New(interrupted.Load)), func() { interrupted.Store(true) }
}

// onBothWires runs a test with the connections of a thread, and with those of a goroutine.
func onBothWires(t *testing.T, test func(t *testing.T, ctx context.Context)) {
	t.Run("thread", func(t *testing.T) {
		ctx, _ := byThread(t.Context())
		test(t, ctx)
	})
	t.Run("goroutine", func(t *testing.T) { test(t, t.Context()) })
}

// endpoint lets a function have each connection to it, and counts them.
type endpoint struct {
	net.Listener
	connections atomic.Int32
}

func newEndpoint(t *testing.T, do func(conn *net.TCPConn)) *endpoint {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	e := &endpoint{Listener: listener}
	over, end := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			e.connections.Add(1)
			serving.Go(func() {
				stop := context.AfterFunc(over, func() { conn.Close() })
				defer stop()
				defer conn.Close()
				do(conn.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		end()
		listener.Close()
		serving.Wait()
	})
	return e
}

// takeRequest reads the head of a request.
func takeRequest(in *bufio.Reader) error {
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == "\r\n" {
			return err
		}
	}
}

// answering writes the same for every request.
func answering(answer func(conn *net.TCPConn) error) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		in := bufio.NewReader(conn)
		for takeRequest(in) == nil && answer(conn) == nil {
		}
	}
}

func saying(text string) func(*net.TCPConn) {
	return answering(func(conn *net.TCPConn) error {
		_, err := io.WriteString(conn, text)
		return err
	})
}

// lane has connections to e, which the test closes.
func (e *endpoint) lane(t *testing.T, set ...func(*Lane)) *Lane {
	lane := &Lane{
		Address: e.Addr().String(), Dial: new(net.Dialer).DialContext,
		ConnectTimeout: 5 * time.Second, Stall: 5 * time.Second, MaxIdle: 8, IdleTimeout: time.Minute,
	}
	for _, set := range set {
		set(lane)
	}
	t.Cleanup(lane.Close)
	return lane.Start()
}

func (e *endpoint) route(t *testing.T, set ...func(*Lane)) *Route {
	return &Route{lane: e.lane(t, set...), host: "bucket.test"}
}

func stallAfter(d time.Duration) func(*Lane) { return func(l *Lane) { l.Stall = d } }

var aGet = &Request{Method: "GET", Key: "key"}

// exchange sends a request, and reads its answer.
func exchange(ctx context.Context, route *Route, request *Request) (status int, body string, err error) {
	answer, stream, err := route.Send(ctx, nil, request)
	if err != nil {
		return 0, "", err
	}
	status = answer.Status
	data, err := io.ReadAll(driver.Reading(ctx, stream))
	stream.Close()
	return status, string(data), err
}

// within fails the test if do takes longer.
func within(t *testing.T, most time.Duration, do func()) {
	t.Helper()
	start := time.Now()
	do()
	assert.Less(t, time.Since(start), most)
}

// leavesNothing looks, at the end of a test, for descriptors and goroutines that are left.
// It comes before all else in the test.
func leavesNothing(t *testing.T) {
	t.Helper()
	newEndpoint(t, func(*net.TCPConn) {}) // the descriptors of Go's poller are there from now on
	files, goroutines := descriptors(t), runtime.NumGoroutine()-safego.Idle()
	t.Cleanup(func() {
		left := func() int { return max(descriptors(t)-files, runtime.NumGoroutine()-safego.Idle()-goroutines) }
		for end := time.Now().Add(5 * time.Second); left() > 0 && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		if left() > 0 {
			stacks := make([]byte, 1<<20)
			t.Errorf("%d descriptors for %d, %d goroutines for %d, %d idle:\n%s", descriptors(t), files,
				runtime.NumGoroutine(), goroutines, safego.Idle(), stacks[:runtime.Stack(stacks, true)])
		}
	})
}

func descriptors(t *testing.T) int {
	files, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(files)
}

// closeIdle closes the connections of a lane that are idle.
func closeIdle(l *Lane) {
	for i := range l.pools {
		l.pools[i].closeIdle()
	}
}
