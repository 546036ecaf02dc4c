package core

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/crc"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// Span is a range of an object, and the memory that it is read into: all of it.
type Span struct {
	Offset int64
	Buffer []byte
	Filled int // bytes that there are: less than Buffer has only where the object ends

	sum uint64 // the checksum of those
}

func (s *Span) end() int64 { return s.Offset + int64(len(s.Buffer)) }

// SpanOptions says how GetSpans reads.
type SpanOptions struct {
	Conditions
	VersionID string // "" is the present one
	// Coalesce is how many bytes may lie between two spans that one request
	// reads: they are read too, and dropped.
	Coalesce int64
	// Verify compares the bytes with the CRC that the backend keeps of the
	// object, which costs a Head. It can be done where the spans are the whole
	// object, each byte in one of them.
	Verify bool
}

const (
	// spansAtOnce is how many requests of one GetSpans are in flight.
	spansAtOnce = 10
	// spansTogether is how many bytes spans are that one request reads, if they are
	// more than one span: beyond it, several requests bring them sooner.
	spansTogether = 16 << 20
)

// GetSpans reads many ranges of one version of an object: those that lie close
// together by one request, the others at once. One that begins at the end of the
// object or behind is RangeNotSatisfiable. verified tells whether the bytes were
// compared with a checksum, as Verify wants.
func (s *Store) GetSpans(ctx context.Context, path string, spans []Span, o SpanOptions) (info Info, verified bool, err error) {
	err = s.runHere(ctx, "get", path, func(ctx context.Context) error {
		if err := checkSpans(spans, o); err != nil {
			return err
		}
		if err := s.checkRead(&o.Conditions, o.VersionID); err != nil {
			return err
		}
		key, err := s.key(path)
		if err != nil {
			return err
		}
		for i := range spans {
			driver.Expect(ctx, int64(len(spans[i].Buffer)))
		}
		r := &spanReader{store: s, key: key, o: o}
		if err := r.read(ctx, spans); err != nil {
			if o.VersionID == "" {
				err = s.explain(ctx, key, err)
			}
			return err
		}
		info = s.info(r.object)
		if o.Verify {
			verified, err = r.verify(spans)
		}
		return err
	})
	return info, verified, err
}

func checkSpans(spans []Span, o SpanOptions) error {
	if o.Coalesce < 0 {
		return errs.New(errs.InvalidArgument, "coalesce is %d, but must be 0 (no gap) or more", o.Coalesce)
	}
	if len(spans) == 0 {
		return errs.New(errs.InvalidArgument, "there is no range to read")
	}
	for i := range spans {
		switch span := &spans[i]; {
		case len(span.Buffer) == 0:
			return errs.New(errs.InvalidArgument, "range %d has no bytes", i)
		case span.Offset < 0:
			return errs.New(errs.InvalidArgument, "range %d begins at %d, but must begin at 0 or behind", i, span.Offset)
		case span.end() < 0:
			return errs.New(errs.InvalidArgument, "range %d ends behind 2^63", i)
		}
	}
	return nil
}

// spanReader is one GetSpans.
type spanReader struct {
	store *Store
	key   string
	o     SpanOptions
	crc   *crc.Algorithm // of the checksum that the backend keeps, to be verified; or nil

	mu     sync.Mutex
	object driver.Object // of the first answer
	known  bool
}

// read fills all spans. Nothing looks at them any more when it returns.
func (r *spanReader) read(ctx context.Context, spans []Span) error {
	if r.o.Verify {
		if err := r.head(ctx); err != nil {
			return err
		}
	}
	requests := r.coalesce(spans)
	if r.store.waits {
		return safego.Many(ctx, len(requests), spansAtOnce, func(ctx context.Context, i int) error {
			return r.readTogether(ctx, requests[i])
		})
	}
	for _, together := range requests { // which asks the thread of the call whether to go on
		if err := r.readTogether(ctx, together); err != nil {
			return err
		}
	}
	return nil
}

// head finds out which checksum there is.
func (r *spanReader) head(ctx context.Context) error {
	object, err := r.store.driver.Head(ctx, r.key, HeadOptions{Conditions: r.o.Conditions, VersionID: r.o.VersionID})
	if err != nil {
		return err
	}
	if algorithm, ok := crc.Algorithms[object.Digest.Algorithm]; ok {
		r.crc = &algorithm
	}
	return r.same(object)
}

