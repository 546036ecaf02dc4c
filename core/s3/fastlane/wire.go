package fastlane

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// wire is a connected socket, below TLS. One goroutine uses it at a time.
type wire interface {
	net.Conn
	// begin lets ctx bound what follows, up to end, and also the wait for one byte. With
	// no time for that, nothing is read or written.
	begin(ctx context.Context, stall time.Duration)
	// setStall changes that wait.
	setStall(stall time.Duration)
	// end is false if ctx may have left its mark on the wire.
	end() bool
	// isQuiet tells whether there is nothing to be read, not even an end.
	isQuiet() bool
}

// threadWire is for the thread of a host: it waits in the kernel. Through a library in
// C, a GET of 4 KiB costs 12 us of CPU so, and 28 where Go's poller wakes the thread; by
// 64 threads 27 and 51.
type threadWire struct {
	net.Conn // closed: it has the addresses only
	fd       int
	ctx      context.Context
	stall    time.Duration
}

// newThreadWire takes the socket of conn.
func newThreadWire(conn *net.TCPConn, opened func(fd uintptr)) (*threadWire, error) {
	defer conn.Close()
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	w := &threadWire{Conn: conn, fd: -1}
	if controlErr := raw.Control(func(fd uintptr) {
		// Another descriptor: Go's poller must not know it, which else would wake a
		// thread for each answer.
		w.fd, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 3)
	}); controlErr != nil {
		return nil, controlErr
	}
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	if opened != nil {
		opened(uintptr(w.fd))
	}
	slice := unix.NsecToTimeval(int64(driver.InterruptEvery))
	for _, err := range []error{
		unix.SetNonblock(w.fd, false),
		// Not poll(2), whose timer costs more: 15 us in the place of 12.
		unix.SetsockoptTimeval(w.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &slice),
		unix.SetsockoptTimeval(w.fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &slice),
	} {
		if err != nil {
			unix.Close(w.fd)
			return nil, os.NewSyscallError("setsockopt", err)
		}
	}
	return w, nil
}

func (w *threadWire) begin(ctx context.Context, stall time.Duration) { w.ctx, w.stall = ctx, stall }

func (w *threadWire) setStall(stall time.Duration) { w.stall = stall }

func (w *threadWire) end() bool {
	w.ctx = nil // it holds what is the caller's
	return true
}

func (w *threadWire) Close() error { return unix.Close(w.fd) }

func (w *threadWire) isQuiet() bool { return isQuiet(w.fd) }

func (w *threadWire) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := w.transfer("read", unix.SYS_RECVFROM, p, 0)
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return n, err
}

func (w *threadWire) Write(p []byte) (done int, err error) {
	for done < len(p) && err == nil {
		n := 0
		n, err = w.transfer("write", unix.SYS_SENDTO, p[done:], unix.MSG_NOSIGNAL)
		done += n
	}
	return done, err
}

// transfer moves some bytes by one call of the system, and waits for it in slices, for
// its context to be asked between them. A signal ends a slice too.
func (w *threadWire) transfer(name string, call uintptr, p []byte, flags uintptr) (int, error) {
	var since time.Time
	for {
		// Each time: bytes that come one by one are no wait, but may take long.
		if err := driver.Done(w.ctx); err != nil {
			return 0, err
		}
		if !since.IsZero() {
			driver.Pass(w.ctx, nil) // behind the question, which all who pass would put off
		}
		if w.stall <= 0 {
			return 0, w.fail(name, os.ErrDeadlineExceeded)
		}
		n, errno := move(call, w.fd, p, flags)
		switch errno {
		case 0:
			return n, nil
		case unix.EAGAIN: // a slice is over
		case unix.EINTR:
			if err := driver.Woken(w.ctx); err != nil {
				return 0, err
			}
		default:
			return 0, w.fail(name, os.NewSyscallError(name, errno))
		}
		if now := time.Now(); since.IsZero() {
			since = now.Add(-driver.InterruptEvery)
		} else if now.Sub(since) >= w.stall {
			return 0, w.fail(name, os.ErrDeadlineExceeded)
		}
	}
}

func (w *threadWire) fail(name string, err error) error {
	return &net.OpError{Op: name, Net: "tcp", Source: w.LocalAddr(), Addr: w.RemoteAddr(), Err: err}
}

// The context bounds what waits; crypto/tls sets a deadline only to close.
func (w *threadWire) SetDeadline(time.Time) error      { return nil }
func (w *threadWire) SetReadDeadline(time.Time) error  { return nil }
func (w *threadWire) SetWriteDeadline(time.Time) error { return nil }

// pollWire is for a goroutine, of which many may wait at once: Go's poller wakes it.
type pollWire struct {
	*net.TCPConn
	ctx   context.Context
	stall time.Duration
	stop  func() bool
}

func (w *pollWire) begin(ctx context.Context, stall time.Duration) {
	w.ctx, w.stall = ctx, stall
	if ctx.Done() != nil {
		w.stop = context.AfterFunc(ctx, func() { _ = w.TCPConn.SetDeadline(time.Unix(1, 0)) })
	}
}

func (w *pollWire) setStall(stall time.Duration) { w.stall = stall }

func (w *pollWire) end() bool {
	clean := w.stop == nil || w.stop()
	w.ctx, w.stop = nil, nil
	return clean
}

func (w *pollWire) Read(p []byte) (int, error) {
	return w.transfer(w.SetReadDeadline, w.TCPConn.Read, p)
}

// Write lasts as long as bytes go off, which no deadline for all of them would say.
func (w *pollWire) Write(p []byte) (done int, err error) {
	for done < len(p) && err == nil {
		n := 0
		n, err = w.transfer(w.SetWriteDeadline, w.TCPConn.Write, p[done:])
		if done += n; n > 0 && errors.Is(err, os.ErrDeadlineExceeded) {
			err = nil // the rest looks at ctx
		}
	}
	return done, err
}

func (w *pollWire) transfer(setDeadline func(time.Time) error, do func([]byte) (int, error), p []byte) (int, error) {
	if err := setDeadline(time.Now().Add(w.stall)); err != nil {
		return 0, err
	}
	// Behind it: the end of ctx may have set the other deadline before.
	if err := driver.Done(w.ctx); err != nil {
		return 0, err
	}
	n, err := do(p)
	if err != nil && n == 0 {
		if ended := driver.Done(w.ctx); ended != nil {
			err = ended
		}
	}
	return n, err
}

func (w *pollWire) isQuiet() (quiet bool) {
	raw, err := w.SyscallConn()
	if err != nil {
		return false
	}
	err = raw.Control(func(fd uintptr) { quiet = isQuiet(int(fd)) })
	return quiet && err == nil
}

func isQuiet(fd int) bool {
	var b [1]byte
	_, errno := move(unix.SYS_RECVFROM, fd, b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	return errno == unix.EAGAIN
}

// move is recvfrom or sendto, without the address that package unix allocates memory for.
func move(call uintptr, fd int, p []byte, flags uintptr) (int, unix.Errno) {
	n, _, errno := unix.Syscall6(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), flags, 0, 0)
	return int(n), errno
}

// notTCP is for what a dialler gives that has no socket of its own.
func notTCP(conn net.Conn) error {
	conn.Close()
	return errs.New(errs.Internal, "a connection of type %T is no TCP connection", conn)
}
