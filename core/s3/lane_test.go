package s3_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/hosttest"
	"github.com/libremotestore/libremotestore/core/s3"
)

// What the fast lane does, and where the SDK goes on. Where no real server shows a fault,
// the endpoint is a stub; the requests themselves are compared with boto3's in tests/s3.

// toLane is a configuration that lets the lane send what it can.
func toLane(endpoint string) s3.Config {
	return s3.Config{
		Bucket: "bucket", Endpoint: endpoint, Region: "us-east-1", AccessKeyID: "AKIA", SecretAccessKey: secret,
		Getenv: func(name string) string {
			return map[string]string{"AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none"}[name]
		},
		Retry: driver.RetryPolicy{MaxAttempts: 3},
	}
}

func openLane(t *testing.T, c s3.Config) driver.Driver {
	t.Helper()
	d, err := s3.Open(c)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d
}

func stubFor(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func get(ctx context.Context, d driver.Driver, key string, o driver.GetOptions) (string, error) {
	r, err := d.Get(ctx, key, o)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	data, err := io.ReadAll(driver.Reading(ctx, r.Body))
	return string(data), err
}

func aText(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("ETag", `"e"`)
	w.Header().Set("Content-Length", "4")
	_, _ = io.WriteString(w, "text")
}

// once lets the first request have another answer.
func once(first, later http.HandlerFunc) http.HandlerFunc {
	var seen atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1) == 1 {
			first(w, r)
		} else {
			later(w, r)
		}
	}
}

func garbled(w http.ResponseWriter, _ *http.Request) { breakOff(w, "2OO OK\r\n\r\n") }

// Each reason to leave a request to the SDK, with the right result, and counted.
func TestLaneReasons(t *testing.T) {
	t.Parallel()
	before := s3.Served()
	var mu sync.Mutex
	all := map[string]int64{}
	t.Run("each", func(t *testing.T) {
		for reason, c := range map[string]struct {
			answer http.HandlerFunc
			change func(*s3.Config)
			get    func(context.Context, driver.Driver) (string, error) // nil is a usual one
			want   errs.Code
			fast   int64 // how many the lane served beside
		}{
			"fast lane": {answer: aText},
			"option":    {answer: aText, change: func(c *s3.Config) { c.WithoutFastLane = true }},
			"proxy": {answer: aText, change: func(c *s3.Config) {
				c.HTTPProxy, c.Endpoint = c.Endpoint, "http://endpoint.test"
			}},
			"timeout":          {answer: aText, change: func(c *s3.Config) { c.Timeout = time.Minute }},
			"adaptive retries": {answer: aText, change: func(c *s3.Config) { c.RetryMode = s3.RetryAdaptive }},
			"session": {answer: func(w http.ResponseWriter, r *http.Request) {
				if !r.URL.Query().Has("session") {
					aText(w, r)
					return
				}
				_, _ = io.WriteString(w, `<CreateSessionResult><Credentials><AccessKeyId>id</AccessKeyId>`+
					`<SecretAccessKey>key</SecretAccessKey><SessionToken>token</SessionToken><Expiration>`+
					time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`</Expiration></Credentials></CreateSessionResult>`)
			}, change: func(c *s3.Config) { c.Bucket = directory }},
			"route": {answer: aText, change: func(c *s3.Config) { c.DefaultHeaders = map[string]string{"x-ours": "\u00e4"} }},
			"credentials": {answer: aText, fast: 1, change: func(c *s3.Config) {
				c.AccessKeyID, c.SecretAccessKey, c.Pushed = "", "", true
			}, get: func(ctx context.Context, d driver.Driver) (string, error) {
				push := func(life time.Duration) {
					assert.NoError(t, d.(driver.Fed).SetCredentials(driver.Credentials{
						AccessKeyID: "AKIA", SecretAccessKey: secret, Expires: time.Now().Add(life)}))
				}
				push(300 * time.Millisecond)
				if got, err := get(ctx, d, "a", driver.GetOptions{}); err != nil {
					return got, err
				}
				time.Sleep(400 * time.Millisecond)
				time.AfterFunc(100*time.Millisecond, func() { push(time.Hour) })
				return get(ctx, d, "a", driver.GetOptions{})
			}},
			"header": {answer: aText, get: func(ctx context.Context, d driver.Driver) (string, error) {
				_, err := d.Put(ctx, "a", []byte("text"), driver.PutOptions{
					Mode: driver.Overwrite, Attributes: driver.Attributes{ContentDisposition: "inline; filename=\u00e4"}})
				return "text", err
			}},
			"answer":           {answer: func(w http.ResponseWriter, _ *http.Request) { answer(w, 403, "AccessDenied") }, want: errs.PermissionDenied},
			"malformed answer": {answer: once(garbled, aText)},
			"ended": {answer: aText, want: errs.Cancelled, get: func(ctx context.Context, d driver.Driver) (string, error) {
				ctx, cancel := context.WithCancel(ctx)
				cancel()
				return get(ctx, d, "a", driver.GetOptions{})
			}},
			"connection": {answer: once(func(w http.ResponseWriter, _ *http.Request) { reset(w) }, aText)},
		} {
			t.Run(reason, func(t *testing.T) {
				t.Parallel()
				config := toLane(stubFor(t, c.answer))
				if c.change != nil {
					c.change(&config)
				}
				d := openLane(t, config)
				if c.get == nil {
					c.get = func(ctx context.Context, d driver.Driver) (string, error) {
						return get(ctx, d, "a", driver.GetOptions{})
					}
				}
				got, err := c.get(t.Context(), d)
				require.Equal(t, c.want, errs.CodeOf(err), "%v", err)
				if c.want == errs.OK {
					assert.Equal(t, "text", got)
				}
				want := map[string]int64{reason: 1}
				if c.fast > 0 {
					want["fast lane"] = c.fast
				}
				counts := s3.ServedOf(d)
				assert.Equal(t, want, counts)
				mu.Lock()
				defer mu.Unlock()
				for reason, n := range counts {
					all[reason] += n
				}
			})
		}
	})
	after := s3.Served()
	assert.Len(t, all, len(after), "a reason that was not provoked")
	for reason, n := range all { // other tests run at the same time
		assert.GreaterOrEqual(t, after[reason]-before[reason], n, reason)
	}
}

