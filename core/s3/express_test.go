package s3_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

const (
	directory     = "bucket--use1-az4--x-s3"
	directoryHost = directory + ".s3express-use1-az4.us-east-1.amazonaws.com"
)

// directoryStub plays a directory bucket, which no server of the tests has, as
// the API Reference describes it: sessions, appends, and listings without order.
type directoryStub struct {
	t    *testing.T
	life time.Duration // of a session

	mu       sync.Mutex
	keys     []string // in the order of a listing
	objects  map[string]string
	seen     []string
	sessions int
	refuse   func(w http.ResponseWriter, r *http.Request) bool
}

func newDirectory(t *testing.T, s settings) (*directoryStub, *core.Store) {
	t.Helper()
	stub := &directoryStub{t: t, life: 5 * time.Minute, objects: map[string]string{}}
	aws := newAuthority(t, stub.serve, directoryHost)
	all := fast(settings{"https_proxy": newProxy(t, aws.server).URL, "tls_ca_bundle": aws.file})
	for name, value := range s {
		all[name] = value
	}
	return stub, openSet(t, variables(t, ""), "s3://"+directory, all)
}

func (s *directoryStub) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	operation, query, key := operationOf(r), r.URL.Query(), strings.TrimPrefix(r.URL.Path, "/")
	switch {
	case query.Has("session"):
		operation = "CreateSession"
	case operation == "HeadBucket" && key != "": // the bucket is in the name of the host
		operation = "HeadObject"
	}
	s.seen = append(s.seen, operation)
	if s.refuse != nil && s.refuse(w, r) {
		return
	}
	token := r.Header.Get("X-Amz-S3session-Token")
	switch operation {
	case "CreateSession":
		assert.Empty(s.t, token)
		s.sessions++
		_, _ = fmt.Fprintf(w, "<CreateSessionResult><Credentials><SessionToken>%s-%d</SessionToken><SecretAccessKey>%s</SecretAccessKey>"+
			"<AccessKeyId>session</AccessKeyId><Expiration>%s</Expiration></Credentials></CreateSessionResult>",
			secret, s.sessions, secret, time.Now().Add(s.life).UTC().Format(time.RFC3339))
		return
	default:
		assert.Equal(s.t, fmt.Sprintf("%s-%d", secret, s.sessions), token)
		assert.Contains(s.t, r.Header.Get("Authorization"), "Credential=session/")
	}
	switch operation {
	case "PutObject":
		s.put(w, r, key)
	case "HeadObject", "GetObject":
		text, ok := s.objects[key]
		if !ok {
			answer(w, http.StatusNotFound, "NoSuchKey")
			return
		}
		w.Header().Set("ETag", `"e"`)
		w.Header().Set("X-Amz-Checksum-Crc32c", "AAAAAA==")
		w.Header().Set("X-Amz-Checksum-Type", "COMPOSITE")
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		_, _ = io.WriteString(w, text)
	case "ListObjectsV2":
		s.list(w, query)
	}
}

func (s *directoryStub) put(w http.ResponseWriter, r *http.Request, key string) {
	data, _ := io.ReadAll(r.Body)
	text := string(data)
	if strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") { // one chunk
		_, rest, _ := strings.Cut(text, "\r\n")
		text, _, _ = strings.Cut(rest, "\r\n0\r\n")
	}
	old, exists := s.objects[key]
	switch offset := r.Header.Get("X-Amz-Write-Offset-Bytes"); {
	case offset == "" && exists && r.Header.Get("If-None-Match") == "*":
		answer(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	case offset == "":
		old = ""
	case offset != strconv.Itoa(len(old)):
		answer(w, http.StatusBadRequest, "InvalidWriteOffset")
		return
	case r.Header.Get("X-Amz-Sdk-Checksum-Algorithm") != "CRC32C", r.Header.Get("X-Amz-Meta-Mark") != "",
		r.Header.Get("Content-Type") != "", text == "":
		answer(w, http.StatusBadRequest, "InvalidRequest")
		return
	}
	s.objects[key] = old + text
	w.Header().Set("ETag", `"e2"`)
}

