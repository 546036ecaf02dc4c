// Package handle is the table behind the numbers that cross the C ABI. A
// number that was closed, belongs to another kind, or never was a handle is a
// typed error, whatever other threads do at the same time.
package handle

import (
	"sync"
	"sync/atomic"

	"github.com/libremotestore/libremotestore/core/errs"
)

// Kind is what a handle stands for.
type Kind uint8

const (
	Any Kind = iota // accepted by Close only
	Error
	Options
	Context
	Store
	List
	Reader
	Writer
	Upload
	Registry
	Queue
	Block // memory that was handed out: of no table
)

var kindNames = [...]string{"any", "error", "options", "context", "store", "list", "reader", "writer", "upload", "registry", "queue", "memory"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// A handle is kind (6 bits), fork epoch, generation, slot; those of blocks, too, which
// are not in the table (capi/blocks.h).
const (
	SlotBits       = 22
	GenerationBits = 28
	EpochBits      = 8

	maxSlots      = 1 << SlotBits
	maxGeneration = 1<<GenerationBits - 1

	generationShift = SlotBits
	epochShift      = generationShift + GenerationBits
	kindShift       = epochShift + EpochBits
)

// Finalizer is what a value implements to be told that nobody uses it now.
type Finalizer interface{ Finalize() }

// Closer is what a value implements to be told that its handle was closed, while
// calls on it may be in flight. Who closes it waits for that.
type Closer interface{ Closing() }

// Table maps handles to values.
type Table struct {
	epoch uint64
	live  atomic.Int64

	mu    sync.Mutex // guards free and the growth of slots
	free  []uint32
	slots atomic.Pointer[[]*slot] // replaced when it grows, so that readers need no lock
}

// slot holds one value after another. state is generation<<32 | closing |
// calls in flight. A slot that is closing, without a call in flight, is free:
// its generation is that of the last value, 0 if there was none.
type slot struct {
	state atomic.Uint64
	kind  Kind // kind and value change only while the slot is free
	value any
}

const (
	closing    = 1 << 31
	inFlight   = closing - 1
	stateShift = 32
)

// NewTable makes a table. The epoch tells the handles of a process from those
// of its parents, which have lower ones: such a handle is Forked.
func NewTable(epoch uint8) *Table {
	t := &Table{epoch: uint64(epoch)}
	t.slots.Store(&[]*slot{})
	return t
}

// Live is the number of open handles.
func (t *Table) Live() int64 { return t.live.Load() }

// New makes a handle for value.
func (t *Table) New(kind Kind, value any) (uint64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	slots := *t.slots.Load()
	var index uint32
	if n := len(t.free); n > 0 {
		index = t.free[n-1]
		t.free = t.free[:n-1]
	} else {
		if len(slots) == maxSlots {
			return 0, errs.New(errs.IO, "there are %d open handles, which is the most: close some", maxSlots)
		}
		index = uint32(len(slots))
		s := &slot{}
		s.state.Store(closing)
		slots = append(slots, s) // readers hold the old length
		t.slots.Store(&slots)
	}
	s := slots[index]
	s.kind, s.value = kind, value
	generation := s.state.Load()>>stateShift + 1
	s.state.Store(generation << stateShift)
	t.live.Add(1)
	return uint64(kind)<<kindShift | t.epoch<<epochShift | generation<<generationShift | uint64(index), nil
}

// Acquire returns the value behind a handle of the given kind and keeps it
// alive until Release, also when the handle is closed meanwhile.
func (t *Table) Acquire(h uint64, want Kind) (any, error) {
	s, generation, err := t.find(h, want)
	if err != nil {
		return nil, err
	}
	for {
		state := s.state.Load()
		if state>>stateShift != generation || state&closing != 0 {
			return nil, closedError(h, state>>stateShift, generation)
		}
		if s.state.CompareAndSwap(state, state+1) {
			if s.kind != Kind(h>>kindShift) { // a number made up from a real one
				t.release(s, uint32(h&(maxSlots-1)))
				return nil, errs.New(errs.BadHandle, "%#x is not a handle of this library", h)
			}
			return s.value, nil
		}
	}
}

// Release ends one Acquire of h.
func (t *Table) Release(h uint64) {
	index := uint32(h & (maxSlots - 1))
	t.release((*t.slots.Load())[index], index)
}

func (t *Table) release(s *slot, index uint32) {
	if state := s.state.Add(^uint64(0)); state&closing != 0 && state&inFlight == 0 {
		t.finalize(s, index)
	}
}

// Close closes a handle of any kind. Calls in flight finish first.
func (t *Table) Close(h uint64) error {
	// Acquired, so that the value is not finalised before closing is set.
	if _, err := t.Acquire(h, Any); err != nil {
		return err
	}
	defer t.Release(h)
	s := (*t.slots.Load())[h&(maxSlots-1)]
	if old := s.state.Or(closing); old&closing != 0 {
		return closedError(h, 0, 0)
	}
	t.live.Add(-1)
	if c, ok := s.value.(Closer); ok {
		c.Closing()
	}
	return nil
}

func (t *Table) finalize(s *slot, index uint32) {
	value := s.value
	s.value = nil
	if s.state.Load()>>stateShift < maxGeneration {
		t.mu.Lock()
		t.free = append(t.free, index)
		t.mu.Unlock()
	} // else the slot is used up: its handles would repeat
	if f, ok := value.(Finalizer); ok {
		f.Finalize()
	}
}

func (t *Table) find(h uint64, want Kind) (*slot, uint64, error) {
	if h == 0 {
		return nil, 0, errs.New(errs.BadHandle, "the handle is 0, which is none: %s is needed", article(want))
	}
	kind := Kind(h >> kindShift)
	epoch := h >> epochShift & (1<<EpochBits - 1)
	generation := h >> generationShift & maxGeneration
	slots := *t.slots.Load()
	index := h & (maxSlots - 1)
	switch {
	case kind == Any || int(kind) >= len(kindNames) || generation == 0 || epoch > t.epoch:
		return nil, 0, errs.New(errs.BadHandle, "%#x is not a handle of this library", h)
	case epoch < t.epoch:
		return nil, 0, errs.New(errs.Forked, "the handle belongs to the parent of this process")
	case want != Any && kind != want:
		return nil, 0, errs.New(errs.BadHandle, "this is a handle of kind %s: %s is needed", kind, article(want))
	case index >= uint64(len(slots)):
		return nil, 0, errs.New(errs.BadHandle, "%#x is not a handle of this library", h)
	}
	return slots[index], generation, nil
}

func closedError(h, current, generation uint64) error {
	if generation > current {
		return errs.New(errs.BadHandle, "%#x is not a handle of this library", h)
	}
	return errs.New(errs.Closed, "the %s is closed", Kind(h>>kindShift))
}

func article(k Kind) string {
	if k == Any {
		return "an open handle"
	}
	return "one of kind " + k.String()
}