// Any other answer than the usual one is the SDK's, as if it had sent the request: no
// request is sent again that it would not send again, and none too few. What is an everyday
// error looks the same.
func TestLaneGivesAnswersToTheSDK(t *testing.T) {
	t.Parallel()
	do := map[string]func(context.Context, driver.Driver) error{
		"get": func(ctx context.Context, d driver.Driver) error {
			_, err := get(ctx, d, "a", driver.GetOptions{})
			return err
		},
		"put": func(ctx context.Context, d driver.Driver) error {
			_, err := d.Put(ctx, "a", []byte("text"), driver.PutOptions{Mode: driver.Overwrite})
			return err
		},
	}
	for _, c := range []struct {
		status   int
		code     string
		want     errs.Code
		requests int32
		by       string
	}{
		{301, "PermanentRedirect", errs.InvalidOption, 1, "answer"},
		{304, "", errs.NotModified, 1, "fast lane"},
		{307, "TemporaryRedirect", errs.InvalidOption, 1, "answer"},
		{400, "InvalidArgument", errs.InvalidArgument, 1, "answer"},
		{403, "AccessDenied", errs.PermissionDenied, 1, "answer"},
		{404, "NoSuchKey", errs.NotFound, 1, "fast lane"},
		{412, "PreconditionFailed", errs.PreconditionFailed, 1, "fast lane"},
		{416, "InvalidRange", errs.RangeNotSatisfiable, 1, "fast lane"},
		{429, "", errs.RateLimited, 3, "answer"},
		{500, "InternalError", errs.Unavailable, 3, "answer"},
		{503, "SlowDown", errs.RateLimited, 3, "answer"},
	} {
		for name, do := range do {
			t.Run(fmt.Sprintf("%d %s", c.status, name), func(t *testing.T) {
				t.Parallel()
				var seen, connections atomic.Int32
				server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					seen.Add(1)
					_, _ = io.Copy(io.Discard, r.Body)
					w.Header().Set("Location", "/elsewhere")
					answer(w, c.status, c.code)
				}))
				server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
					if s == http.StateNew {
						connections.Add(1)
					}
				}
				server.Start()
				t.Cleanup(server.Close)
				d := openLane(t, toLane(server.URL))
				for n := int32(1); n <= 3; n++ {
					err := do(t.Context(), d)
					want := c.want
					if name == "put" && c.status == 412 {
						want = errs.AlreadyExists // what such an answer to a put means
					}
					assert.Equal(t, want, errs.CodeOf(err), "%v", err)
					if e, ok := err.(*errs.Error); assert.True(t, ok) {
						assert.Equal(t, c.status, e.HTTPStatus)
						assert.Equal(t, "the-request", e.RequestID)
					}
					requestsAre(t, int(n*c.requests), &seen)
				}
				assert.Equal(t, map[string]int64{c.by: 3}, s3.ServedOf(d))
				assert.LessOrEqual(t, connections.Load(), int32(2), "one of the lane, and one of the SDK")
			})
		}
	}
}

