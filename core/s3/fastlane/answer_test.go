package fastlane

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
)

const ok = "HTTP/1.1 200 OK\r\n"

// answers are what an endpoint may say, byte for byte: right bytes or an error come of it,
// and a connection about which anything is in doubt is not used again.
var answers = []struct {
	name, method, text string
	closes             bool // the endpoint closes the connection behind it
	status             int  // 0 is an error
	body               string
	breaks             bool // the body ends in an error
	again              bool // the connection is used again
}{
	{name: "length", text: ok + "Content-Length: 4\r\n\r\nbody", status: 200, body: "body", again: true},
	{name: "no body", text: ok + "Content-Length: 0\r\n\r\n", status: 200, again: true},
	{name: "names in other cases", text: ok + "cOnTeNt-LeNgTh:4\r\n\r\nbody", status: 200, body: "body", again: true},
	{name: "space around values", text: ok + "Content-Length: \t 4 \t\r\n\r\nbody", status: 200, body: "body", again: true},
	{name: "no reason", text: "HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nbody", status: 200, body: "body", again: true},
	{name: "empty reason", text: "HTTP/1.1 200 \r\nContent-Length: 4\r\n\r\nbody", status: 200, body: "body", again: true},
	{name: "error", text: "HTTP/1.1 503 Slow Down\r\nContent-Length: 4\r\n\r\nbody", status: 503, body: "body", again: true},
	{name: "head", method: "HEAD", text: ok + "Content-Length: 4\r\n\r\n", status: 200, again: true},
	{name: "head without a length", method: "HEAD", text: ok + "\r\n", status: 200, again: true},
	{name: "head of chunks", method: "HEAD", text: ok + "Transfer-Encoding: chunked\r\n\r\n", status: 200, again: true},
	{name: "head with a body", method: "HEAD", text: ok + "Content-Length: 4\r\n\r\nbody", status: 200},
	{name: "204", text: "HTTP/1.1 204 No Content\r\n\r\n", status: 204, again: true},
	{name: "304 with a length", text: "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", status: 304, again: true},

	{name: "two lengths", text: ok + "Content-Length: 4\r\nContent-Length: 2\r\n\r\nbody"},
	{name: "a length twice", text: ok + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "two lengths in one", text: ok + "Content-Length: 4, 4\r\n\r\nbody"},
	{name: "length and chunks", text: ok + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"},
	{name: "chunks and length", text: ok + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n4\r\nbody\r\n0\r\n\r\n"},
	{name: "negative length", text: ok + "Content-Length: -4\r\n\r\nbody"},
	{name: "length with a sign", text: ok + "Content-Length: +4\r\n\r\nbody"},
	{name: "length in hex", text: ok + "Content-Length: 0x4\r\n\r\nbody"},
	{name: "empty length", text: ok + "Content-Length:\r\n\r\nbody"},
	{name: "huge length", text: ok + "Content-Length: 9223372036854775808\r\n\r\nbody"},
	{name: "length beyond 64 bits", text: ok + "Content-Length: 18446744073709551620\r\n\r\nbody"},
	{name: "too little", text: ok + "Content-Length: 5\r\n\r\nbody", closes: true, status: 200, body: "body", breaks: true},
	{name: "nothing of it", text: ok + "Content-Length: 5\r\n\r\n", closes: true, status: 200, breaks: true},
	{name: "too much", text: ok + "Content-Length: 4\r\n\r\nbody of another", status: 200, body: "body"},
	{name: "another answer behind it", text: ok + "Content-Length: 4\r\n\r\nbody" + ok + "Content-Length: 5\r\n\r\nwrong", status: 200, body: "body"},

	{name: "chunks", text: ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2;a=b\r\ndy\r\n0\r\n\r\n", status: 200, body: "body", again: true},
	{name: "chunks in capitals", text: ok + "Transfer-Encoding: CHUNKED\r\n\r\n4\r\nbody\r\n0\r\n\r\n", status: 200, body: "body", again: true},
	{name: "chunks with a trailer", text: ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nA: b\r\n\r\n", status: 200, body: "body"},
	{name: "chunks without the last line", text: ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n", closes: true, status: 200, body: "body"},
	{name: "chunks without an end", text: ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n", closes: true, status: 200, body: "body", breaks: true},
	{name: "half a chunk", text: ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nbo", closes: true, status: 200, body: "bo", breaks: true},
	{name: "chunk of no size", text: ok + "Transfer-Encoding: chunked\r\n\r\n\r\nbody\r\n0\r\n\r\n", status: 200, breaks: true},
	{name: "chunk of a bad size", text: ok + "Transfer-Encoding: chunked\r\n\r\n4z\r\nbody\r\n0\r\n\r\n", status: 200, breaks: true},
	{name: "chunk of a negative size", text: ok + "Transfer-Encoding: chunked\r\n\r\n-4\r\nbody\r\n0\r\n\r\n", status: 200, breaks: true},
	{name: "chunk of a huge size", text: ok + "Transfer-Encoding: chunked\r\n\r\n10000000000000004\r\nbody\r\n0\r\n\r\n", status: 200, breaks: true},
	{name: "chunk that is longer than it says", text: ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nbody\r\n0\r\n\r\n", status: 200, body: "bod", breaks: true},
	{name: "too much behind chunks", text: ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\nmore", status: 200, body: "body"},
	{name: "chunks twice", text: ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"},
	{name: "another coding", text: ok + "Transfer-Encoding: gzip, chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"},
	{name: "identity", text: ok + "Transfer-Encoding: identity\r\nContent-Length: 4\r\n\r\nbody"},

	{name: "no length", text: ok + "\r\nbody", closes: true, status: 200, body: "body"},
	{name: "close", text: ok + "Content-Length: 4\r\nConnection: close\r\n\r\nbody", status: 200, body: "body"},
	{name: "Close", text: ok + "Content-Length: 4\r\nconnection: Close\r\n\r\nbody", status: 200, body: "body"},
	{name: "keep-alive", text: ok + "Content-Length: 4\r\nConnection: Keep-Alive\r\n\r\nbody", status: 200, body: "body", again: true},
	{name: "keep-alive, close", text: ok + "Content-Length: 4\r\nConnection: keep-alive, close\r\n\r\nbody", status: 200, body: "body"},
	{name: "keep-alive and close", text: ok + "Content-Length: 4\r\nConnection: keep-alive\r\nConnection: close\r\n\r\nbody", status: 200, body: "body"},
	{name: "another connection", text: ok + "Content-Length: 4\r\nConnection: x-other\r\n\r\nbody", status: 200, body: "body"},
	{name: "HTTP/1.0", text: "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody", status: 200, body: "body"},
	{name: "HTTP/1.0 keep-alive", text: "HTTP/1.0 200 OK\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\nbody", status: 200, body: "body"},
	{name: "HTTP/1.0 with chunks", text: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", closes: true},

	{name: "interim answers", text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + ok + "Content-Length: 4\r\n\r\nbody",
		status: 200, body: "body", again: true},
	{name: "many interim answers", text: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100) + ok + "Content-Length: 4\r\n\r\nbody"},
	{name: "interim answers only", text: "HTTP/1.1 100 Continue\r\n\r\n", closes: true},
	{name: "another protocol", text: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"},

	{name: "nothing", closes: true},
	{name: "half a head", text: ok + "Content-Length: 4\r\n", closes: true},
	{name: "garbage", text: "\x00\xff\x16\x03garbage\r\n\r\n"},
	{name: "HTML", text: "<html>\r\n\r\n</html>"},
	{name: "HTTP/2", text: "\x00\x00\x12\x04\x00\x00\x00\x00\x00", closes: true},
	{name: "another version", text: "HTTP/1.2 200 OK\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "HTTP in small letters", text: "http/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "an empty line before it", text: "\r\n" + ok + "Content-Length: 4\r\n\r\nbody"},
	{name: "status of two digits", text: "HTTP/1.1 20 OK\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "status of four digits", text: "HTTP/1.1 2000 OK\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "status with a sign", text: "HTTP/1.1 +20 OK\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "status below 100", text: "HTTP/1.1 099 OK\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "bare LF", text: "HTTP/1.1 200 OK\nContent-Length: 4\n\nbody", closes: true},
	{name: "bare LF in the head", text: ok + "A: b\nContent-Length: 4\r\n\r\nbody"},
	{name: "bare CR in the head", text: ok + "A: b\rContent-Length: 4\r\n\r\nbody"},
	{name: "folded line", text: ok + "A: b\r\n c\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "folded first line", text: ok + " A: b\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "space before the colon", text: ok + "Content-Length : 4\r\n\r\nbody"},
	{name: "no colon", text: ok + "Content-Length 4\r\n\r\nbody"},
	{name: "no name", text: ok + ": 4\r\n\r\nbody"},
	{name: "NUL in a value", text: ok + "A: b\x00c\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "NUL in a name", text: ok + "A\x00: b\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "control character", text: ok + "A: b\x1bc\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "DEL", text: ok + "A: b\x7fc\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "control character in the reason", text: "HTTP/1.1 200 O\x00K\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "a name that is not ASCII", text: ok + "\xc3\xa4: b\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "a value that is not ASCII", text: ok + "A: \xc3\xa4\r\nContent-Length: 4\r\n\r\nbody", status: 200, body: "body", again: true},
	{name: "100 fields", text: ok + strings.Repeat("A: b\r\n", 99) + "Content-Length: 4\r\n\r\nbody", status: 200, body: "body", again: true},
	{name: "101 fields", text: ok + strings.Repeat("A: b\r\n", 100) + "Content-Length: 4\r\n\r\nbody"},
	{name: "a head of a megabyte", text: ok + "A: " + strings.Repeat("b", 1<<20) + "\r\nContent-Length: 4\r\n\r\nbody"},
	{name: "a head of a megabyte in lines", text: ok + strings.Repeat("A: b\r\n", 1<<20/6) + "Content-Length: 4\r\n\r\nbody"},
}

func TestAnswers(t *testing.T) {
	leavesNothing(t)
	for _, c := range answers {
		t.Run(c.name, func(t *testing.T) {
			onBothWires(t, func(t *testing.T, ctx context.Context) {
				server := newEndpoint(t, answering(func(conn *net.TCPConn) error {
					_, err := io.WriteString(conn, c.text)
					if err == nil && c.closes {
						err = io.EOF
					}
					return err
				}))
				route := server.route(t)
				request := &Request{Method: c.method, Key: "key"}
				if c.method == "" {
					request.Method = "GET"
				}
				for range 2 {
					status, body, err := exchange(ctx, route, request)
					assert.Equal(t, c.status, status, "%v", err)
					assert.Equal(t, c.body, body)
					if c.status == 0 || c.breaks {
						assert.Error(t, err)
					} else {
						assert.NoError(t, err)
					}
				}
				want := 2
				if c.again {
					want = 1
				}
				assert.EqualValues(t, want, server.connections.Load(), "connections")
			})
		})
	}
}

// What is more than the body must not become the next answer, also where a large body
// went past the buffer of the connection.
func TestTooMuchBehindALargeBody(t *testing.T) {
	leavesNothing(t)
	const size = 3 * bufferSize
	onBothWires(t, func(t *testing.T, ctx context.Context) {
		server := newEndpoint(t, saying(ok+"Content-Length: "+"49152\r\n\r\n"+strings.Repeat("a", size)+ok+"Content-Length: 5\r\n\r\nwrong"))
		route := server.route(t)
		for range 2 {
			answer, body, err := route.Send(ctx, nil, aGet)
			require.NoError(t, err)
			require.EqualValues(t, size, answer.Length)
			data := make([]byte, size)
			time.Sleep(10 * time.Millisecond) // all of it is there
			_, err = io.ReadFull(driver.Reading(ctx, body), data)
			require.NoError(t, err)
			n, err := body.Read(ctx, data)
			require.Zero(t, n)
			require.Equal(t, io.EOF, err)
			assert.Equal(t, strings.Repeat("a", size), string(data))
		}
		assert.EqualValues(t, 2, server.connections.Load())
	})
}

func TestAnAnswerInTwoPieces(t *testing.T) {
	leavesNothing(t)
	for _, text := range []string{
		"HTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 4\r\n\r\nbody",
		ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n",
	} {
		onBothWires(t, func(t *testing.T, ctx context.Context) {
			i := 0
			server := newEndpoint(t, answering(func(conn *net.TCPConn) error {
				i++
				_, _ = io.WriteString(conn, text[:i])
				time.Sleep(time.Millisecond)
				_, err := io.WriteString(conn, text[i:])
				return err
			}))
			route := server.route(t)
			for range len(text) - 1 {
				status, body, err := exchange(ctx, route, aGet)
				require.NoError(t, err)
				require.Equal(t, 200, status)
				require.Equal(t, "body", body)
			}
			assert.EqualValues(t, 1, server.connections.Load())
		})
	}
}

// An answer that is not read to its end, or only looked at, ends its connection.
func TestABodyThatIsNotRead(t *testing.T) {
	leavesNothing(t)
	onBothWires(t, func(t *testing.T, ctx context.Context) {
		server := newEndpoint(t, saying(ok+"Content-Length: 4\r\n\r\nbody"))
		route := server.route(t)
		for n := range 3 {
			_, body, err := route.Send(ctx, nil, aGet)
			require.NoError(t, err)
			_, err = io.ReadFull(driver.Reading(ctx, body), make([]byte, n))
			require.NoError(t, err)
			require.NoError(t, body.Close())
			require.NoError(t, body.Close())
			_, err = body.Read(ctx, make([]byte, 1))
			assert.Equal(t, errClosed, err)
		}
		assert.EqualValues(t, 3, server.connections.Load())
	})
}

func TestFieldsOfAnAnswer(t *testing.T) {
	server := newEndpoint(t, saying(ok+"Content-Length: 0\r\nETag: \"e\"\r\nEmpty:\r\nx-two: 1\r\nX-Two: 2\r\n\r\n"))
	answer, body, err := server.route(t).Send(t.Context(), nil, aGet)
	require.NoError(t, err)
	defer body.Close()
	assert.Equal(t, []Header{{"Content-Length", "0"}, {"ETag", `"e"`}, {"Empty", ""}, {"x-two", "1"}, {"X-Two", "2"}}, answer.Fields)
	assert.Equal(t, `"e"`, answer.Get("etag"))
	assert.Equal(t, "1", answer.Get("x-two"))
	_, ok := answer.Look("empty")
	assert.True(t, ok)
	_, ok = answer.Look("none")
	assert.False(t, ok)
}

// script is a wire whose other end has said all already.
type script struct {
	net.Conn
	text   *strings.Reader
	closed bool
}

func (s *script) Read(p []byte) (int, error)           { return s.text.Read(p) }
func (s *script) Write(p []byte) (int, error)          { return len(p), nil }
func (s *script) Close() error                         { s.closed = true; return nil }
func (s *script) begin(context.Context, time.Duration) {}
func (s *script) setStall(time.Duration)               {}
func (s *script) end() bool                            { return true }
func (s *script) isQuiet() bool                        { return s.text.Len() == 0 }

// on is a connection that answers so.
func on(w wire) *conn {
	return &conn{wire: w, lane: &Lane{}, pool: &pool{most: 1, life: time.Hour, ticks: true}, in: bufio.NewReaderSize(w, bufferSize)}
}

// FuzzAnswer compares what is accepted with net/http, which accepts more.
func FuzzAnswer(f *testing.F) {
	for _, c := range answers {
		if len(c.text) < 1000 {
			f.Add([]byte(c.text), c.method == "HEAD")
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, head bool) {
		wire := &script{text: strings.NewReader(string(text))}
		c := on(wire)
		stream, err := c.readHead(head)
		if err != nil {
			return
		}
		answer := c.answer
		body, err := io.ReadAll(driver.Reading(t.Context(), stream))
		again := len(c.pool.idle) == 1
		require.NotEqual(t, again, wire.closed, "a connection is kept, or closed")
		if again {
			require.NoError(t, err)
			require.Zero(t, wire.text.Len()+c.in.Buffered(), "the connection is in doubt")
		}

		request := &http.Request{Method: map[bool]string{true: "HEAD", false: "GET"}[head]}
		in := bufio.NewReader(bytes.NewReader(text))
		response, refused := http.ReadResponse(in, request)
		for refused == nil && response.StatusCode/100 == 1 {
			response, refused = http.ReadResponse(in, request)
		}
		if slices.ContainsFunc(answer.Fields, func(h Header) bool { return strings.EqualFold(h.Name, "trailer") }) {
			return // which is looked at by net/http only
		}
		require.NoError(t, refused)
		require.Equal(t, response.StatusCode, answer.Status)
		if answer.Status != 204 && answer.Status != 304 { // whose length is that of another answer
			require.Equal(t, response.ContentLength, answer.Length)
		}
		require.Equal(t, common(response.Header), common(headerOf(answer)))
		require.False(t, again && response.Close, "the connection was to be closed")
		theirs, broken := io.ReadAll(response.Body)
		if err == nil {
			require.Equal(t, string(theirs), string(body))
			if answer.Length >= 0 || again { // else there may be a trailer, which nobody wants
				require.NoError(t, broken)
			}
		} else {
			require.True(t, bytes.HasPrefix(theirs, body), "%q is not the begin of %q", body, theirs)
		}
	})
}

func headerOf(a Answer) http.Header {
	h := http.Header{}
	for _, f := range a.Fields {
		h.Add(f.Name, f.Value)
	}
	return h
}

// common is h without what net/http takes away or adds.
func common(h http.Header) http.Header {
	h = maps.Clone(h)
	for _, name := range []string{"Transfer-Encoding", "Content-Length", "Pragma", "Cache-Control", "Connection"} {
		h.Del(name)
	}
	return h
}
