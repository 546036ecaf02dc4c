package core

import (
	"cmp"
	"context"
	"io"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// GetOptions selects what Get reads; the zero value is the whole object.
type GetOptions struct {
	Offset int64 // first byte
	Length int64 // number of bytes; 0 is all up to the end
	Suffix int64 // the last so many bytes, if not 0: then Offset and Length are
	Conditions
	VersionID string // "" is the present one
	// Random opens for reads here and there: it asks for size and ETag only,
	// and each Read is one request for just its bytes. Else all bytes come as
	// the answer to one request, and a Seek costs another.
	Random bool
	// Parallel brings large reads sooner, by several requests at once for parts, each
	// straight to its place: [Reader.ReadInto], [Reader.Fill] with a large buffer, and
	// [Reader.ReadToFile]. The first request is for the first part, and all of a small
	// object. Where nobody is waited for, it has no effect.
	Parallel bool
	// Verify compares the bytes with the checksum that the backend keeps of the object, if
	// all of them are read in order. For a parallel read that costs a Head, and has to be a CRC.
	Verify bool
}

// Get opens the object at path, or a range of it. A range that starts at or
// behind the end is RangeNotSatisfiable; one that ends behind it is cut there.
// The caller closes the Reader.
func (s *Store) Get(ctx context.Context, path string, o GetOptions) (*Reader, error) {
	r := &Reader{store: s, path: path, ctx: ctx, random: o.Random}
	err := s.runHere(ctx, "get", path, func(ctx context.Context) error { return r.open(ctx, o) })
	if err != nil {
		return nil, err
	}
	return r, nil
}

// GetFirst is Get, and fills buf with the first bytes at once, all that there
// is room for: what ends early is an error.
func (s *Store) GetFirst(ctx context.Context, path string, o GetOptions, buf []byte) (r *Reader, n int, err error) {
	r = &Reader{store: s, path: path, ctx: ctx, random: o.Random}
	err = s.runHere(ctx, "get", path, func(ctx context.Context) (err error) {
		if err = r.open(ctx, o); err != nil {
			return err
		}
		if n, err = r.fill(ctx, buf); err != nil {
			r.Close()
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return r, n, nil
}

// Reader is an object, or a range of it, that is open for reading. All of it
// is one version: if the object changes meanwhile, a read that has to ask for
// more is Changed. A Reader serves one call at a time.
type Reader struct {
	Info   Info  // Size is that of the whole object
	Offset int64 // of the first byte that the Reader has, in the object
	Length int64 // bytes that the Reader has
	// Verified tells, when all was read, whether it had the checksum that Verify asks for.
	Verified bool

	store   *Store
	path    string
	key     string
	version string          // that was asked for
	ctx     context.Context // of Get, for Read
	random  bool
	// parallel is nil if the bytes are those of one stream.
	parallel *parallel
	next     int64 // in the range: the byte that Read gives next
	stream   stream
	ended    error // why no read may follow
	closed   bool

	requests *driver.Requests // all that were sent for this Reader
	behind   [1]byte          // what a read behind the last byte has room for
}

// stream is the answer to one request; without a Body there is none.
type stream struct {
	driver.Body
	at  int64 // in the range: its next byte
	end int64 // of a parallel reader: where in the range it ends
}

func (o *GetOptions) asked() driver.Range {
	return driver.Range{Offset: o.Offset, Length: o.Length, Suffix: o.Suffix}
}

func (o *GetOptions) check() error {
	if o.Parallel && o.Random {
		return errs.New(errs.InvalidArgument, "a reader for reads here and there reads nothing in parallel: leave out one of both")
	}
	return checkRange(o.asked())
}

func (r *Reader) open(ctx context.Context, o GetOptions) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	if err := r.store.checkRead(&o.Conditions, o.VersionID); err != nil {
		return err
	}
	if r.key, err = r.store.key(r.path); err != nil {
		return err
	}
	r.requests = driver.RequestsOf(ctx)
	asked := o.asked()
	r.version = o.VersionID
	if o.Parallel && r.store.waits && !r.random {
		return r.openParallel(ctx, asked, o)
	}
	if !r.random {
		opened, err := r.request(ctx, driver.GetOptions{
			Range: asked, Conditions: o.Conditions, VersionID: o.VersionID, Verify: o.Verify})
		if err != nil && o.VersionID == "" {
			err = r.store.explain(ctx, r.key, err)
		}
		if err != nil {
			return err
		}
		r.Info, r.Offset, r.Length = r.store.info(opened.Object), opened.Offset, opened.Length
		driver.Expect(ctx, r.Length)
		r.Verified = o.Verify && opened.Object.Digest != (Digest{}) && opened.Length == opened.Object.Size
		return nil
	}
	found, err := r.store.head(ctx, r.key, HeadOptions{Conditions: o.Conditions, VersionID: o.VersionID})
	if err != nil {
		return err
	}
	r.Info = r.store.info(found)
	r.Offset, r.Length, err = asked.Resolve(found.Size)
	return err
}

// request opens a stream.
func (r *Reader) request(ctx context.Context, o driver.GetOptions) (*driver.Reader, error) {
	opened, err := r.store.driver.Get(ctx, r.key, o)
	if err != nil {
		return nil, err
	}
	r.stream = stream{Body: opened.Body, at: r.next}
	return opened, nil
}

// Waits is [Store.Waits].
func (r *Reader) Waits() Wait { return r.store.Waits() }

// Seek moves to an offset in the range, and asks for nothing. One behind the
// end is legal: there is nothing to read.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	err := r.run(context.Background(), func(context.Context) error {
		switch whence {
		case io.SeekStart:
		case io.SeekCurrent:
			offset += r.next
		case io.SeekEnd:
			offset += r.Length
		default:
			return errs.New(errs.InvalidArgument, "whence is %d, but must be 0, 1 or 2", whence)
		}
		if offset < 0 {
			return errs.New(errs.InvalidArgument, "the position would be %d, but must be 0 or more", offset)
		}
		r.next = offset
		return nil
	})
	return r.next, err
}

