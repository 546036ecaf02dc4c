package s3_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// Many services refuse a DeleteObjects without it.
func TestDeleteObjectsHasAContentMD5(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, nil)
	put(t, store, "f/a", "text")
	var right bool
	relay.meddle(func(_ http.ResponseWriter, r *http.Request) bool {
		if operationOf(r) == "DeleteObjects" {
			body, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			sum := md5.Sum(body)
			right = r.Header.Get("Content-MD5") == base64.StdEncoding.EncodeToString(sum[:])
			r.Body = io.NopCloser(strings.NewReader(string(body)))
		}
		return false
	})
	require.NoError(t, store.DeleteFolder(t.Context(), "f", core.DeleteFolderOptions{Recursive: true}))
	assert.True(t, right)
	found, err := store.Exists(t.Context(), "f/a", core.AnyKind)
	require.NoError(t, err)
	assert.False(t, found)
}

// An endpoint that has no DeleteObjects gets a request for each.
func TestDeleteOfAFolderWithoutDeleteObjects(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, nil)
	for _, path := range []string{"f/a", "f/b/c", "g"} {
		put(t, store, path, "text")
	}
	relay.refuse("DeleteObjects", 1, http.StatusNotImplemented, "NotImplemented")
	relay.take()
	require.NoError(t, store.DeleteFolder(t.Context(), "f", core.DeleteFolderOptions{Recursive: true}))
	assert.Equal(t, []string{"ListObjectsV2", "DeleteObjects", "DeleteObject", "DeleteObject"}, relay.took())
	paths, err := list(t.Context(), store, "", true)
	require.NoError(t, err)
	assert.Equal(t, []string{"g"}, paths)

	put(t, store, "f/a", "text")
	relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
		switch operationOf(r) {
		case "DeleteObjects":
			answer(w, http.StatusNotImplemented, "NotImplemented")
		case "DeleteObject":
			answer(w, http.StatusForbidden, "AccessDenied")
		default:
			return false
		}
		return true
	})
	e := requireError(t, store.DeleteFolder(t.Context(), "f", core.DeleteFolderOptions{Recursive: true}), errs.PermissionDenied)
	assert.Equal(t, "f/a", e.Path)
	relay.meddle(nil)
}

// The answer has status 200, and refuses some of the objects.
func TestDeleteOfAFolderNamesWhatStays(t *testing.T) {
	t.Parallel()
	for _, root := range []string{"s3://bucket", "s3://bucket/some/where"} {
		for s3Code, want := range map[string]errs.Code{
			"AccessDenied": errs.PermissionDenied, "SomethingNew": errs.Unknown,
		} {
			t.Run(root+" "+s3Code, func(t *testing.T) {
				t.Parallel()
				prefix := strings.TrimPrefix(strings.TrimPrefix(root, "s3://bucket"), "/")
				if prefix != "" {
					prefix += "/"
				}
				server := newStub(t, prefix+"f/a", prefix+"f/b", prefix+"f/c")
				server.refuse = map[string]string{prefix + "f/b": s3Code, prefix + "f/c": "AccessDenied"}
				store := openSet(t, variables(t, server.URL), root, fast(nil))
				e := requireError(t, store.DeleteFolder(t.Context(), "f", core.DeleteFolderOptions{Recursive: true}), want)
				assert.Equal(t, "f/b", e.Path)
				assert.Equal(t, s3Code, e.S3Code)
				assert.Contains(t, e.Message, "2 of 3")
				assert.Contains(t, e.Message, "because of "+s3Code)
			})
		}
	}
}

// What may succeed later is tried again, alone, as the SDK does not.
func TestDeleteOfAFolderTriesAgain(t *testing.T) {
	t.Parallel()
	for _, s3Code := range []string{"InternalError", "SlowDown", "NoSuchKey"} {
		server := newStub(t, "f/a", "f/b", "f/c")
		server.refuse = map[string]string{"f/b": s3Code}
		store := openSet(t, variables(t, server.URL), "s3://bucket", fast(nil))
		require.NoError(t, store.DeleteFolder(t.Context(), "f", core.DeleteFolderOptions{Recursive: true}), s3Code)
	}
}