// list answers with two entries at once, which are in no order.
func (s *directoryStub) list(w http.ResponseWriter, query url.Values) {
	prefix, delimiter := query.Get("prefix"), query.Get("delimiter")
	if query.Has("start-after") || prefix != "" && !strings.HasSuffix(prefix, "/") || delimiter != "" && delimiter != "/" {
		answer(w, http.StatusNotImplemented, "NotImplemented")
		return
	}
	result := listResult{Name: directory}
	var entries []string
	for _, key := range s.keys {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		if i := strings.Index(key[len(prefix):], "/"); delimiter != "" && i >= 0 {
			key = key[:len(prefix)+i+1]
		}
		if !slices.Contains(entries, key) {
			entries = append(entries, key)
		}
	}
	first, _ := strconv.Atoi(query.Get("continuation-token"))
	for _, key := range entries[first:min(first+2, len(entries))] {
		if strings.HasSuffix(key, "/") {
			result.CommonPrefixes = append(result.CommonPrefixes, struct{ Prefix string }{key})
		} else {
			result.Contents = append(result.Contents, struct {
				Key  string
				Size int
			}{key, 1})
		}
	}
	if first+2 < len(entries) {
		result.IsTruncated, result.NextContinuationToken = true, strconv.Itoa(first+2)
	}
	_ = xml.NewEncoder(w).Encode(result)
}

func (s *directoryStub) took() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.seen
	s.seen = nil
	return taken
}

func TestSessionsOfADirectoryBucket(t *testing.T) {
	t.Parallel()
	t.Run("one serves all calls", func(t *testing.T) {
		stub, store := newDirectory(t, settings{"s3_express": "true"})
		var calls sync.WaitGroup
		for i := range 16 {
			calls.Go(func() {
				_, err := store.Put(t.Context(), strconv.Itoa(i), []byte("text"), core.PutOptions{})
				assert.NoError(t, err)
			})
		}
		calls.Wait()
		assert.Equal(t, append([]string{"CreateSession"}, slices.Repeat([]string{"PutObject"}, 16)...), stub.took())
	})
	t.Run("it is renewed", func(t *testing.T) {
		stub, store := newDirectory(t, nil)
		stub.life = 59 * time.Second // less than what is left to it when it is used
		for range 2 {
			_, err := store.Head(t.Context(), "none", core.HeadOptions{})
			requireError(t, err, errs.NotFound)
		}
		assert.Equal(t, 4, stub.sessions, "each is a Head, and a look why there is nothing")
	})
	t.Run("refused", func(t *testing.T) {
		stub, store := newDirectory(t, nil)
		stub.refuse = func(w http.ResponseWriter, _ *http.Request) bool {
			answer(w, http.StatusForbidden, "AccessDenied")
			return true
		}
		_, err := store.Put(t.Context(), "a", []byte("text"), core.PutOptions{})
		e := requireError(t, err, errs.PermissionDenied)
		assert.Equal(t, "AccessDenied", e.S3Code)
		assert.Equal(t, "the-request", e.RequestID)
		assert.Equal(t, 1, e.Attempts)
		stub.refuse = func(w http.ResponseWriter, r *http.Request) bool {
			answer(w, http.StatusNotFound, "NoSuchBucket")
			return true
		}
		requireError(t, store.Ping(t.Context()), errs.NotFound)
	})
	t.Run("an endpoint that repeats its secrets", func(t *testing.T) {
		stub, store := newDirectory(t, nil)
		stub.refuse = func(w http.ResponseWriter, r *http.Request) bool {
			token := r.Header.Get("X-Amz-S3session-Token")
			if token == "" {
				return false
			}
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprintf(w, "<Error><Code>AccessDenied</Code><Message>not %s</Message></Error>", token)
			return true
		}
		_, err := store.Put(t.Context(), "a", []byte("text"), core.PutOptions{})
		assert.NotContains(t, requireError(t, err, errs.PermissionDenied).Message, secret)
	})
	t.Run("a call that ends while another asks", func(t *testing.T) {
		stub, store := newDirectory(t, nil)
		asked, answered := make(chan struct{}), make(chan struct{})
		stub.refuse = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Query().Has("session") {
				close(asked)
				<-answered
			}
			return false
		}
		var first sync.WaitGroup
		first.Go(func() {
			_, err := store.Put(t.Context(), "a", []byte("text"), core.PutOptions{})
			assert.NoError(t, err)
		})
		<-asked
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := store.Put(ctx, "b", []byte("text"), core.PutOptions{})
		requireError(t, err, errs.Deadline)
		close(answered)
		first.Wait()
	})
}

