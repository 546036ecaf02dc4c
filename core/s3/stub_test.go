package s3_test

import (
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// stub is a bucket of keys that can be listed and deleted: as fast as a
// thousand listings need, and it refuses to delete what it is told to.
type stub struct {
	*httptest.Server
	listings atomic.Int32

	mu     sync.Mutex
	keys   []string
	refuse map[string]string // S3 codes by key
}

func newStub(t *testing.T, keys ...string) *stub {
	t.Helper()
	s := &stub{keys: slices.Compact(slices.Sorted(slices.Values(keys)))}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch operationOf(r) {
		case "ListObjectsV2":
			s.listings.Add(1)
			s.list(w, r.URL.Query())
		case "DeleteObjects":
			answerDeletes(w, r, &s.mu, s.refuse)
		case "DeleteObject":
			w.WriteHeader(http.StatusNoContent)
		default:
			answer(w, http.StatusNotImplemented, "NotImplemented")
		}
	}))
	t.Cleanup(s.Close)
	return s
}

type listResult struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	Name                  string
	EncodingType          string `xml:",omitempty"`
	IsTruncated           bool
	NextContinuationToken string `xml:",omitempty"`
	Contents              []struct {
		Key  string
		Size int
	}
	CommonPrefixes []struct{ Prefix string }
}

// list answers as "ListObjectsV2" of the API Reference has it. The token is
// the last entry of a page, a key or a common prefix.
func (s *stub) list(w http.ResponseWriter, query url.Values) {
	prefix, delimiter := query.Get("prefix"), query.Get("delimiter")
	most, after := 1000, query.Get("start-after")
	if n, err := strconv.Atoi(query.Get("max-keys")); err == nil {
		most = n
	}
	if token, err := hex.DecodeString(query.Get("continuation-token")); err == nil && len(token) > 0 {
		after = string(token)
	}
	result := listResult{Name: "bucket", EncodingType: query.Get("encoding-type")}
	encode := func(key string) string {
		if result.EncodingType == "url" {
			return url.QueryEscape(key)
		}
		return key
	}
	last, entries := "", 0
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range s.keys {
		if !strings.HasPrefix(key, prefix) || key <= after {
			continue
		}
		entry := key
		if i := strings.Index(key[len(prefix):], delimiter); delimiter != "" && i >= 0 {
			entry = key[:len(prefix)+i+len(delimiter)]
			if entry == last || entry == after {
				continue
			}
		}
		if entries == most {
			result.IsTruncated, result.NextContinuationToken = true, hex.EncodeToString([]byte(last))
			break
		}
		if entries++; entry == key && (delimiter == "" || !strings.HasSuffix(entry[len(prefix):], delimiter)) {
			result.Contents = append(result.Contents, struct {
				Key  string
				Size int
			}{encode(key), 1})
		} else {
			result.CommonPrefixes = append(result.CommonPrefixes, struct{ Prefix string }{encode(entry)})
		}
		last = entry
	}
	_ = xml.NewEncoder(w).Encode(result)
}
