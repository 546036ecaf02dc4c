package conformance

import (
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
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