// What the SDK never asks for is no connection that is lost.
func TestLaneClosesAnAnswerThatTheSDKDoesNotTake(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{}, 10)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(400 * time.Millisecond) // for longer than the credentials last
		answer(w, 403, "AccessDenied")
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateClosed {
			closed <- struct{}{}
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	config := toLane(server.URL)
	config.AccessKeyID, config.SecretAccessKey, config.Pushed = "", "", true
	d := openLane(t, config)
	fed := d.(driver.Fed)
	require.NoError(t, fed.SetCredentials(driver.Credentials{AccessKeyID: "AKIA", SecretAccessKey: secret,
		Expires: time.Now().Add(300 * time.Millisecond)}))
	time.AfterFunc(600*time.Millisecond, func() { assert.NoError(t, fed.NoCredentials()) })
	_, err := d.Get(t.Context(), "a", driver.GetOptions{})
	require.Equal(t, errs.Unauthenticated, errs.CodeOf(err), "%v", err)
	select {
	case <-closed:
	case <-time.After(prompt):
		t.Fatal("the connection is still open")
	}
}

// Also where the SDK waits for the rest of an answer to the lane.
func TestAnInterruptIsSeenInTheBodyOfAnError(t *testing.T) {
	t.Parallel()
	d := openLane(t, toLane(stubFor(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusForbidden)
		w.(http.Flusher).Flush()
		stall(r)
	})))
	start := time.Now()
	ctx := driver.WithCaller(t.Context(), hosttest.New(func() bool { return time.Since(start) > 100*time.Millisecond }))
	_, err := d.Get(ctx, "a", driver.GetOptions{})
	assert.Equal(t, errs.Cancelled, errs.CodeOf(err), "%v", err)
	assert.Less(t, time.Since(start), time.Second)
}

