package s3_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// No server of the tests has such a header: Cloudflare's R2 has
// cf-copy-destination-if-none-match.
func TestACopyThatAHeaderRefuses(t *testing.T) {
	t.Parallel()
	const plain, own = "header:cf-copy-destination-if-none-match:*", "header-with-status:x-unless:there: 1:409"
	for _, c := range []struct {
		name, option string
		overwrite    bool
		status       int
		s3Code       string
		want         errs.Code
		header       string
	}{
		{"copied", plain, false, 200, "", errs.OK, "*"},
		{"refused", plain, false, 412, "PreconditionFailed", errs.AlreadyExists, "*"},
		{"refused without a code", plain, false, 412, "", errs.AlreadyExists, "*"},
		{"another status", plain, false, 409, "Conflict", errs.Unknown, "*"},
		{"copied by its own header", own, false, 200, "", errs.OK, "there: 1"},
		{"refused with its own status", own, false, 409, "Conflict", errs.AlreadyExists, "there: 1"},
		{"refused with the usual status", own, false, 412, "", errs.AlreadyExists, "there: 1"},
		{"too large", plain, false, 400, "EntityTooLarge", errs.InvalidArgument, "*"},
		{"missing", plain, false, 404, "NoSuchKey", errs.NotFound, "*"},
		{"overwritten", plain, true, 200, "", errs.OK, ""},
		{"overwritten, by its own header", own, true, 409, "Conflict", errs.Unknown, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := "Cf-Copy-Destination-If-None-Match"
			if c.option == own {
				name = "X-Unless"
			}
			var operations []string
			store := fakeSet(t, fast(settings{"copy_if_not_exists": c.option}), func(w http.ResponseWriter, r *http.Request) {
				if operationOf(r) == "ListObjectsV2" { // why something is missing
					_, _ = io.WriteString(w, "<ListBucketResult><Name>bucket</Name></ListBucketResult>")
					return
				}
				operations = append(operations, operationOf(r))
				assert.Equal(t, c.header, r.Header.Get(name))
				assert.Empty(t, r.Header.Get("If-None-Match"))
				assert.Equal(t, c.header != "", strings.Contains(r.Header.Get("Authorization"), strings.ToLower(name)), "it is signed")
				if c.status != http.StatusOK {
					answer(w, c.status, c.s3Code)
					return
				}
				_, _ = io.WriteString(w, `<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>`)
			})
			err := store.Copy(t.Context(), "a", "b", core.CopyOptions{Overwrite: c.overwrite})
			require.Equal(t, c.want, errs.CodeOf(err), "%v", err)
			assert.Equal(t, []string{"CopyObject"}, operations)
		})
	}
}