// coalesce returns the spans that one request reads, in their order in the object.
func (r *spanReader) coalesce(spans []Span) (requests [][]*Span) {
	ordered := make([]*Span, len(spans))
	for i := range spans {
		ordered[i] = &spans[i]
	}
	slices.SortStableFunc(ordered, func(a, b *Span) int { return cmp.Compare(a.Offset, b.Offset) })
	begin, end := int64(0), int64(0)
	for i, span := range ordered {
		if i == 0 || span.Offset-end > r.o.Coalesce || span.end()-begin > spansTogether {
			requests = append(requests, nil)
			begin, end = span.Offset, 0
		}
		last := len(requests) - 1
		requests[last] = append(requests[last], span)
		end = max(end, span.end())
	}
	return requests
}

// readTogether fills spans by one request.
func (r *spanReader) readTogether(ctx context.Context, spans []*Span) error {
	begin, end := spans[0].Offset, int64(0)
	for _, span := range spans {
		end = max(end, span.end())
	}
	opened, err := r.store.driver.Get(ctx, r.key, driver.GetOptions{
		Range: driver.Range{Offset: begin, Length: end - begin}, Conditions: r.o.Conditions, VersionID: r.o.VersionID,
	})
	if err != nil {
		return err
	}
	defer opened.Body.Close()
	if err := r.same(opened.Object); err != nil {
		return err
	}
	return r.fill(ctx, opened, begin, spans)
}

// fill fills spans, which are in order, from a body that begins where the first does.
func (r *spanReader) fill(ctx context.Context, opened *driver.Reader, begin int64, spans []*Span) error {
	at, end := begin, begin+opened.Length // of the body, in the object
	longest := spans[0]                   // of those that are filled: what comes before at is in it
	for _, span := range spans {
		if span.Offset >= end {
			return errs.New(errs.RangeNotSatisfiable, "a range begins at %d, but the object has %d bytes", span.Offset, end)
		}
		if gap := span.Offset - at; gap > 0 {
			if n, err := skip(ctx, opened.Body, gap); err != nil {
				return driver.BrokenOff(err, at+n-begin, opened.Length)
			}
			at = span.Offset
		}
		buffer := span.Buffer[:min(int64(len(span.Buffer)), end-span.Offset)]
		n := 0
		if span.Offset < at {
			n = copy(buffer, longest.Buffer[span.Offset-longest.Offset:longest.Filled])
		}
		driver.Expect(ctx, int64(len(buffer)-len(span.Buffer)-n)) // what is cut, and what has come
		m, err := driver.ReadFull(ctx, opened.Body, buffer[n:])
		if at += int64(m); err != nil {
			return driver.BrokenOff(err, at-begin, opened.Length)
		}
		if span.Filled = len(buffer); span.end() > longest.end() {
			longest = span
		}
		if r.crc != nil {
			span.sum = r.crc.Sum(buffer)
		}
	}
	return nil
}

// skip reads n bytes for nobody.
func skip(ctx context.Context, body driver.Body, n int64) (done int64, err error) {
	buffer := make([]byte, min(n, 32<<10))
	for done < n && err == nil {
		m := 0
		m, err = body.Read(ctx, buffer[:min(n-done, int64(len(buffer)))])
		done += int64(m)
	}
	if done == n {
		return n, nil // an error that came with the last bytes comes again
	}
	return done, err
}

// same refuses what is not of the version that another answer was of.
func (r *spanReader) same(object driver.Object) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.known {
		r.object, r.known = object, true
	}
	if r.object.ETag != object.ETag || r.object.Size != object.Size {
		return errs.New(errs.Changed, "the object changed while its ranges were read")
	}
	return nil
}

// verify compares the bytes with the checksum of the object, if they can be.
func (r *spanReader) verify(spans []Span) (bool, error) {
	if r.crc == nil {
		return false, nil
	}
	ordered := slices.SortedFunc(slices.Values(spans), func(a, b Span) int { return cmp.Compare(a.Offset, b.Offset) })
	sum, next := uint64(0), int64(0)
	for _, span := range ordered {
		if span.Offset != next {
			return false, nil
		}
		sum = r.crc.Combine(sum, span.sum, int64(span.Filled))
		next += int64(span.Filled)
	}
	if next != r.object.Size {
		return false, nil
	}
	err := sameDigest(*r.crc, sum, r.object.Digest)
	return err == nil, err
}