// Read is [Reader.ReadContext] with the context of Get.
func (r *Reader) Read(p []byte) (int, error) { return r.ReadContext(r.ctx, p) }

// ReadContext reads the next bytes. io.EOF means that all of Length came: a
// body that ends early is an error. After an error it may be called again, and
// goes on where it was.
func (r *Reader) ReadContext(ctx context.Context, p []byte) (n int, err error) {
	return r.upToEnd(ctx, func(ctx context.Context) (int, error) { return r.read(ctx, p) })
}

// upToEnd is run for what may end with [io.EOF], which is no failure.
func (r *Reader) upToEnd(ctx context.Context, do func(context.Context) (int, error)) (n int, err error) {
	atEnd := false
	err = r.run(ctx, func(ctx context.Context) (err error) {
		n, err = do(ctx)
		if atEnd = err == io.EOF; atEnd {
			return nil
		}
		return err
	})
	if atEnd {
		err = io.EOF
	}
	return n, err
}

// read reads once. Only where nothing came, it ends with [io.EOF].
func (r *Reader) read(ctx context.Context, p []byte) (n int, err error) {
	if r.parallel != nil {
		m, failed := r.readParts(ctx, target{memory: p}, int64(len(p)))
		n, err = int(m), failed
	} else if r.random {
		n, err = r.readAt(ctx, p, r.next)
		r.next += int64(n)
	} else {
		n, err = r.readOn(ctx, p)
	}
	if err == io.EOF && (n > 0 || len(p) == 0) {
		err = nil
	}
	return n, err
}

// readOn reads from the stream that goes on at r.next.
func (r *Reader) readOn(ctx context.Context, p []byte) (n int, err error) {
	if r.next > r.Length || r.next == r.Length && !r.streams() {
		return 0, io.EOF
	}
	if err := r.position(ctx); err != nil {
		return 0, err
	}
	s := &r.stream
	n, err = s.Read(ctx, p)
	driver.Transferred(ctx, int64(n))
	s.at += int64(n)
	r.next = s.at
	if err == io.EOF && r.next == r.Length {
		return n, err
	}
	if err == nil && r.next > r.Length {
		err = errs.New(errs.Corrupt, "the body is longer than the %d bytes announced", r.Length)
	}
	if err != nil {
		r.drop()
		err = cmp.Or(driver.Done(ctx), driver.BrokenOff(err, r.next, r.Length))
	}
	if errs.CodeOf(err) == errs.Corrupt {
		r.ended = err // not the end of the object, though all bytes came
	}
	return n, err
}

