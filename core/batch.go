package core

import (
	"context"
	"sync"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// Content is the bytes of an object of [Store.GetMany], or why there are none.
type Content struct {
	Data []byte
	Size int64 // of the whole object; 0 if it is not known
	Err  error
}

// Described is an object of [Store.HeadMany], or why it is not described.
type Described struct {
	Info Info
	Err  error
}

// batchAtOnce is how many requests of one batch are in flight.
const batchAtOnce = 16

// batchPiece is how much of one object is read before it is the turn of another.
const batchPiece = 256 << 10

// defaultBatch is how many bytes the results of a batch have where the backend sets no limit.
const defaultBatch = 128 << 20

// GetMany reads many objects, or of each the range that o says, with the errors of
// [Store.Get] for each. They have as many bytes together as the memory budget of the
// store allows: one that has more by itself is InvalidArgument, and so are that which
// does not fit any more and those that were not asked for yet then. allocate gives the
// memory for an object, one at a time; nil is make. After an err, which is one of a path
// or a range that cannot be, before all else, or of the whole call, nobody uses that
// memory any more.
func (s *Store) GetMany(ctx context.Context, paths []string, o GetOptions, allocate func(n int64) ([]byte, error)) ([]Content, error) {
	if allocate == nil {
		allocate = func(n int64) ([]byte, error) { return make([]byte, n), nil }
	}
	found := make([]Content, len(paths))
	most := s.batchBytes()
	room := &room{most: most, left: most, allocate: allocate}
	err := s.many(ctx, "get", paths, o, func(ctx context.Context, i int) (err error) {
		found[i], err = s.content(ctx, paths[i], o, room)
		return err
	}, func(i int, err error) { found[i].Err = err })
	return found, err
}

// content reads an object into memory that room has for it.
func (s *Store) content(ctx context.Context, path string, o GetOptions, room *room) (found Content, err error) {
	if room.isFull() {
		return found, room.refusal()
	}
	r := Reader{store: s, path: path, ctx: ctx}
	defer r.drop()
	if err := r.open(ctx, o); err != nil {
		return found, err
	}
	found.Size = r.Info.Size
	data, err := room.take(r.Length)
	for n := int64(0); err == nil; {
		filled := 0
		filled, err = r.fill(ctx, data[n:min(n+batchPiece, r.Length)])
		if n += int64(filled); n == r.Length {
			break
		}
		driver.Pass(ctx, nil) // the others, whose bodies come meanwhile
	}
	if err == nil {
		found.Data = data
	}
	return found, err
}

// room is the memory that the contents of one batch may have.
type room struct {
	most     int64
	allocate func(n int64) ([]byte, error)

	mu   sync.Mutex
	left int64
	full bool // something has found too little: no more is asked for, only to be dropped
}

func (r *room) isFull() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.full
}

func (r *room) take(n int64) ([]byte, error) {
	if n > r.most {
		return nil, errs.New(errs.InvalidArgument, "the object has %d bytes, but all results of a batch have %d at most "+
			"(option memory_budget): read it alone", n, r.most)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > r.left {
		r.full = true
		return nil, r.refusal()
	}
	r.left -= n
	return r.allocate(n)
}

func (r *room) refusal() error {
	return errs.New(errs.InvalidArgument, "the results of a batch have %d bytes at most (option memory_budget), which others have taken: "+
		"read it in another batch, or alone", r.most)
}

// batchBytes is how many bytes the results of one batch may have.
func (s *Store) batchBytes() int64 {
	if d, ok := s.driver.(driver.Budgeted); ok {
		return d.MemoryBudget()
	}
	return defaultBatch
}

// HeadMany describes many objects, with the errors of [Store.Head] for each. An err is
// one of a path that cannot be, before all else, or of the whole call.
func (s *Store) HeadMany(ctx context.Context, paths []string) ([]Described, error) {
	found := make([]Described, len(paths))
	err := s.many(ctx, "head", paths, GetOptions{}, func(ctx context.Context, i int) error {
		key, err := s.key(paths[i])
		if err != nil {
			return err
		}
		object, err := s.head(ctx, key, HeadOptions{})
		found[i].Info = s.info(object)
		return err
	}, func(i int, err error) { found[i].Err = err })
	return found, err
}

// many runs do for each of many paths, and fail where it fails. Only the end of the call ends all.
func (s *Store) many(ctx context.Context, name string, paths []string, o GetOptions,
	do func(ctx context.Context, i int) error, fail func(i int, err error)) error {
	return s.runHere(ctx, name, "", func(ctx context.Context) error {
		if err := o.check(); err != nil {
			return err
		}
		for _, path := range paths {
			if _, err := s.key(path); err != nil {
				return about(path, err)
			}
		}
		one := func(ctx context.Context, i int) error {
			err := do(ctx, i)
			if err == nil {
				return nil
			}
			switch errs.CodeOf(err) {
			case errs.Cancelled, errs.Deadline: // of the call, by who is asked once
				return err
			}
			fail(i, s.complete(name, paths[i], err))
			return nil
		}
		if s.waits {
			return safego.Many(ctx, len(paths), batchAtOnce, one)
		}
		for i := range paths { // which asks the thread of the call whether to go on
			if err := driver.Done(ctx); err != nil {
				return err
			}
			if err := one(ctx, i); err != nil {
				return err
			}
		}
		return nil
	})
}
