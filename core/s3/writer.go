package s3

import (
	"cmp"
	"context"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

const (
	defaultPartSize = 8 << 20

	// Parts grow after the first thousand, so that maxParts of them make
	// 5 TiB, the most that an object may have: all of 8 MiB they would be
	// 78 GiB. The last one has 1.1 GiB then.
	evenParts  = 1000
	partGrowth = 132 << 10
)

// partSize is how many bytes the part with this number has, from 1.
func partSize(first int64, number int) int64 {
	return first + int64(max(0, number-evenParts))*partGrowth
}

// writer writes an object of unknown size: in one request if it fits into one
// part, else as a multipart upload, whose parts are sent while the next one is
// filled. manager.Uploader is no help here: it ends at 48.8 GiB, and aborts by
// the context that may be over (aws/aws-sdk-go-v2#3341).
type writer struct {
	backend *backend
	key     string
	o       driver.PutOptions

	buffer []byte // the part that is being filled
	taken  int64  // of the budget, for buffer
	number int    // of that part
	upload *upload
}

func (b *backend) NewWriter(ctx context.Context, key string, o driver.PutOptions) (driver.Writer, error) {
	if err := driver.Done(ctx); err != nil {
		return nil, err
	}
	if err := b.checkAncestors(ctx, key); err != nil {
		return nil, err
	}
	return &writer{backend: b, key: key, o: o, number: 1}, nil
}

func (w *writer) Write(ctx context.Context, p []byte) error {
	for len(p) > 0 {
		size := w.backend.sizeOfPart(w.number)
		// A full part waits for another byte: if none comes it is the last
		// one, and a single one needs no upload.
		if int64(len(w.buffer)) == size {
			if err := w.send(ctx); err != nil {
				return err
			}
			continue
		}
		n := min(int64(len(p)), size-int64(len(w.buffer)))
		if err := w.fill(ctx, p[:n], size); err != nil {
			return err
		}
		p = p[n:]
	}
	return driver.Done(ctx)
}

// Room is what the buffer takes without more of the budget.
func (w *writer) Room() int { return int(w.taken) - len(w.buffer) }

// fill adds p to the buffer, which grows up to size.
func (w *writer) fill(ctx context.Context, p []byte, size int64) error {
	if need := int64(len(w.buffer) + len(p)); need > w.taken {
		grown := size
		if w.number == 1 { // there may be no second part, nor much of the first
			grown = min(size, max(need, 2*w.taken, 64<<10))
		}
		if err := w.backend.budget.Take(ctx, grown-w.taken); err != nil {
			return err
		}
		w.taken = grown
		w.buffer = append(w.backend.memoryOf(grown, size), w.buffer...)
	}
	w.buffer = append(w.buffer, p...)
	return nil
}

// memoryOf is memory of this capacity; size is that of whole parts.
func (b *backend) memoryOf(capacity, size int64) []byte {
	if capacity < size {
		return make([]byte, 0, capacity)
	}
	return b.buffers.take(size)
}

// send sends the buffer off as the next part.
func (w *writer) send(ctx context.Context) error {
	if w.upload == nil {
		u, err := w.backend.newUpload(ctx, w.key, target{w.o.Mode, w.o.IfMatch}, w.backend.attributesFor(w.o), w.backend.checksum())
		if err != nil {
			return err
		}
		w.upload = u
	}
	upload, number, data, taken := w.upload, w.number, w.buffer, w.taken
	w.backend.budget.Fly(taken)
	w.number, w.buffer, w.taken = number+1, nil, 0
	err := upload.flying.Go(ctx, func() error {
		defer w.backend.budget.Land(taken)
		defer w.backend.buffers.give(data)
		return upload.flying.lend(data, func(ctx context.Context, l *lent) error { return upload.part(ctx, number, l) })
	})
	if err != nil {
		w.backend.budget.Land(taken)
	}
	return err
}

func (w *writer) Commit(ctx context.Context) (driver.Object, error) {
	defer w.empty()
	if w.upload == nil {
		return w.backend.put(ctx, w.key, w.buffer, target{w.o.Mode, w.o.IfMatch}, w.backend.attributesFor(w.o))
	}
	if err := cmp.Or(w.send(ctx), w.upload.flying.Wait(ctx)); err != nil {
		return driver.Object{}, err
	}
	return w.upload.Commit(ctx)
}

func (w *writer) Abort(ctx context.Context) error {
	w.empty()
	if w.upload == nil {
		return nil
	}
	return w.upload.Abort(ctx)
}

// empty gives the buffer back.
func (w *writer) empty() {
	w.backend.budget.Return(w.taken)
	w.buffer, w.taken = nil, 0
}

// putParts writes a large object in parts, without a copy of its bytes.
func (b *backend) putParts(ctx context.Context, key string, data []byte, o driver.PutOptions) (driver.Object, error) {
	unchanged := func() error { return nil }
	return b.inParts(ctx, key, int64(len(data)), parallelParts, o, unchanged, func(u *upload, number int, offset, length int64) error {
		return u.flying.send(ctx, data[offset:offset+length], func(ctx context.Context, l *lent) error { return u.part(ctx, number, l) })
	})
}

// inParts writes an object of a known size as an upload, of which send sends the parts, so
// many at once. It is published if unchanged says so.
func (b *backend) inParts(ctx context.Context, key string, size int64, parallel int, o driver.PutOptions, unchanged func() error,
	send func(u *upload, number int, offset, length int64) error) (driver.Object, error) {
	u, err := b.newUpload(ctx, key, target{o.Mode, o.IfMatch}, b.attributesFor(o), b.checksum())
	if err != nil {
		return driver.Object{}, err
	}
	u.flying.Group = safego.NewGroup(parallel)
	defer u.flying.takeBack() // nobody may look at the caller's data after the call
	length := b.partSizeOf(size)
	for number, offset := 1, int64(0); offset < size && err == nil; number, offset = number+1, offset+length {
		err = send(u, number, offset, min(length, size-offset))
	}
	if err == nil {
		err = u.flying.Wait(ctx)
	}
	if err == nil {
		err = unchanged()
	}
	if err == nil {
		var object driver.Object
		if object, err = u.Commit(ctx); err == nil {
			return object, nil
		}
	}
	return driver.Object{}, u.abortAfter(ctx, err)
}

// sizeOfPart is that of a stream of unknown size.
func (b *backend) sizeOfPart(number int) int64 {
	if b.config.EvenParts {
		return b.partSize()
	}
	return partSize(b.partSize(), number)
}

func (b *backend) partSize() int64 { return cmp.Or(b.config.PartSize, defaultPartSize) }

// partSizeOf is the part size of an object of known size.
func (b *backend) partSizeOf(size int64) int64 {
	return max(b.partSize(), (size+maxParts-1)/maxParts)
}
