package s3_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// MinIO takes a prefix for the key and lists nothing below it, but all uploads
// of the bucket without one (minio/minio#20989; `make test-minio` has it).
func TestUploadsWhereAPrefixIsTakenForAKey(t *testing.T) {
	t.Parallel()
	var prefixes []string
	store := fake(t, func(w http.ResponseWriter, r *http.Request) {
		prefix := r.URL.Query().Get("prefix")
		prefixes = append(prefixes, prefix)
		uploads := ""
		for _, key := range []string{"folder", "folder/a", "folder2/b"} {
			if prefix == "" || prefix == key {
				uploads += fmt.Sprintf("<Upload><Key>%s</Key><UploadId>id</UploadId></Upload>", key)
			}
		}
		_, _ = fmt.Fprintf(w, "<ListMultipartUploadsResult><Bucket>bucket</Bucket>%s</ListMultipartUploadsResult>", uploads)
	})
	for folder, want := range map[string]struct{ found, asked []string }{
		"folder": {[]string{"folder/a"}, []string{"folder/", ""}},
		"none":   {nil, []string{"none/", ""}},
		"":       {[]string{"folder", "folder/a", "folder2/b"}, []string{""}},
	} {
		prefixes = nil
		pages, err := store.Uploads(folder, 0)
		require.NoError(t, err)
		var found []string
		for {
			page, err := pages.Next(t.Context())
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			for _, info := range page {
				found = append(found, info.Path)
			}
		}
		assert.Equal(t, want.found, found, folder)
		assert.Equal(t, want.asked, prefixes, folder)
	}
}