// A body that the SDK opened outlives the call that asked for it.
func TestLaneGivesTheSDKABodyThatOutlivesItsCall(t *testing.T) {
	t.Parallel()
	d := openLane(t, toLane(stubFor(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"e"`)
		w.Header().Set("Content-Length", "4")
		w.WriteHeader(http.StatusNonAuthoritativeInfo) // of a proxy that changes what it brings
		_, _ = io.WriteString(w, "text")
	})))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := d.Get(ctx, "a", driver.GetOptions{})
	require.NoError(t, err)
	cancel()
	data, err := io.ReadAll(driver.Reading(t.Context(), r.Body))
	require.NoError(t, err)
	assert.Equal(t, "text", string(data))
	require.NoError(t, r.Body.Close())
	assert.Equal(t, map[string]int64{"answer": 1}, s3.ServedOf(d))
}

// rawEndpoint has connections, not requests.
func rawEndpoint(t *testing.T, do func(in *bufio.Reader, conn *net.TCPConn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				do(bufio.NewReader(conn), conn.(*net.TCPConn))
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// An endpoint that refuses a body before it has all of it, and closes, is understood.
func TestLaneSeesAnEarlyRefusalOfAPut(t *testing.T) {
	t.Parallel()
	for status, c := range map[int]struct {
		code     string
		want     errs.Code
		requests int32
	}{403: {"AccessDenied", errs.PermissionDenied, 1}, 503: {"SlowDown", errs.RateLimited, 3}} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			var seen atomic.Int32
			d := openLane(t, toLane(rawEndpoint(t, func(in *bufio.Reader, conn *net.TCPConn) {
				if _, err := http.ReadRequest(in); err != nil {
					return
				}
				seen.Add(1)
				_, _ = io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
				_, _ = io.CopyN(io.Discard, in, 10<<10)
				body := "<Error><Code>" + c.code + "</Code></Error>"
				fmt.Fprintf(conn, "HTTP/1.1 %d No\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, len(body), body)
				_ = conn.CloseWrite()
				time.Sleep(100 * time.Millisecond) // a reset may overtake what was said
			})))
			_, err := d.Put(t.Context(), "a", make([]byte, 8<<20), driver.PutOptions{Mode: driver.Overwrite})
			assert.Equal(t, c.want, errs.CodeOf(err), "%v", err)
			requestsAre(t, int(c.requests), &seen)
			assert.Equal(t, map[string]int64{"answer": 1}, s3.ServedOf(d))
		})
	}
}

// What breaks off in the lane goes on in the lane, at the byte where it was.
func TestTheLaneResumesABody(t *testing.T) {
	t.Parallel()
	for name, fault := range bodyFaults {
		if name == "stall" {
			continue // see retry_test.go
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen atomic.Int32
			d := openLane(t, toLane(stubFor(t, func(w http.ResponseWriter, r *http.Request) {
				end := len(whole)
				if seen.Add(1) == 1 {
					end = 7
				}
				serve(t, w, r, end, func() { fault(w, r) })
			})))
			got, err := get(t.Context(), d, "a", driver.GetOptions{})
			require.NoError(t, err)
			assert.Equal(t, whole, got)
			assert.EqualValues(t, 2, seen.Load())
			assert.Equal(t, map[string]int64{"fast lane": 2}, s3.ServedOf(d))
		})
	}
}

// The lane's answers are looked at as the SDK's are.
func TestWrongAnswersInTheLane(t *testing.T) {
	t.Parallel()
	ranged := func(contentRange, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"e"`)
			w.Header().Set("Content-Range", contentRange)
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		o      driver.GetOptions
		want   errs.Code
	}{
		"another range":  {ranged("bytes 0-3/10", "text"), driver.GetOptions{Range: driver.Range{Offset: 2, Length: 4}}, errs.Corrupt},
		"range of range": {ranged("garbage", "text"), driver.GetOptions{Range: driver.Range{Offset: 2, Length: 4}}, errs.Corrupt},
		"range ignored":  {aText, driver.GetOptions{Range: driver.Range{Offset: 2, Length: 2}}, errs.NotSupported},
		"another ETag":   {aText, driver.GetOptions{Conditions: driver.Conditions{IfMatch: `"other"`}}, errs.PreconditionFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openLane(t, toLane(stubFor(t, c.answer)))
			_, err := get(t.Context(), d, "a", c.o)
			assert.Equal(t, c.want, errs.CodeOf(err), "%v", err)
			assert.Equal(t, map[string]int64{"fast lane": 1}, s3.ServedOf(d))
		})
	}
	t.Run("a put without an ETag", func(t *testing.T) {
		t.Parallel()
		d := openLane(t, toLane(stubFor(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") })))
		_, err := d.Put(t.Context(), "a", []byte("x"), driver.PutOptions{Mode: driver.Overwrite})
		assert.Equal(t, errs.Unknown, errs.CodeOf(err), "%v", err)
		assert.Equal(t, map[string]int64{"fast lane": 1}, s3.ServedOf(d))
	})
}

// A refusal because of the clock lets the SDK find out how wrong it is, and the lane learn it.
func TestTheLaneLearnsTheClockOfTheEndpoint(t *testing.T) {
	t.Parallel()
	const ahead = time.Hour
	var seen, refused atomic.Int32
	d := openLane(t, toLane(stubFor(t, func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		now := time.Now().Add(ahead)
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		assert.NoError(t, err)
		if now.Sub(signed).Abs() > 15*time.Minute {
			refused.Add(1)
			answer(w, 403, "RequestTimeTooSkewed")
			return
		}
		aText(w, r)
	})))
	for range 4 {
		got, err := get(t.Context(), d, "a", driver.GetOptions{})
		require.NoError(t, err)
		assert.Equal(t, "text", got)
	}
	assert.EqualValues(t, 1, refused.Load())
	assert.EqualValues(t, 5, seen.Load())
	assert.Equal(t, map[string]int64{"answer": 1, "fast lane": 3}, s3.ServedOf(d))
}

// A refusal because the credentials have expired is answered with new ones, in both lanes.
func TestTheLaneTakesNewCredentials(t *testing.T) {
	t.Parallel()
	var seen atomic.Int32
	var d driver.Driver
	push := func(id string) {
		assert.NoError(t, d.(driver.Fed).SetCredentials(driver.Credentials{AccessKeyID: id, SecretAccessKey: secret}))
	}
	config := toLane(stubFor(t, func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		if asker(r) == "" || strings.HasPrefix(asker(r), "OLD") {
			push("NEW")
			answer(w, 400, "ExpiredToken")
			return
		}
		aText(w, r)
	}))
	config.AccessKeyID, config.SecretAccessKey, config.Pushed = "", "", true
	d = openLane(t, config)
	push("OLD")
	for range 3 {
		got, err := get(t.Context(), d, "a", driver.GetOptions{})
		require.NoError(t, err)
		assert.Equal(t, "text", got)
	}
	assert.EqualValues(t, 4, seen.Load())
	assert.Equal(t, map[string]int64{"answer": 1, "fast lane": 2}, s3.ServedOf(d))
}

// To learn a route asks nobody.
func TestLaneLearnsItsRouteWithoutARequest(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []string
	d := openLane(t, toLane(stubFor(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.Method+" "+r.URL.RequestURI())
		w.Header().Set("ETag", `"e"`)
		w.Header().Set("Content-Length", "0")
	})))
	ctx := t.Context()
	for range 2 {
		_, err := get(ctx, d, "a b", driver.GetOptions{VersionID: "v/1"})
		require.NoError(t, err)
		_, err = d.Head(ctx, "\u00e4", driver.HeadOptions{})
		require.NoError(t, err)
		_, err = d.Put(ctx, "c//d", nil, driver.PutOptions{Mode: driver.Overwrite})
		require.NoError(t, err)
	}
	want := []string{"GET /bucket/a%20b?versionId=v%2F1", "HEAD /bucket/%C3%A4", "PUT /bucket/c//d"}
	assert.Equal(t, append(want, want...), seen)
	assert.Equal(t, map[string]int64{"fast lane": 6}, s3.ServedOf(d))
}

