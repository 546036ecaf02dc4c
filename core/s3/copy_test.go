package s3_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// What is too large for one CopyObject is copied in parts, with all that
// belongs to it. S3 says so above 5 GiB, this server above 5 MiB.
func TestCopyAboveTheThreshold(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw", "--copy-object-threshold=5242880")
	client := raw(server)
	relay := newRelay(t)
	data := bytes.Repeat([]byte("0123456789abcdef"), 12<<20/16)
	inParts := slices.Concat([]string{"HeadObject", "GetObjectTagging", "CreateMultipartUpload"},
		slices.Repeat([]string{"UploadPartCopy"}, 3), []string{"CompleteMultipartUpload"})
	for _, c := range []struct {
		name string
		do   func(store *core.Store, from, to string) error
		want []string
		old  bool // there is something to replace
		kept bool // the source stays
	}{
		{"copy with overwrite", func(store *core.Store, from, to string) error {
			return store.Copy(t.Context(), from, to, core.CopyOptions{Overwrite: true})
		}, slices.Concat([]string{"CopyObject"}, inParts), true, true},
		{"copy", func(store *core.Store, from, to string) error {
			return store.Copy(t.Context(), from, to, core.CopyOptions{})
		}, inParts, false, true},
		{"move with overwrite", func(store *core.Store, from, to string) error {
			return store.Move(t.Context(), from, to, core.CopyOptions{Overwrite: true})
		}, slices.Concat([]string{"CopyObject"}, inParts, []string{"DeleteObject"}), true, false},
		{"move", func(store *core.Store, from, to string) error {
			return store.Move(t.Context(), from, to, core.CopyOptions{})
		}, slices.Concat(inParts, []string{"DeleteObject"}), false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			place := server.Place(t)
			store := relay.open(t, server, place.URL, settings{"copy_part_size": "5242880"})
			src, dst := place.Prefix+"from +%", place.Prefix+"to"
			_, err := client.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: &place.Bucket, Key: &src, Body: bytes.NewReader(data),
				CacheControl:       aws.String("max-age=60"),
				ContentDisposition: aws.String(`attachment; filename="x"`),
				ContentEncoding:    aws.String("br"),
				ContentLanguage:    aws.String("de"),
				ContentType:        aws.String("text/x-test"),
				Metadata:           map[string]string{"mark": "some value", "other": "2"},
				Tagging:            aws.String("team=a%2Bb+c%3Dd&empty="),
			})
			require.NoError(t, err)
			if c.old {
				_, err = client.PutObject(t.Context(), &s3.PutObjectInput{
					Bucket: &place.Bucket, Key: &dst, Body: strings.NewReader("old"),
					ContentType: aws.String("text/old"), Tagging: aws.String("old=1"),
				})
				require.NoError(t, err)
			}
			want := belongings(t, client, &place.Bucket, src)
			for name, value := range want {
				require.NotEmpty(t, value, "the server itself lost the %s", name)
			}

			relay.take()
			require.NoError(t, c.do(store, "from +%", "to"))
			requests := relay.take()
			var names []string
			for _, request := range requests {
				names = append(names, request.operation)
			}
			assert.Equal(t, c.want, names)
			var ranges []string
			for _, part := range only(requests, "UploadPartCopy") {
				ranges = append(ranges, part.Get("X-Amz-Copy-Source-Range"))
				assert.NotEmpty(t, part.Get("X-Amz-Copy-Source-If-Match"))
			}
			assert.Equal(t, []string{"bytes=0-5242879", "bytes=5242880-10485759", "bytes=10485760-12582911"}, ranges)

			assert.Equal(t, want, belongings(t, client, &place.Bucket, dst))
			text, err := read(t.Context(), store, "to", core.GetOptions{})
			require.NoError(t, err)
			assert.True(t, text == string(data), "the bytes are others")
			kept, err := store.Exists(t.Context(), "from +%", core.AnyKind)
			require.NoError(t, err)
			assert.Equal(t, c.kept, kept)
			assert.Empty(t, uploadsOf(t, server, place))
		})
	}
	t.Run("refused", func(t *testing.T) {
		place := server.Place(t)
		store := relay.open(t, server, place.URL, settings{"copy_part_size": "5242880"})
		require.NoError(t, write(t, store, "from", data, core.PutOptions{}))
		put(t, store, "to", "old")
		requireError(t, store.Copy(t.Context(), "from", "to", core.CopyOptions{}), errs.AlreadyExists)
		requireError(t, store.Move(t.Context(), "from", "to", core.CopyOptions{}), errs.AlreadyExists)
		text, err := read(t.Context(), store, "to", core.GetOptions{})
		require.NoError(t, err)
		assert.Equal(t, "old", text)
		found, err := store.Exists(t.Context(), "from", core.Object)
		require.NoError(t, err)
		assert.True(t, found)
		assert.Empty(t, uploadsOf(t, server, place))
	})
	// The endpoint asks the whole time whether it is still the same source.
	t.Run("source changes", func(t *testing.T) {
		place := server.Place(t)
		store := relay.open(t, server, place.URL, settings{"copy_part_size": "5242880"})
		require.NoError(t, write(t, store, "from", data, core.PutOptions{}))
		defer relay.meddle(nil)
		relay.meddle(replaceBefore(t, server, place, "UploadPartCopy", 2, "from", bytes.ToUpper(data)))
		e := requireError(t, store.Copy(t.Context(), "from", "to", core.CopyOptions{}), errs.Changed)
		assert.Equal(t, "from", e.Path)
		assert.Empty(t, uploadsOf(t, server, place))
	})
}

// replaceBefore replaces an object of the place before the n-th request of an
// operation.
func replaceBefore(t *testing.T, server *s3test.Server, place s3test.Place, operation string, n int32, path string,
	data []byte) func(http.ResponseWriter, *http.Request) bool {
	var seen atomic.Int32
	return func(_ http.ResponseWriter, r *http.Request) bool {
		if operationOf(r) == operation && seen.Add(1) == n {
			key := place.Prefix + path
			_, err := raw(server).PutObject(r.Context(), &s3.PutObjectInput{
				Bucket: &place.Bucket, Key: &key, Body: bytes.NewReader(data),
			})
			assert.NoError(t, err)
		}
		return false
	}
}
