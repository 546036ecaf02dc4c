package s3_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"hash/crc64"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// checksumsOf are the algorithms, each as Go computes it.
var checksumsOf = map[string]func([]byte) []byte{
	"CRC32": func(p []byte) []byte { return binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(p)) },
	"CRC32C": func(p []byte) []byte {
		return binary.BigEndian.AppendUint32(nil, crc32.Checksum(p, crc32.MakeTable(crc32.Castagnoli)))
	},
	"CRC64NVME": func(p []byte) []byte {
		return binary.BigEndian.AppendUint64(nil, crc64.Checksum(p, crc64.MakeTable(0x9a6c9329ac4bc9b5)))
	},
	"SHA1":   func(p []byte) []byte { sum := sha1.Sum(p); return sum[:] },
	"SHA256": func(p []byte) []byte { sum := sha256.Sum256(p); return sum[:] },
}

// checksumHeaders are those of a request, also where it only announces them.
func checksumHeaders(h http.Header) (names []string) {
	for name, values := range h {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-amz-checksum-") || name == "x-amz-sdk-checksum-algorithm" || name == "x-amz-trailer" {
			names = append(names, name+"="+strings.Join(values, ","))
		}
	}
	return names
}

func TestChecksumAlgorithm(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	large := bytes.Repeat([]byte("0123456789abcdef"), 9<<20/16)
	for algorithm, compute := range checksumsOf {
		t.Run(algorithm, func(t *testing.T) {
			store := relay.open(t, server, server.Place(t).URL, settings{"checksum_algorithm": algorithm})
			header := "X-Amz-Checksum-" + algorithm
			small := []byte("the bytes")
			digest := func(p []byte) core.Digest {
				return core.Digest{Algorithm: strings.ToLower(algorithm), Hex: hex.EncodeToString(compute(p))}
			}
			relay.take()
			made, err := store.Put(t.Context(), "small", small, core.PutOptions{})
			require.NoError(t, err)
			requests := relay.take()
			require.Len(t, requests, 1)
			assert.Equal(t, base64.StdEncoding.EncodeToString(compute(small)), requests[0].Get(header))
			assert.Equal(t, digest(small), made.Digest)
			found, err := store.Head(t.Context(), "small", core.HeadOptions{})
			require.NoError(t, err)
			assert.Equal(t, digest(small), found.Digest)

			relay.take()
			w, err := store.NewWriter(t.Context(), "large", core.PutOptions{})
			require.NoError(t, err)
			_, err = w.Write(large)
			require.NoError(t, err)
			made, err = w.Commit(t.Context())
			require.NoError(t, err)
			requests = relay.take()
			assert.Equal(t, algorithm, only(requests, "CreateMultipartUpload")[0].Get("X-Amz-Checksum-Algorithm"))
			var sums []string
			for _, part := range only(requests, "UploadPart") {
				sums = append(sums, part.Get(header))
			}
			assert.ElementsMatch(t, []string{
				base64.StdEncoding.EncodeToString(compute(large[:8<<20])),
				base64.StdEncoding.EncodeToString(compute(large[8<<20:])),
			}, sums)
			found, err = store.Head(t.Context(), "large", core.HeadOptions{})
			require.NoError(t, err)
			assert.Equal(t, found.Digest, made.Digest, "a write tells the same as the Head behind it")
			assert.Equal(t, found.ETag, made.ETag)
			assert.Equal(t, found.Size, made.Size)
			if algorithm == "CRC64NVME" { // that of the whole object, however it came
				assert.Equal(t, digest(large), made.Digest)
			} else if made.Digest != (core.Digest{}) { // that of parts is no digest
				assert.Equal(t, digest(large), made.Digest)
			}

			relay.take()
			require.NoError(t, writes["upload"](t, store, "upload", core.PutOptions{}))
			requests = relay.take()
			assert.Equal(t, algorithm, only(requests, "CreateMultipartUpload")[0].Get("X-Amz-Checksum-Algorithm"))
			assert.Equal(t, base64.StdEncoding.EncodeToString(compute([]byte("text"))), only(requests, "UploadPart")[0].Get(header))

			relay.take()
			require.NoError(t, store.Copy(t.Context(), "small", "copy", core.CopyOptions{}))
			begun := only(relay.take(), "CreateMultipartUpload")[0]
			assert.Empty(t, begun.Get("X-Amz-Checksum-Algorithm"), "MinIO would refuse to copy a part")
			got, err := read(t.Context(), store, "copy", core.GetOptions{})
			require.NoError(t, err)
			assert.Equal(t, string(small), got)
		})
	}
	for name, s := range map[string]settings{"none": {"checksum_algorithm": "none"}, "default of an endpoint": nil} {
		t.Run(name, func(t *testing.T) {
			store := relay.open(t, server, server.Place(t).URL, s)
			relay.take()
			made, err := store.Put(t.Context(), "small", []byte("x"), core.PutOptions{})
			require.NoError(t, err)
			require.NoError(t, write(t, store, "large", large, core.PutOptions{}))
			for _, request := range relay.take() {
				assert.Empty(t, checksumHeaders(request.Header), request.operation)
			}
			found, err := store.Head(t.Context(), "small", core.HeadOptions{})
			require.NoError(t, err)
			if made.Digest != (core.Digest{}) {
				assert.Equal(t, found.Digest, made.Digest)
			}
		})
	}
}

// AWS is played by a server that has its name: it gets a checksum unless it is
// told to get none.
func TestChecksumsForAWS(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{"": "CRC64NVME", "SHA256": "SHA256", "none": ""} {
		t.Run("set "+set, func(t *testing.T) {
			t.Parallel()
			seen := make(chan []string, 10)
			aws := newAuthority(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				seen <- checksumHeaders(r.Header)
				w.Header().Set("ETag", `"e"`)
				empty(w, r)
			}, "bucket.s3.us-east-1.amazonaws.com")
			s := settings{"max_attempts": "1", "https_proxy": newProxy(t, aws.server).URL, "tls_ca_bundle": aws.file}
			if set != "" {
				s["checksum_algorithm"] = set
			}
			store := openSet(t, variables(t, ""), "s3://bucket", s)
			_, err := store.Put(t.Context(), "a", []byte("text"), core.PutOptions{})
			require.NoError(t, err)
			headers := strings.Join(<-seen, " ")
			if want == "" {
				assert.Empty(t, headers)
			} else {
				assert.Contains(t, headers, "x-amz-sdk-checksum-algorithm="+want)
			}
		})
	}
}