// No value becomes another line of a request: it is refused, and nothing is sent.
func TestLaneRefusesLinesInValues(t *testing.T) {
	t.Parallel()
	var seen atomic.Int32
	d := openLane(t, toLane(stubFor(t, func(http.ResponseWriter, *http.Request) { seen.Add(1) })))
	for _, value := range []string{"a\r\nX-Injected: b", "a\nb", "a\rb", "a\x00b"} {
		for name, o := range map[string]driver.PutOptions{
			"attribute": {Attributes: driver.Attributes{ContentType: value}},
			"metadata":  {Metadata: map[string]string{"a": value}},
			"condition": {Mode: driver.Update, IfMatch: value},
		} {
			_, err := d.Put(t.Context(), "a", []byte("x"), o)
			assert.Error(t, err, "%s %q", name, value)
		}
		_, err := d.Get(t.Context(), "a", driver.GetOptions{Conditions: driver.Conditions{IfMatch: value}})
		assert.Error(t, err, "%q", value)
	}
	assert.Zero(t, seen.Load())
	assert.Equal(t, map[string]int64{"header": 16}, s3.ServedOf(d))
}

// Metadata that is not ASCII is encoded, and goes by the lane.
func TestMetadataInTheLane(t *testing.T) {
	t.Parallel()
	var header atomic.Pointer[http.Header]
	d := openLane(t, toLane(stubFor(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			h := r.Header.Clone()
			header.Store(&h)
		} else {
			w.Header().Set("X-Amz-Meta-A", header.Load().Get("X-Amz-Meta-A"))
		}
		aText(w, r)
	})))
	_, err := d.Put(t.Context(), "a", []byte("text"), driver.PutOptions{Mode: driver.Overwrite, Metadata: map[string]string{"a": "\u00e4 \u4e2d"}})
	require.NoError(t, err)
	assert.Equal(t, "=?utf-8?b?w6Qg5Lit?=", header.Load().Get("X-Amz-Meta-A"))
	o, err := d.Head(t.Context(), "a", driver.HeadOptions{})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"a": "\u00e4 \u4e2d"}, o.Metadata)
	assert.Equal(t, map[string]int64{"fast lane": 2}, s3.ServedOf(d))
}
