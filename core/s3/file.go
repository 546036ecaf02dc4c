package s3

import (
	"context"

	"github.com/libremotestore/libremotestore/core/driver"
)

// parallelReads are the parts of one file that are held in memory: of 8 MiB each.
const parallelReads = 3

// PutFrom reads the parts of a large object into memory that is used again. It maps
// no file: one that is cut would end the process by a signal.
func (b *backend) PutFrom(ctx context.Context, key string, source driver.Source, o driver.PutOptions) (driver.Object, error) {
	if err := b.checkAncestors(ctx, key); err != nil {
		return driver.Object{}, err
	}
	size := source.Size()
	if size > b.partSize() {
		return b.inParts(ctx, key, size, parallelReads, o, source.Unchanged, func(u *upload, number int, offset, length int64) error {
			return b.sendRead(ctx, u, number, source, offset, length)
		})
	}
	if err := b.budget.Take(ctx, size); err != nil {
		return driver.Object{}, err
	}
	defer b.budget.Return(size)
	memory := b.memoryOf(size, b.partSize())
	_, err := source.ReadAt(memory[:size], 0)
	if err == nil {
		err = source.Unchanged()
	}
	if err != nil {
		return driver.Object{}, err
	}
	return b.put(ctx, key, memory[:size], target{o.Mode, o.IfMatch}, b.attributesFor(o))
}

// sendRead reads a part, and sends it, as soon as there is room for it.
func (b *backend) sendRead(ctx context.Context, u *upload, number int, source driver.Source, offset, length int64) error {
	whole := b.partSizeOf(source.Size())
	if err := b.budget.Take(ctx, whole); err != nil {
		return err
	}
	b.budget.Fly(whole)
	err := u.flying.Go(ctx, func() error {
		defer b.budget.Land(whole)
		memory := b.buffers.take(whole)
		defer b.buffers.give(memory)
		data := memory[:length]
		sums := b.lane.newSums(uploadPart, len(data))
		if err := readInto(u.flying.ctx, data, source, offset, sums); err != nil {
			return err
		}
		return u.flying.lend(data, func(ctx context.Context, l *lent) error {
			l.sums = sums
			return u.part(ctx, number, l)
		})
	})
	if err != nil {
		b.budget.Land(whole)
	}
	return err
}

// readInto fills data, and sums up each piece while it is in the cache.
func readInto(ctx context.Context, data []byte, source driver.Source, offset int64, sums *sums) error {
	for len(data) > 0 {
		if err := driver.Done(ctx); err != nil {
			return err
		}
		piece := data[:min(len(data), summedAtOnce)]
		if _, err := source.ReadAt(piece, offset); err != nil {
			return err
		}
		sums.add(piece)
		data, offset = data[len(piece):], offset+int64(len(piece))
	}
	return nil
}
