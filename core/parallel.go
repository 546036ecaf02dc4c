package core

import (
	"cmp"
	"context"
	"encoding/hex"
	"hash"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/crc"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// A parallel reader reads in parts, each by a request of its own that has the ETag of the
// first, straight to where they belong: so nothing is kept in between.
//
// A part is a 64th of what there is to be read, but 8 MiB at least, that its request and the
// first round trip are small beside it, and 32 MiB at most, that the last ones end together.
// Four are in flight at first; when as many have come, twice as many are, up to 16, for as long
// as the bytes of a second are a tenth more by that; if they are not, it goes back for good.
const (
	partsOfAll = 64
	minAtOnce  = 4
	maxAtOnce  = 16
	worthMore  = 1.1
)

var smallestPart, largestPart int64 = 8 << 20, 32 << 20 // variables for tests, which have less to read

// parallel is what a Reader has for it.
type parallel struct {
	verify *crc.Algorithm // nil is none
	sum    uint64         // of the bytes from the beginning on
	summed int64          // their number
}

// openParallel is open, apart from a thread of a host: its connections are those of
// goroutines, which read the parts.
func (r *Reader) openParallel(ctx context.Context, asked driver.Range, o GetOptions) error {
	r.parallel = &parallel{}
	open := r.openFirst
	if o.Verify || asked.Suffix > smallestPart {
		open = r.openParts
	}
	err := safego.Apart(ctx, func(ctx context.Context) error { return open(ctx, asked, o) })
	if err != nil && o.VersionID == "" {
		err = r.store.explain(ctx, r.key, err)
	}
	driver.Expect(ctx, r.Length)
	return err
}

// openFirst opens the first part, whose answer tells how much there is.
func (r *Reader) openFirst(ctx context.Context, asked driver.Range, o GetOptions) error {
	first := asked
	if first.Suffix == 0 && (first.Length == 0 || first.Length > smallestPart) {
		first.Length = smallestPart
	}
	get := func(piece driver.Range) (*driver.Reader, error) {
		return r.request(ctx, driver.GetOptions{Range: piece, Conditions: o.Conditions, VersionID: o.VersionID})
	}
	opened, err := get(first)
	if asked.Whole() && errs.CodeOf(err) == errs.RangeNotSatisfiable { // of an empty object
		opened, err = get(asked)
	}
	if err != nil {
		return err
	}
	r.stream.end = opened.Length
	r.Info = r.store.info(opened.Object)
	if r.Offset, r.Length, err = asked.Resolve(opened.Object.Size); err != nil {
		r.drop()
	}
	return err
}

// openParts finds out what there is, and opens nothing: for what does not say where it
// begins, and for the checksum.
func (r *Reader) openParts(ctx context.Context, asked driver.Range, o GetOptions) error {
	found, err := r.store.driver.Head(ctx, r.key, HeadOptions{Conditions: o.Conditions, VersionID: o.VersionID})
	if err != nil {
		return err
	}
	r.Info = r.store.info(found)
	r.Offset, r.Length, err = asked.Resolve(found.Size)
	if algorithm, ok := crc.Algorithms[found.Digest.Algorithm]; ok && o.Verify && r.Length == found.Size {
		r.parallel.verify = &algorithm
	}
	return err
}

// target is where bytes go: memory, or a file from an offset on.
type target struct {
	memory []byte
	file   io.WriterAt
	offset int64
}

// part is what is read of one request.
type part struct {
	at, length int64 // in the range
	end        int64 // of the request, of which more may be left
	body       driver.Body
	sum        uint64
}

// readParts reads so many bytes from r.next on, all of them or none.
func (r *Reader) readParts(ctx context.Context, to target, length int64) (int64, error) {
	length = min(length, r.Length-r.next)
	if length <= 0 {
		return 0, io.EOF
	}
	parts := r.parts(length)
	err := safego.Apart(ctx, func(ctx context.Context) error { return r.readTogether(ctx, parts, to) })
	if err == nil {
		err = r.compare(parts)
	}
	if errs.CodeOf(err) == errs.Corrupt {
		r.ended = err
	}
	r.stream = stream{}
	for _, p := range parts {
		if p.body == nil {
			continue
		}
		if at := p.at + p.length; err == nil && at < p.end {
			r.stream = stream{Body: p.body, at: at, end: p.end}
		} else {
			p.body.Close()
		}
	}
	if err != nil {
		return 0, err
	}
	r.next += length
	return length, nil
}

// parts are those of so many bytes: what is left of a request, and new ones. The last of
// these is for a whole part, also if less is wanted now.
func (r *Reader) parts(length int64) (parts []*part) {
	at, end := r.next, r.next+length
	if r.streams() {
		parts = append(parts, &part{at: at, length: min(r.stream.end-at, length), end: r.stream.end, body: r.stream.Body})
		at += parts[0].length
	} else {
		r.drop()
	}
	size := min(max((r.Length+partsOfAll-1)/partsOfAll, smallestPart), largestPart)
	for ; at < end; at += size {
		parts = append(parts, &part{at: at, length: min(size, end-at), end: min(at+size, r.Length)})
	}
	return parts
}

// readTogether reads parts, of which the first error ends all. Nothing is written any more
// when it returns.
func (r *Reader) readTogether(ctx context.Context, parts []*part, to target) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if len(parts) == 1 {
		return r.readPart(ctx, parts[0], to, r.next, new(atomic.Int64))
	}
	var (
		came    atomic.Int64 // bytes
		failed  error
		flying  int
		results = make([]<-chan error, len(parts))
		over    = make(chan int, len(parts))
		pace    = pace{atOnce: minAtOnce, since: time.Now()}
	)
	for next := 0; flying > 0 || next < len(parts) && failed == nil; {
		if next < len(parts) && failed == nil && flying < pace.atOnce {
			i := next
			results[i] = safego.StartThen(
				func() error { return r.readPart(ctx, parts[i], to, r.next, &came) }, func() { over <- i })
			next, flying = next+1, flying+1
			continue
		}
		err := <-results[<-over]
		flying--
		if err != nil {
			failed = cmp.Or(failed, err)
			cancel() // the others
		}
		pace.partCame(came.Load(), time.Now())
	}
	return failed
}