// streams tells whether the stream goes on at r.next.
func (r *Reader) streams() bool {
	return r.stream.Body != nil && r.stream.at == r.next
}

// position makes the stream one that goes on at r.next.
func (r *Reader) position(ctx context.Context) error {
	if r.streams() {
		return nil
	}
	r.drop()
	_, err := r.request(ctx, r.rest(r.next, r.Length-r.next))
	return driver.Changed(err)
}

// rest asks for a part of the range, of the object that was opened.
func (r *Reader) rest(offset, length int64) driver.GetOptions {
	return driver.GetOptions{
		Range:      driver.Range{Offset: r.Offset + offset, Length: length},
		Conditions: Conditions{IfMatch: r.Info.ETag},
		VersionID:  r.version,
	}
}

// ReadAt is [Reader.ReadAtContext] with the context of Get.
func (r *Reader) ReadAt(p []byte, offset int64) (int, error) {
	return r.ReadAtContext(r.ctx, p, offset)
}

// ReadAtContext fills p from an offset in the range, by one request, and
// moves nothing. Where the range ends first, it is io.EOF.
func (r *Reader) ReadAtContext(ctx context.Context, p []byte, offset int64) (n int, err error) {
	return r.upToEnd(ctx, func(ctx context.Context) (int, error) { return r.readAt(ctx, p, offset) })
}

func (r *Reader) readAt(ctx context.Context, p []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, errs.New(errs.InvalidArgument, "the offset is %d, but must be 0 or more", offset)
	}
	var atEnd error
	if offset >= r.Length || int64(len(p)) > r.Length-offset {
		atEnd = io.EOF
	}
	if offset >= r.Length || len(p) == 0 {
		return 0, atEnd
	}
	p = p[:min(int64(len(p)), r.Length-offset)]
	driver.Expect(ctx, int64(len(p)))
	opened, err := r.store.driver.Get(ctx, r.key, r.rest(offset, int64(len(p))))
	if err != nil {
		return 0, driver.Changed(err)
	}
	defer opened.Body.Close()
	n, err = driver.ReadFull(ctx, opened.Body, p)
	if err != nil {
		return n, driver.BrokenOff(err, int64(n), int64(len(p)))
	}
	return n, atEnd
}

// ReadInto reads all that is left into the beginning of buf, and returns its
// length. A buffer that is too small is InvalidArgument: nothing is cut.
func (r *Reader) ReadInto(buf []byte) (n int, err error) {
	err = r.run(r.ctx, func(ctx context.Context) (err error) {
		left := max(r.Length-r.next, 0)
		if left > int64(len(buf)) {
			return errs.New(errs.InvalidArgument, "the buffer has %d bytes, but %d are to be read: "+
				"give a larger one, or a smaller length", len(buf), left)
		}
		n, err = r.fill(ctx, buf[:left])
		return err
	})
	return n, err
}

// Fill reads into buf until it is full. It ends with fewer bytes at the end, of
// which it gives none only there, and where an error came after some: the
// next call meets it again, if it lasts.
func (r *Reader) Fill(ctx context.Context, buf []byte) (n int, err error) {
	err = r.run(ctx, func(ctx context.Context) (err error) {
		n, err = r.fill(ctx, buf)
		if n > 0 && errs.CodeOf(err) != errs.Corrupt {
			return nil
		}
		return err
	})
	return n, err
}

// fill reads into buf until it is full, or to the end. There it reads once
// more: a checksum that does not hold is reported with the last bytes or
// behind them.
func (r *Reader) fill(ctx context.Context, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		m := 0
		m, err = r.read(ctx, buf[n:])
		n += m
	}
	if err == nil && r.next == r.Length && r.streams() {
		_, err = r.read(ctx, r.behind[:])
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// Close releases the connection; it may be called before the end.
func (r *Reader) Close() error {
	r.drop()
	r.closed = true
	return nil
}

func (r *Reader) drop() {
	if r.stream.Body != nil {
		r.stream.Close()
		r.stream = stream{}
	}
}

func (r *Reader) run(ctx context.Context, do func(context.Context) error) error {
	ctx, _ = driver.CountOn(ctx, r.requests)
	return r.store.runHere(ctx, "get", r.path, func(ctx context.Context) error {
		switch {
		case r.closed:
			return errs.New(errs.Closed, "the reader is closed")
		case r.ended != nil:
			return r.ended
		}
		return do(ctx)
	})
}