// deletes is the body of a DeleteObjects, and of its answer.
type deletes struct {
	XMLName xml.Name
	Object  []struct{ Key string } `xml:"Object"`
	Error   []refusal              `xml:"Error"`
}

type refusal struct{ Key, Code, Message string }

// answerDeletes refuses some keys. mu guards nothing of it but the map.
func answerDeletes(w http.ResponseWriter, r *http.Request, mu *sync.Mutex, refuse map[string]string) {
	var asked deletes
	if err := xml.NewDecoder(r.Body).Decode(&asked); err != nil {
		answer(w, http.StatusBadRequest, "MalformedXML")
		return
	}
	mu.Lock()
	defer mu.Unlock()
	result := deletes{XMLName: xml.Name{Local: "DeleteResult"}}
	for _, o := range asked.Object {
		if code, ok := refuse[o.Key]; ok {
			result.Error = append(result.Error, refusal{o.Key, code, "because of " + code})
		}
	}
	_ = xml.NewEncoder(w).Encode(result)
}

func TestDeleteManyNamesEveryObjectThatStays(t *testing.T) {
	t.Parallel()
	server := newStub(t)
	server.refuse = map[string]string{"a": "AccessDenied", "b": "SomethingNew"}
	store := openSet(t, variables(t, server.URL), "s3://bucket", fast(nil))
	objects := []core.Deletion{{Path: "c"}, {Path: "a"}, {Path: "b", VersionID: "v"}, {Path: "/a"}}
	for i := range 2000 {
		objects = append(objects, core.Deletion{Path: strconv.Itoa(i)})
	}
	objects = append(objects, core.Deletion{Path: "a"}, core.Deletion{Path: "b", VersionID: "w"})
	failed, err := store.DeleteMany(t.Context(), objects)
	require.NoError(t, err)
	found := map[int]string{}
	for i, err := range failed {
		e := err.(*errs.Error)
		found[i] = e.Code.String() + " " + e.Path
	}
	assert.Equal(t, map[int]string{
		1: "PERMISSION_DENIED a", 2: "UNKNOWN b", 3: "PERMISSION_DENIED /a", 2004: "PERMISSION_DENIED a", 2005: "UNKNOWN b",
	}, found, "one that is there twice, and versions that the answer does not tell")

	none, err := store.DeleteMany(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, none)
}

// What the answer is about must be what was asked for: else a failure would be one
// of another object.
func TestDeleteManyOfAnObjectThatNobodyNamed(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<DeleteResult><Error><Key>other</Key><Code>AccessDenied</Code></Error></DeleteResult>")
	})
	_, err := store.DeleteMany(t.Context(), []core.Deletion{{Path: "a"}})
	requireError(t, err, errs.Corrupt)
}

// The requests of one call are in flight together, and each failure has the index of its object.
func TestManyDeletesAtOnce(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, fast(nil))
	objects := make([]core.Deletion, 3500)
	for i := range objects {
		objects[i].Path = fmt.Sprint("d/", i)
	}
	var waiting atomic.Int32
	all := make(chan struct{})
	relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
		if waiting.Add(1) == 4 {
			close(all)
		}
		await(t, all)
		return false
	})
	failed, err := store.DeleteMany(t.Context(), objects)
	require.NoError(t, err)
	assert.Empty(t, failed)
	assert.Equal(t, []string{"DeleteObjects", "DeleteObjects", "DeleteObjects", "DeleteObjects"}, relay.took())

	stub := newStub(t)
	stub.refuse = map[string]string{"d/7": "AccessDenied", "d/2999": "AccessDenied", "d/3000": "AccessDenied"}
	store = openSet(t, variables(t, stub.URL), "s3://bucket", fast(nil))
	failed, err = store.DeleteMany(t.Context(), append(objects, core.Deletion{Path: "d/2999"}))
	require.NoError(t, err)
	require.Len(t, failed, 4)
	for i, path := range map[int]string{7: "d/7", 2999: "d/2999", 3000: "d/3000", 3500: "d/2999"} {
		assert.Equal(t, errs.PermissionDenied, errs.CodeOf(failed[i]))
		assert.Equal(t, path, failed[i].(*errs.Error).Path)
	}
}
