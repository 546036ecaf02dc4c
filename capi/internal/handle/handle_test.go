package handle

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

const epoch = 7

// probe is a value that counts its finalisations.
type probe struct {
	handle    uint64
	finalized atomic.Int32
}

func (p *probe) Finalize() { p.finalized.Add(1) }

func newHandle(t *testing.T, table *Table, kind Kind, value any) uint64 {
	t.Helper()
	h, err := table.New(kind, value)
	require.NoError(t, err)
	return h
}

// requireCode checks that both ways to use a handle give one answer.
func requireCode(t *testing.T, table *Table, h uint64, kind Kind, code errs.Code) {
	t.Helper()
	_, err := table.Acquire(h, kind)
	require.Equal(t, code, errs.CodeOf(err), "acquire %#x: %v", h, err)
	err = table.Close(h)
	require.Equal(t, code, errs.CodeOf(err), "close %#x: %v", h, err)
}

func TestEveryKindIsAcquiredAndClosed(t *testing.T) {
	table := NewTable(epoch)
	for kind := Error; kind <= Block; kind++ {
		t.Run(kind.String(), func(t *testing.T) {
			value := &probe{}
			h := newHandle(t, table, kind, value)
			got, err := table.Acquire(h, kind)
			require.NoError(t, err)
			assert.Same(t, value, got)
			table.Release(h)
			assert.NoError(t, table.Close(h))
		})
	}
	assert.Equal(t, "unknown", (Block + 1).String())
}

func TestWrongKindIsRefusedAndNamesBoth(t *testing.T) {
	table := NewTable(epoch)
	for have := Error; have <= Block; have++ {
		h := newHandle(t, table, have, &probe{})
		for want := Error; want <= Block; want++ {
			if have == want {
				continue
			}
			_, err := table.Acquire(h, want)
			require.Equal(t, errs.BadHandle, errs.CodeOf(err))
			assert.ErrorContains(t, err, have.String())
			assert.ErrorContains(t, err, want.String())
		}
	}
}

func TestNumbersThatAreNoHandle(t *testing.T) {
	table := NewTable(epoch)
	h := newHandle(t, table, Store, &probe{})
	const generation = uint64(1) << generationShift
	for name, bad := range map[string]uint64{
		"zero":                       0,
		"one":                        1,
		"all bits":                   ^uint64(0),
		"a pointer":                  0x7fff_dead_beef,
		"kind any":                   h &^ (uint64(63) << kindShift),
		"a kind that does not exist": h | uint64(63)<<kindShift,
		"the slot behind the last":   h + 1,
		"the last possible slot":     h | (maxSlots - 1),
		"generation 0":               h - generation,
		"a generation to come":       h + generation,
		"an epoch to come":           h + 1<<epochShift,
		"the last generation":        h | maxGeneration<<generationShift,
	} {
		t.Run(name, func(t *testing.T) { requireCode(t, table, bad, Store, errs.BadHandle) })
	}
	_, err := table.Acquire(h, Store)
	assert.NoError(t, err, "the real handle must survive the false ones")
}

// The kind in the number agrees with what the caller wants, so only the slot
// can tell that it was changed.
func TestTamperedKindIsRefused(t *testing.T) {
	table := NewTable(epoch)
	value := &probe{}
	h := newHandle(t, table, Store, value)
	tampered := h&^(uint64(63)<<kindShift) | uint64(List)<<kindShift
	requireCode(t, table, tampered, List, errs.BadHandle)

	assert.EqualValues(t, 1, table.Live())
	require.NoError(t, table.Close(h), "a refused acquire must not stay in flight")
	assert.EqualValues(t, 1, value.finalized.Load())
}