// pieces are what a part is read by: bytes that are still in the cache of the processor when
// they are summed, or written to a file.
var pieces = sync.Pool{New: func() any { return new([1 << 20]byte) }}

// readPart reads one part into target, which begins where from is in the range.
func (r *Reader) readPart(ctx context.Context, p *part, to target, from int64, came *atomic.Int64) error {
	if p.body == nil {
		opened, err := r.store.driver.Get(ctx, r.key, r.rest(p.at, p.end-p.at))
		if err != nil {
			return driver.Changed(err)
		}
		p.body = opened.Body
		if opened.Object.ETag != r.Info.ETag || opened.Object.Size != r.Info.Size || opened.Length != p.end-p.at {
			return errs.New(errs.Changed, "the object changed after it was opened")
		}
	}
	var spare *[1 << 20]byte
	if to.file != nil {
		spare = pieces.Get().(*[1 << 20]byte)
		defer pieces.Put(spare)
	}
	var sum hash.Hash
	if r.parallel.verify != nil {
		sum = r.parallel.verify.New()
	}
	for done := int64(0); done < p.length; {
		at, size := p.at-from+done, min(p.length-done, int64(len(spare)))
		var piece []byte
		if to.file == nil {
			piece = to.memory[at : at+size]
		} else {
			piece = spare[:size]
		}
		n, err := driver.ReadFull(ctx, p.body, piece)
		if done += int64(n); err != nil {
			return cmp.Or(driver.Done(ctx), driver.BrokenOff(err, done, p.length))
		}
		if sum != nil {
			_, _ = sum.Write(piece) // never fails ("hash".Hash)
		}
		if to.file != nil {
			if err := writeAt(to.file, piece, to.offset+at); err != nil {
				return err
			}
		}
		came.Add(int64(n))
	}
	if sum != nil {
		p.sum = r.parallel.verify.Decode(sum.Sum(nil))
	}
	return nil
}

// compare compares the checksum of all bytes with the one that is kept, when they have come,
// each behind the one before.
func (r *Reader) compare(parts []*part) error {
	p := r.parallel
	if p.verify == nil || r.next != p.summed {
		return nil
	}
	for _, part := range parts {
		p.sum = p.verify.Combine(p.sum, part.sum, part.length)
		p.summed += part.length
	}
	if p.summed < r.Info.Size {
		return nil
	}
	if err := sameDigest(*p.verify, p.sum, r.Info.Digest); err != nil {
		return err
	}
	r.Verified = true
	return nil
}

func sameDigest(algorithm crc.Algorithm, sum uint64, kept Digest) error {
	if hex.EncodeToString(algorithm.Encode(sum)) != kept.Hex {
		return errs.New(errs.Corrupt, "the bytes do not have the %s checksum that the endpoint keeps of the object", kept.Algorithm)
	}
	return nil
}

// pace is how many parts are in flight.
type pace struct {
	atOnce int
	before int     // as many as were, while it tries more
	rate   float64 // bytes in a second, with those
	steady bool

	// What came since the last change.
	since time.Time
	bytes int64 // that had come then
	parts int
}

// partCame notes that a part came, and so many bytes of all.
func (p *pace) partCame(bytes int64, now time.Time) {
	if p.parts++; p.steady || p.parts < p.atOnce {
		return
	}
	rate := float64(bytes-p.bytes) / max(now.Sub(p.since).Seconds(), 1e-9)
	switch {
	case rate < p.rate*worthMore:
		p.atOnce, p.steady = p.before, true
	case p.atOnce == maxAtOnce:
		p.steady = true
	default:
		p.before, p.atOnce = p.atOnce, p.atOnce*2
	}
	p.rate, p.since, p.bytes, p.parts = rate, now, bytes, 0
}

// ReadToFile reads all that is left into a file, whose byte at offset is the first, and
// returns its length. After an error the content of that part of the file is undefined.
func (r *Reader) ReadToFile(ctx context.Context, file io.WriterAt, offset int64) (n int64, err error) {
	err = r.run(ctx, func(ctx context.Context) error {
		if offset < 0 {
			return errs.New(errs.InvalidArgument, "the offset in the file is %d, but must be 0 or more", offset)
		}
		if r.parallel != nil {
			n, err = r.readParts(ctx, target{file: file, offset: offset}, r.Length-r.next)
			if err == io.EOF {
				err = nil
			}
			return err
		}
		piece := pieces.Get().(*[1 << 20]byte)
		defer pieces.Put(piece)
		for {
			m, err := r.fill(ctx, piece[:])
			if m == 0 || err != nil {
				return err
			}
			if err := writeAt(file, piece[:m], offset+n); err != nil {
				return err
			}
			n += int64(m)
		}
	})
	return n, err
}

func writeAt(file io.WriterAt, p []byte, offset int64) error {
	if _, err := file.WriteAt(p, offset); err != nil {
		return errs.Wrap(err, errs.IO, "the file cannot be written: %v", err)
	}
	return nil
}
