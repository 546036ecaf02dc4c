package s3_test

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

func onDisk(t *testing.T, data []byte) *os.File {
	t.Helper()
	path := t.TempDir() + "/file"
	require.NoError(t, os.WriteFile(path, data, 0o600))
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	return file
}

// By both lanes, and a part that memory_budget has no room for.
func TestPutFile(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	data := make([]byte, 22<<20)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(data)
	file := onDisk(t, data)
	for name, inFront := range map[string]bool{"fast lane": true, "SDK": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			relay := newRelay(t)
			open := relay.open
			if inFront {
				open = relay.openInFront
			}
			store := open(t, server, server.Place(t).URL, settings{"memory_budget": "5242880", "checksum_algorithm": "CRC64NVME"})
			for _, c := range []struct {
				offset, length int64
				requests       []string
			}{
				{0, 0, slices.Concat([]string{"CreateMultipartUpload"}, slices.Repeat([]string{"UploadPart"}, 3),
					[]string{"CompleteMultipartUpload"})},
				{1 << 20, 8<<20 + 1, []string{"CreateMultipartUpload", "UploadPart", "UploadPart", "CompleteMultipartUpload"}},
				{1 << 20, 8 << 20, []string{"PutObject"}},
				{22 << 20, 0, []string{"PutObject"}},
			} {
				relay.take()
				info, err := store.PutFile(t.Context(), "a", file, core.FileRange{Offset: c.offset, Length: c.length}, core.PutOptions{Overwrite: true})
				require.NoError(t, err)
				assert.Equal(t, c.requests, relay.took())
				want := data[c.offset:]
				if c.length > 0 {
					want = want[:c.length]
				}
				assert.EqualValues(t, len(want), info.Size)
				assert.Equal(t, "crc64nvme", info.Digest.Algorithm)
				got, err := read(t.Context(), store, "a", core.GetOptions{})
				require.NoError(t, err)
				assert.True(t, bytes.Equal(want, []byte(got)), "the bytes are others")
			}
		})
	}
}

// Nothing is published, and no upload stays.
func TestAFileThatChangesWhileItIsWritten(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	for name, change := range map[string]func(*os.File) error{
		"cut":       func(f *os.File) error { return f.Truncate(11 << 20) },
		"cut later": func(f *os.File) error { return f.Truncate(30<<20 - 1) },
		"grown":     func(f *os.File) error { _, err := f.WriteAt([]byte("x"), 30<<20); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place := server.Place(t)
			relay := newRelay(t)
			store := relay.openInFront(t, server, place.URL, settings{"part_size": "5242880"})
			file := onDisk(t, make([]byte, 30<<20))
			var once sync.Once
			relay.meddle(func(_ http.ResponseWriter, r *http.Request) bool {
				if operationOf(r) == "UploadPart" {
					once.Do(func() { assert.NoError(t, change(file)) })
				}
				return false
			})
			_, err := store.PutFile(t.Context(), "a", file, core.FileRange{}, core.PutOptions{})
			requireError(t, err, errs.Changed)
			settle(t)
			assert.Empty(t, uploadsOf(t, server, place))
			_, err = store.Head(t.Context(), "a", core.HeadOptions{})
			requireError(t, err, errs.NotFound)
		})
	}
}