func TestClosedHandleStaysClosedWhenItsSlotIsUsedAgain(t *testing.T) {
	table := NewTable(epoch)
	first := newHandle(t, table, Store, &probe{})
	require.NoError(t, table.Close(first))
	requireCode(t, table, first, Store, errs.Closed)

	value := &probe{}
	second := newHandle(t, table, Store, value)
	require.Equal(t, first&(maxSlots-1), second&(maxSlots-1), "the slot is used again")
	requireCode(t, table, first, Store, errs.Closed)

	got, err := table.Acquire(second, Store)
	require.NoError(t, err)
	assert.Same(t, value, got)
}

func TestGenerationToComeOfAFreeSlotIsNoHandle(t *testing.T) {
	table := NewTable(epoch)
	h := newHandle(t, table, Store, &probe{})
	require.NoError(t, table.Close(h))
	requireCode(t, table, h+1<<generationShift, Store, errs.BadHandle)
}

func TestHandleOfAnotherEpochIsForked(t *testing.T) {
	parent, child := NewTable(epoch), NewTable(epoch+1)
	inherited := newHandle(t, parent, Store, &probe{})
	newHandle(t, child, Store, &probe{}) // the same slot and generation exist in the child
	requireCode(t, child, inherited, Store, errs.Forked)
	_, err := parent.Acquire(inherited, Store)
	assert.NoError(t, err)
}

// A child may have made fewer handles than its parent.
func TestHandleOfAnotherEpochIsForkedWithoutItsSlot(t *testing.T) {
	inherited := newHandle(t, NewTable(epoch), Store, &probe{})
	requireCode(t, NewTable(epoch+1), inherited, Store, errs.Forked)
}

func TestFinalizerRunsOnceAfterTheLastRelease(t *testing.T) {
	table := NewTable(epoch)
	value := &probe{}
	h := newHandle(t, table, Store, value)
	for range 2 {
		_, err := table.Acquire(h, Store)
		require.NoError(t, err)
	}
	require.NoError(t, table.Close(h))
	requireCode(t, table, h, Store, errs.Closed) // closed for others, though in use

	other := newHandle(t, table, Store, &probe{})
	assert.NotEqual(t, h&(maxSlots-1), other&(maxSlots-1), "a slot in use is not given away")

	table.Release(h)
	assert.Zero(t, value.finalized.Load(), "one call is in flight")
	table.Release(h)
	assert.EqualValues(t, 1, value.finalized.Load())
	requireCode(t, table, h, Store, errs.Closed)
	assert.EqualValues(t, 1, value.finalized.Load())
}

// closer is a value that is told of its close.
type closer struct {
	probe
	closed atomic.Int64
}

func (c *closer) Closing() { c.closed.Add(1) }

func TestCloserIsToldOnceWhileCallsAreInFlight(t *testing.T) {
	table := NewTable(epoch)
	value := &closer{}
	h := newHandle(t, table, Queue, value)
	_, err := table.Acquire(h, Queue)
	require.NoError(t, err)
	require.NoError(t, table.Close(h))
	require.Error(t, table.Close(h))
	assert.EqualValues(t, 1, value.closed.Load())
	assert.Zero(t, value.finalized.Load(), "one call is in flight")
	table.Release(h)
	assert.EqualValues(t, 1, value.closed.Load())
	assert.EqualValues(t, 1, value.finalized.Load())
}

func TestValueWithoutFinalizer(t *testing.T) {
	table := NewTable(epoch)
	h := newHandle(t, table, Block, "text")
	assert.NoError(t, table.Close(h))
	requireCode(t, table, h, Block, errs.Closed)
}

func TestLiveCountsOpenHandles(t *testing.T) {
	table := NewTable(epoch)
	first, second := newHandle(t, table, Store, nil), newHandle(t, table, List, nil)
	assert.EqualValues(t, 2, table.Live())
	_, err := table.Acquire(first, Store)
	require.NoError(t, err)
	require.NoError(t, table.Close(first))
	assert.EqualValues(t, 1, table.Live(), "closed counts, not finalised")
	require.Error(t, table.Close(first))
	table.Release(first)
	assert.EqualValues(t, 1, table.Live())
	require.NoError(t, table.Close(second))
	assert.Zero(t, table.Live())
}

