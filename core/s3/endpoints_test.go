package s3_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// What endpoints do that the real servers of these tests do not.

// chunked writes text without a Content-Length.
func chunked(w http.ResponseWriter, status int, text string) {
	w.Header().Set("ETag", `"e"`)
	w.WriteHeader(status)
	w.(http.Flusher).Flush()
	_, _ = io.WriteString(w, text)
}

func TestRangeWithoutALength(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "ignores") {
			chunked(w, http.StatusOK, "0123456789")
			return
		}
		w.Header().Set("Content-Range", "bytes 5-7/10")
		chunked(w, http.StatusPartialContent, "567")
	})
	three := core.GetOptions{Offset: 5, Length: 3}
	_, err := read(t.Context(), store, "ignores", three)
	requireError(t, err, errs.NotSupported)
	text, err := read(t.Context(), store, "heeds", three)
	require.NoError(t, err)
	assert.Equal(t, "567", text)
	_, err = read(t.Context(), store, "heeds", core.GetOptions{Offset: 5, Length: 2})
	requireError(t, err, errs.Corrupt)
}

func TestListingThatBeginsAgain(t *testing.T) {
	t.Parallel()
	for _, shallow := range []string{"<Contents><Key>a</Key></Contents>", ""} {
		var listings atomic.Int32
		store := fake(t, func(w http.ResponseWriter, r *http.Request) {
			listings.Add(1)
			_, _ = io.WriteString(w, `<ListBucketResult><Name>bucket</Name><IsTruncated>true</IsTruncated>`+
				`<NextContinuationToken>t</NextContinuationToken>`+
				shallow+`<Contents><Key>d/x/y</Key></Contents></ListBucketResult>`)
		})
		for _, depth := range []*int{nil, new(0), new(1)} {
			listings.Store(0)
			_, err := store.FolderInfo(t.Context(), "", core.FolderInfoOptions{MaxDepth: depth})
			requireError(t, err, errs.Corrupt)
			assert.LessOrEqual(t, listings.Load(), int32(2))
		}
	}
}

// S3 sends the status of a completion early, and the rest when it is done.
func TestLostAnswerOfACompletion(t *testing.T) {
	t.Parallel()
	for s3Code, status := range map[string]int{"PreconditionFailed": 412, "NoSuchUpload": 404} {
		for name, lose := range map[string]func(http.ResponseWriter){
			"breaks off": func(w http.ResponseWriter) {
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, " ")
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			},
			"is an error": func(w http.ResponseWriter) {
				_, _ = io.WriteString(w, "<Error><Code>InternalError</Code></Error>")
			},
		} {
			completions := 0
			store := fakeSet(t, fast(nil), func(w http.ResponseWriter, r *http.Request) {
				switch operationOf(r) {
				case "CreateMultipartUpload":
					_, _ = io.WriteString(w, `<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>`)
				case "UploadPart":
					w.Header().Set("ETag", `"p"`)
				case "CompleteMultipartUpload":
					if completions++; completions == 1 {
						lose(w)
					} else {
						answer(w, status, s3Code)
					}
				default:
					w.WriteHeader(http.StatusNoContent)
				}
			})
			u, err := store.NewUpload(t.Context(), "a", core.PutOptions{})
			require.NoError(t, err)
			require.NoError(t, u.Part(t.Context(), 1, []byte("x")))
			_, err = u.Commit(t.Context())
			e := requireError(t, err, errs.Unavailable)
			if completions == 2 { // of a broken body the SDK does not ask again
				assert.Contains(t, e.Message, "it is not known", "%s, then %s", name, s3Code)
			}
			assert.True(t, completions == 2 || name == "breaks off", s3Code)
		}
	}
}

// The front end of Google Cloud Storage changes it (aws/aws-sdk-go-v2#1816).
func TestAcceptEncodingIsNotSigned(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, r *http.Request) {
		signed := r.Header.Get("Authorization")
		assert.Contains(t, signed, "SignedHeaders=")
		assert.NotContains(t, signed, "accept-encoding")
		assert.Equal(t, "identity", r.Header.Get("Accept-Encoding"))
		w.Header().Set("ETag", `"e"`)
		w.Header().Set("Content-Length", "0")
	})
	_, err := store.Head(t.Context(), "a", core.HeadOptions{})
	require.NoError(t, err)
	_, err = store.Put(t.Context(), "a", []byte("x"), core.PutOptions{})
	require.NoError(t, err)
}

// A connection that idles as long as a stall would take is not used again.
func TestIdleConnectionsAreNoStalls(t *testing.T) {
	t.Parallel()
	store := fakeSet(t, settings{"read_timeout": "400ms", "max_attempts": "1"}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "0")
	})
	for i := range 30 {
		_, err := store.Head(t.Context(), "a", core.HeadOptions{})
		require.NoError(t, err)
		time.Sleep(time.Duration(320+8*i) * time.Millisecond)
	}
}

// The listing of a directory bucket has no order.
func TestListingWithoutAnOrder(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, r *http.Request) {
		keys, truncated := "<Contents><Key>b</Key></Contents>", "true"
		if r.URL.Query().Has("continuation-token") {
			keys, truncated = "<Contents><Key>a</Key></Contents>", "false"
		}
		_, _ = io.WriteString(w, `<ListBucketResult><Name>bucket</Name><IsTruncated>`+truncated+`</IsTruncated>`+
			`<NextContinuationToken>t</NextContinuationToken>`+keys+`</ListBucketResult>`)
	})
	paths, err := list(t.Context(), store, "", true)
	require.NoError(t, err)
	assert.Equal(t, []string{"b", "a"}, paths)
}