func TestAppendToADirectoryBucket(t *testing.T) {
	t.Parallel()
	stub, store := newDirectory(t, nil)
	o := core.PutOptions{Metadata: map[string]string{"mark": "value"}}
	for i, piece := range []string{"first ", "second ", "", "third"} {
		made, err := store.Append(t.Context(), "log", []byte(piece), o)
		require.NoError(t, err, i)
		assert.EqualValues(t, len(stub.objects["log"]), made.Size)
	}
	assert.Equal(t, "first second third", stub.objects["log"])
	assert.Equal(t, []string{"CreateSession", "HeadObject", "PutObject", "HeadObject", "PutObject", "HeadObject", "HeadObject", "PutObject"},
		stub.took())

	// Somebody else was first: once, and always.
	times := 1
	stub.refuse = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && times != 0 {
			times--
			stub.objects["log"] += "!"
		}
		return false
	}
	_, err := store.Append(t.Context(), "log", []byte("?"), o)
	require.NoError(t, err)
	assert.Equal(t, "first second third!?", stub.objects["log"])
	times = -1
	_, err = store.Append(t.Context(), "log", []byte("?"), o)
	e := requireError(t, err, errs.Changed)
	assert.True(t, e.Retryable)
	assert.Equal(t, "first second third!?!!!", stub.objects["log"])

	// The answer was lost: it may be our own.
	lost := true
	stub.refuse = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && lost {
			lost = false
			stub.put(w, r, "log")
			panic(http.ErrAbortHandler)
		}
		return false
	}
	_, err = store.Append(t.Context(), "log", []byte("?"), o)
	assert.Contains(t, requireError(t, err, errs.Unavailable).Message, "not known")

	other := fake(t, empty)
	_, err = other.Append(t.Context(), "log", nil, core.PutOptions{})
	assert.Equal(t, "append", requireError(t, err, errs.NotSupported).Capability)
	assert.True(t, store.Capabilities().Has(driver.CanAppend))
	for _, lacks := range []driver.Capabilities{driver.CanTags, driver.CanVersions, driver.CanACL} {
		assert.False(t, store.Capabilities().Has(lacks), lacks)
		assert.True(t, other.Capabilities().Has(lacks), lacks)
	}
	_, err = store.Put(t.Context(), "a", nil, core.PutOptions{Tags: map[string]string{"a": "b"}})
	requireError(t, err, errs.NotSupported)
}

func TestListADirectoryBucket(t *testing.T) {
	t.Parallel()
	stub, store := newDirectory(t, nil)
	stub.keys = []string{"b/two", "z", "a/deep/er/one", "b/one", "a/x", "a/deep/two", "alone", "b/deep/one", "a/y"}
	for _, c := range []struct {
		folder string
		o      core.ListOptions
		want   []string
	}{
		{"", core.ListOptions{}, []string{"a/", "alone", "b/", "z"}},
		{"", core.ListOptions{Prefix: "al"}, []string{"alone"}},
		{"", core.ListOptions{Prefix: "a"}, []string{"a/", "alone"}},
		{"a", core.ListOptions{}, []string{"a/deep/", "a/x", "a/y"}},
		{"a", core.ListOptions{Prefix: "de"}, []string{"a/deep/"}},
		{"a", core.ListOptions{Prefix: "de", Recursive: true}, []string{"a/deep/er/one", "a/deep/two"}},
		{"", core.ListOptions{Recursive: true}, stub.keys},
		{"", core.ListOptions{Recursive: true, Only: core.Folder}, []string{"a/", "a/deep/", "a/deep/er/", "b/", "b/deep/"}},
		{"", core.ListOptions{MaxDepth: new(1)}, []string{"a/x", "a/y", "alone", "b/one", "b/two", "z"}},
		{"none", core.ListOptions{Recursive: true}, nil},
	} {
		paths, err := s3test.List(t.Context(), store, c.folder, c.o)
		require.NoError(t, err)
		assert.ElementsMatch(t, c.want, paths, "%s %+v", c.folder, c.o)
	}
	folder, err := store.FolderInfo(t.Context(), "a", core.FolderInfoOptions{})
	require.NoError(t, err)
	assert.EqualValues(t, 4, folder.Files)

	for _, o := range []core.ListOptions{{After: "b"}, {Token: tokenOf(t, store)}} {
		_, err := s3test.List(t.Context(), store, "", o)
		e := requireError(t, err, errs.NotSupported)
		assert.Equal(t, "list_order", e.Capability)
	}
}

// tokenOf is one of a listing that has given something.
func tokenOf(t *testing.T, store *core.Store) string {
	pages, err := store.List("", core.ListOptions{})
	require.NoError(t, err)
	_, err = pages.Next(t.Context())
	require.NoError(t, err)
	token, err := pages.Token()
	require.NoError(t, err)
	return token
}