func TestSlotWithItsLastGenerationIsNotUsedAgain(t *testing.T) {
	table := NewTable(epoch)
	require.NoError(t, table.Close(newHandle(t, table, Store, nil)))
	slots := *table.slots.Load()
	slots[0].state.Store((maxGeneration-1)<<stateShift | closing) // free, with one generation left

	value := &probe{}
	last := newHandle(t, table, Store, value)
	require.Zero(t, last&(maxSlots-1))
	got, err := table.Acquire(last, Store)
	require.NoError(t, err)
	assert.Same(t, value, got)
	table.Release(last)
	require.NoError(t, table.Close(last))

	assert.EqualValues(t, 1, value.finalized.Load(), "a used up slot still finalises")
	next := newHandle(t, table, Store, nil)
	assert.EqualValues(t, 1, next&(maxSlots-1), "slot 0 would repeat its handles")
	requireCode(t, table, last, Store, errs.Closed)
}

// Goroutines use, close, double close and forge handles that they share. The
// probes tell whether anybody saw a dead or a foreign value.
func TestConcurrentUse(t *testing.T) {
	const goroutines, operations, shared = 8, 25_000, 16
	table := NewTable(epoch)
	var (
		handles  [shared]atomic.Uint64
		made     [goroutines + 1][]*probe // the last one is for the initial handles
		acquired atomic.Int64
		refused  atomic.Int64
		broken   atomic.Int64
	)
	publish := func(maker, place int) {
		p := &probe{}
		h, err := table.New(Store, p)
		if err != nil {
			broken.Add(1)
			return
		}
		p.handle = h // before anybody else can know h
		made[maker] = append(made[maker], p)
		handles[place].Store(h)
	}
	for place := range shared {
		publish(goroutines, place)
	}

	use := func(h uint64) {
		value, err := table.Acquire(h, Store)
		if err != nil {
			refused.Add(1)
			if errs.CodeOf(err) != errs.Closed {
				broken.Add(1)
			}
			return
		}
		acquired.Add(1)
		p := value.(*probe)
		dead := p.finalized.Load() != 0
		runtime.Gosched() // let somebody close it while it is in use
		if dead || p.finalized.Load() != 0 || p.handle != h {
			broken.Add(1)
		}
		table.Release(h)
	}
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(g)))
			var stale uint64
			for range operations {
				place := random.IntN(shared)
				h := handles[place].Load()
				switch random.IntN(8) {
				case 0:
					if table.Close(h) == nil { // of several closers, one
						publish(g, place)
						stale = h
					}
				case 1:
					if stale != 0 && errs.CodeOf(table.Close(stale)) != errs.Closed {
						broken.Add(1)
					}
				case 2:
					forged := []uint64{0, ^uint64(0), random.Uint64() &^ (uint64(63) << kindShift), h ^ 1<<63,
						h ^ uint64(Store^List)<<kindShift, h | maxGeneration<<generationShift}
					f := forged[random.IntN(len(forged))]
					if _, err := table.Acquire(f, Any); err == nil {
						broken.Add(1)
					}
					if table.Close(f) == nil {
						broken.Add(1)
					}
				default:
					use(h)
				}
			}
		})
	}
	wg.Wait()

	assert.Zero(t, broken.Load())
	assert.Positive(t, acquired.Load())
	assert.Positive(t, refused.Load(), "nobody met a closed handle: the test is too tame")
	assert.EqualValues(t, shared, table.Live())
	for place := range shared {
		require.NoError(t, table.Close(handles[place].Load()))
	}
	assert.Zero(t, table.Live())
	for _, probes := range made {
		for _, p := range probes {
			require.EqualValues(t, 1, p.finalized.Load(), "%#x", p.handle)
		}
	}
}
