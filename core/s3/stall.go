package s3

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// stallGuard ends a read or a write during which no byte moves for so long.
// There is no limit on the whole of a transfer, because that one ends healthy
// large downloads (apache/arrow-rs-object-store#15).
type stallGuard struct {
	net.Conn
	timeout time.Duration
	patient atomic.Bool // until the first byte of an answer
}

// patience is how many times longer an endpoint may say nothing while it
// copies, or puts parts together, and only then answers.
const patience = 10

func newStallGuard(conn net.Conn, timeout time.Duration) *stallGuard {
	return &stallGuard{Conn: conn, timeout: timeout}
}

func (c *stallGuard) deadline() time.Time {
	if c.patient.Load() {
		return time.Now().Add(patience * c.timeout)
	}
	return time.Now().Add(c.timeout)
}

func (c *stallGuard) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(c.deadline()); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.patient.Store(false)
	}
	return n, err
}

// Write sets both deadlines: a read has been waiting since the connection
// became idle, and has to wait for the answer from now on.
func (c *stallGuard) Write(p []byte) (int, error) {
	if err := c.SetDeadline(c.deadline()); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// isSlow tells whether the endpoint does more for r than it sends: a copy, or
// the completion of an upload.
func isSlow(r *http.Request) bool {
	return r.Header.Get("X-Amz-Copy-Source") != "" ||
		r.Method == http.MethodPost && r.URL.Query().Has("uploadId")
}

// bePatient makes the guard of a connection that was chosen for such a request
// wait longer.
func bePatient(chosen httptrace.GotConnInfo) {
	conn := chosen.Conn
	for { // one layer for the endpoint, and one for a proxy
		secured, ok := conn.(*tls.Conn)
		if !ok {
			break
		}
		conn = secured.NetConn()
	}
	if guard, ok := conn.(*stallGuard); ok {
		guard.patient.Store(true)
	}
}
