package conformance

import (
	"crypto/rand"
	"fmt"
	"io"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Of sixteen writers that may not overwrite, puts and copies, exactly one
// wins, and its bytes are what a reader gets.
func TestCreateRaceHasOneWinner(t *testing.T) {
	onEveryTarget(t, func(t *testing.T, where target) {
		if where.name == "moto" {
			t.Skip("moto checks a condition and writes in two steps: two of these writers won in one run of ten")
		}
		const rounds, writers = 20, 16 // in one round alone, luck may hide a race
		_, store := where.place(t)
		defer empty(t, store, "")
		for i := range writers {
			_, err := store.Put(ctx, fmt.Sprint("source/", i), []byte(fmt.Sprint("writer ", i)), core.PutOptions{})
			require.NoError(t, err)
		}
		for round := range rounds {
			target := fmt.Sprint("new/", round)
			outcomes := make([]error, writers)
			start := make(chan struct{})
			var wg sync.WaitGroup
			for i := range writers {
				wg.Go(func() {
					<-start
					if i%2 == 0 {
						_, outcomes[i] = store.Put(ctx, target, []byte(fmt.Sprint("writer ", i)), core.PutOptions{})
					} else {
						outcomes[i] = store.Copy(ctx, fmt.Sprint("source/", i), target, core.CopyOptions{})
					}
				})
			}
			close(start)
			wg.Wait()

			var winners []string
			for i, err := range outcomes {
				if err == nil {
					winners = append(winners, fmt.Sprint("writer ", i))
				} else {
					assert.Equal(t, errs.AlreadyExists, errs.CodeOf(err), "%v", err)
				}
			}
			require.Len(t, winners, 1)
			r, err := store.Get(ctx, target, core.GetOptions{})
			require.NoError(t, err)
			text, err := io.ReadAll(r)
			require.NoError(t, err)
			require.NoError(t, r.Close())
			require.Equal(t, winners[0], string(text))
		}
	})
}

const threads = 64

// ways are those in which an object is written in one step. Parts are S3's.
var ways = map[string]func(store *core.Store, path, text string, o core.PutOptions) error{
	"put": func(store *core.Store, path, text string, o core.PutOptions) error {
		_, err := store.Put(ctx, path, []byte(text), o)
		return err
	},
	"writer": func(store *core.Store, path, text string, o core.PutOptions) error {
		w, err := store.NewWriter(ctx, path, o)
		if err != nil {
			return err
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return err
		}
		_, err = w.Commit(ctx)
		return err
	},
	"parts": func(store *core.Store, path, text string, o core.PutOptions) error {
		u, err := store.NewUpload(ctx, path, o)
		if err != nil {
			return err
		}
		if err := u.Part(ctx, 1, []byte(text)); err != nil {
			return err
		}
		_, err = u.Commit(ctx)
		return err
	},
}

// onEveryWay runs test on the targets that are atomic, for each of the ways.
func onEveryWay(t *testing.T, needs core.Capabilities, test func(t *testing.T, store *core.Store, write func(path, text string, o core.PutOptions) error)) {
	onEveryTarget(t, func(t *testing.T, where target) {
		_, store := where.place(t)
		if where.name == "moto" {
			t.Skip("moto checks a condition and writes in two steps")
		}
		if !store.Capabilities().Has(needs) {
			t.Skip("this backend replaces whatever is there")
		}
		for name, write := range ways {
			if name == "parts" && where.backend != "s3" {
				continue
			}
			t.Run(name, func(t *testing.T) {
				defer empty(t, store, "")
				test(t, store, func(path, text string, o core.PutOptions) error { return write(store, path, text, o) })
			})
		}
	})
}

// together runs do by many threads that begin at the same time, and returns how many
// succeeded. The others have to fail with a code.
func together(t *testing.T, code errs.Code, do func(i int) error) (winners int) {
	t.Helper()
	outcomes := make([]error, threads)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range threads {
		wg.Go(func() {
			<-start
			outcomes[i] = do(i)
		})
	}
	close(start)
	wg.Wait()
	for _, err := range outcomes {
		if err == nil {
			winners++
		} else {
			assert.Equal(t, code, errs.CodeOf(err), "%v", err)
		}
	}
	return winners
}

func content(t *testing.T, store *core.Store, path string) (string, core.Info) {
	t.Helper()
	r, err := store.Get(ctx, path, core.GetOptions{})
	require.NoError(t, err)
	defer r.Close()
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(text), r.Info
}

func TestOneOf64Creates(t *testing.T) {
	onEveryWay(t, 0, func(t *testing.T, store *core.Store, write func(path, text string, o core.PutOptions) error) {
		for round := range 5 {
			path := fmt.Sprint("new/", round)
			winner := ""
			var mu sync.Mutex
			require.Equal(t, 1, together(t, errs.AlreadyExists, func(i int) error {
				err := write(path, fmt.Sprint(i), core.PutOptions{})
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					winner = fmt.Sprint(i)
				}
				return err
			}))
			text, _ := content(t, store, path)
			require.Equal(t, winner, text)
		}
	})
}

func TestOneOf64Updates(t *testing.T) {
	onEveryWay(t, driver.CanUpdate, func(t *testing.T, store *core.Store, write func(path, text string, o core.PutOptions) error) {
		require.NoError(t, write("o", "old", core.PutOptions{}))
		for range 5 {
			_, info := content(t, store, "o")
			require.Equal(t, 1, together(t, errs.PreconditionFailed, func(i int) error {
				return write("o", fmt.Sprint(rand.Text(), i), core.PutOptions{IfMatch: info.ETag})
			}))
		}
	})
}

// A counter that is read and replaced by its ETag loses no increment.
func TestACounterByETag(t *testing.T) {
	onEveryWay(t, driver.CanUpdate, func(t *testing.T, store *core.Store, write func(path, text string, o core.PutOptions) error) {
		require.NoError(t, write("counter", "0", core.PutOptions{}))
		require.Equal(t, threads, together(t, errs.OK, func(int) error {
			for {
				text, info := content(t, store, "counter")
				n, err := strconv.Atoi(text)
				if err != nil {
					return err
				}
				if err := write("counter", strconv.Itoa(n+1), core.PutOptions{IfMatch: info.ETag}); errs.CodeOf(err) != errs.PreconditionFailed {
					return err
				}
			}
		}))
		text, _ := content(t, store, "counter")
		assert.Equal(t, strconv.Itoa(threads), text)
	})
}
