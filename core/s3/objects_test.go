package s3_test

import (
	"fmt"
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
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// What servers make of conditions differs: none of them knows a list of ETags, moto
// no "*" and versitygw no whole seconds, and for MinIO a time outranks an ETag.
func TestConditionsAreThoseOfHTTPOnEveryServer(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"versitygw", "moto"} {
		server := s3test.Start(t, target)
		store := openIn(t, serverVariables(t, server), server.Place(t).URL)
		put(t, store, "a", "text")
		info, err := store.Head(t.Context(), "a", core.HeadOptions{})
		require.NoError(t, err)
		etag, modified := info.ETag, info.Modified.Truncate(time.Second)
		other, list := `"other"`, `"other", `+info.ETag
		before, later := modified.Add(-time.Hour), modified.Add(time.Hour)
		for i, c := range []struct {
			conditions core.Conditions
			want       errs.Code
		}{
			{core.Conditions{IfMatch: etag}, errs.OK},
			{core.Conditions{IfMatch: "*"}, errs.OK},
			{core.Conditions{IfMatch: list}, errs.OK},
			{core.Conditions{IfMatch: other}, errs.PreconditionFailed},
			{core.Conditions{IfMatch: other + ", " + other}, errs.PreconditionFailed},
			{core.Conditions{IfMatch: etag, IfUnmodifiedSince: before}, errs.OK},
			{core.Conditions{IfNoneMatch: etag}, errs.NotModified},
			{core.Conditions{IfNoneMatch: "*"}, errs.NotModified},
			{core.Conditions{IfNoneMatch: list}, errs.NotModified},
			{core.Conditions{IfNoneMatch: other}, errs.OK},
			{core.Conditions{IfNoneMatch: other, IfModifiedSince: later}, errs.OK},
			{core.Conditions{IfModifiedSince: modified}, errs.NotModified},
			{core.Conditions{IfModifiedSince: before}, errs.OK},
			{core.Conditions{IfUnmodifiedSince: before}, errs.PreconditionFailed},
			{core.Conditions{IfUnmodifiedSince: later}, errs.OK},
			{core.Conditions{IfMatch: etag, IfNoneMatch: etag}, errs.NotModified},
		} {
			where := fmt.Sprintf("%s, %d: %+v", target, i, c.conditions)
			_, err := store.Head(t.Context(), "a", core.HeadOptions{Conditions: c.conditions})
			assert.Equal(t, c.want, errs.CodeOf(err), "head: %s: %v", where, err)
			for _, random := range []bool{false, true} {
				_, err = read(t.Context(), store, "a", core.GetOptions{Conditions: c.conditions, Random: random})
				assert.Equal(t, c.want, errs.CodeOf(err), "get: %s: %v", where, err)
			}
		}
	}
}

// MinIO deletes whatever the condition says, and a raw delete asked nobody before it.
func TestADeleteOfAnETagLooksFirst(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, nil)
	put(t, store, "a", "text")
	for _, in := range []*core.Store{store, store.Raw()} {
		relay.take()
		err := in.Delete(t.Context(), "a", core.DeleteOptions{IfMatch: "other", MissingOK: true})
		assert.Equal(t, errs.PreconditionFailed, errs.CodeOf(err), "%v", err)
		assert.Equal(t, []string{"HeadObject"}, relay.took())
	}
	info, err := store.Head(t.Context(), "a", core.HeadOptions{})
	require.NoError(t, err)
	relay.take()
	require.NoError(t, store.Raw().Delete(t.Context(), "a", core.DeleteOptions{IfMatch: info.ETag, MissingOK: true}))
	requests := relay.take()
	require.Len(t, requests, 2)
	assert.Equal(t, info.ETag, requests[0].Header.Get("If-Match"))
	assert.Equal(t, info.ETag, requests[1].Header.Get("If-Match"), "what comes in between stays")
}

func TestNoSuffixOfAnEmptyObject(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"status 200": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("ETag", `"e"`) }, // versitygw, moto
		"status 206 (MinIO)": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 0--1/0")
			w.Header().Set("Content-Length", "0")
			w.WriteHeader(http.StatusPartialContent)
		},
		"status 416 (S3)": func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusRequestedRangeNotSatisfiable, "InvalidRange")
		},
	} {
		_, err := read(t.Context(), fake(t, handler), "a", core.GetOptions{Suffix: 3})
		assert.Equal(t, errs.RangeNotSatisfiable, errs.CodeOf(err), "%s: %v", name, err)
	}
}

func TestVersionsThatAreNone(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw-versioned")
	store := openIn(t, serverVariables(t, server), server.Place(t).URL)
	put(t, store, "a", "text")
	require.NoError(t, store.Delete(t.Context(), "a", core.DeleteOptions{}))
	pages, err := store.List("", core.ListOptions{Versions: true})
	require.NoError(t, err)
	page, err := pages.Next(t.Context())
	require.NoError(t, err)
	require.Len(t, page, 2)
	require.True(t, page[0].Deleted && page[0].Latest && !page[1].Deleted && !page[1].Latest)

	text, err := read(t.Context(), store, "a", core.GetOptions{VersionID: page[1].VersionID})
	require.NoError(t, err)
	assert.Equal(t, "text", text)
	for version, want := range map[string]errs.Code{
		page[0].VersionID: errs.NotFound, // a mark of a deletion
		"nonsense":        errs.InvalidArgument,
	} {
		_, err = store.Head(t.Context(), "a", core.HeadOptions{VersionID: version})
		assert.Equal(t, want, errs.CodeOf(err), "head: %v", err)
		_, err = read(t.Context(), store, "a", core.GetOptions{VersionID: version})
		assert.Equal(t, want, errs.CodeOf(err), "get: %v", err)
		_, err = read(t.Context(), store, "a", core.GetOptions{VersionID: version, Random: true})
		assert.Equal(t, want, errs.CodeOf(err), "random: %v", err)
		err = store.Copy(t.Context(), "a", "b", core.CopyOptions{SourceVersion: version})
		assert.Equal(t, want, errs.CodeOf(err), "copy: %v", err)
	}
}

// Most endpoints have no lists of permissions, and buckets of S3 need not.
func TestRefusedACLs(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]errs.Code{
		"AccessControlListNotSupported": errs.NotSupported, "NotImplemented": errs.NotSupported, "AccessDenied": errs.PermissionDenied,
	} {
		store := fake(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusBadRequest, code) })
		e := requireError(t, store.SetACL(t.Context(), "a", "public-read"), want)
		assert.Equal(t, want == errs.NotSupported, e.Capability == "acl")
	}
	store := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusBadRequest, "AccessControlListNotSupported")
	})
	_, err := store.Put(t.Context(), "a", nil, core.PutOptions{ACL: "public-read"})
	assert.Equal(t, "acl", requireError(t, err, errs.NotSupported).Capability)
}

// Of a copy that may not overwrite, two conditions can fail, or one that a lock or a
// look has taken over.
func TestWhichConditionOfACopyDidNotHold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set    settings
		exists bool // the target
		match  bool // the source has the ETag
		want   errs.Code
	}{
		"native, source":       {settings{"copy_if_not_exists": "native"}, false, false, errs.PreconditionFailed},
		"native, target":       {settings{"copy_if_not_exists": "native"}, true, true, errs.AlreadyExists},
		"check, source":        {settings{"conditional_put": "check"}, false, false, errs.PreconditionFailed},
		"check, target":        {settings{"conditional_put": "check"}, true, true, errs.AlreadyExists},
		"native, neither fail": {settings{"copy_if_not_exists": "native"}, false, true, errs.OK},
	} {
		store := fakeSet(t, c.set, func(w http.ResponseWriter, r *http.Request) {
			source, target := `"e"`, r.URL.Path == "/bucket/b"
			switch {
			case r.Method == http.MethodHead && target && !c.exists:
				answer(w, http.StatusNotFound, "")
			case r.Method == http.MethodHead:
				w.Header().Set("ETag", source)
				w.Header().Set("Content-Length", "1")
			case !c.match, c.exists && r.Header.Get("If-None-Match") != "":
				answer(w, http.StatusPreconditionFailed, "PreconditionFailed")
			default:
				_, _ = io.WriteString(w, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>")
			}
		})
		etag := `"e"`
		if !c.match {
			etag = `"other"`
		}
		err := store.Copy(t.Context(), "a", "b", core.CopyOptions{SourceIfMatch: etag})
		assert.Equal(t, c.want, errs.CodeOf(err), "%s: %v", name, err)
	}
}

// S3 tells whole seconds only, and marks of a deletion apart from the versions.
func TestTheLatestVersionIsTheFirst(t *testing.T) {
	t.Parallel()
	const second = "<LastModified>2030-01-01T00:00:00.000Z</LastModified>"
	entry := func(element, key, version, latest string) string {
		return fmt.Sprintf("<%[1]s><Key>%[2]s</Key><VersionId>%[3]s</VersionId><IsLatest>%[4]s</IsLatest>%[5]s</%[1]s>",
			element, key, version, latest, second)
	}
	for name, listed := range map[string]string{
		"S3": entry("DeleteMarker", "a", "4", "true") + entry("Version", "a", "3", "false") + entry("DeleteMarker", "a", "2", "false") +
			entry("Version", "a", "1", "false") + entry("Version", "b", "5", "true"),
		"apart": entry("Version", "a", "3", "false") + entry("Version", "b", "5", "true") + entry("DeleteMarker", "a", "4", "true"),
	} {
		store := fake(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<ListVersionsResult><Name>bucket</Name>"+listed+"</ListVersionsResult>")
		})
		pages, err := store.List("", core.ListOptions{Versions: true})
		versions := ""
		for _, info := range all(t, pages, err) {
			versions += info.Path + info.VersionID + " "
			assert.Equal(t, info.VersionID == "4" || info.VersionID == "2", info.Deleted)
		}
		assert.Equal(t, map[string]string{"S3": "a4 a3 a2 a1 b5 ", "apart": "a4 a3 b5 "}[name], versions, name)
	}
}

// A folder, or what is in it, to begin behind.
func TestVersionsBehindAFolder(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw-versioned")
	store := openIn(t, serverVariables(t, server), server.Place(t).URL)
	for _, path := range []string{"a", "d/x", "d/y", "e"} {
		put(t, store, path, path)
	}
	for after, want := range map[string][]string{
		"": {"a", "d/", "e"}, "a": {"d/", "e"}, "d": {"d/", "e"}, "d/": {"e"}, "d/x": {"e"}, "d/z": {"e"}, "e": nil,
	} {
		pages, err := store.List("", core.ListOptions{Versions: true, After: after})
		assert.Equal(t, want, paths(all(t, pages, err)), "after %q", after)
	}
	token := ""
	var found []string
	for range 20 {
		pages, err := store.List("", core.ListOptions{Versions: true, Recursive: true, Limit: 1, Token: token})
		found = append(found, paths(all(t, pages, err))...)
		token, err = pages.Token()
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"a", "d/x", "d/y", "e"}, found)
}

// 0 is all: whatever the clock of the endpoint says.
func TestUploadsOfAnyAgeAreAborted(t *testing.T) {
	t.Parallel()
	aborted := 0
	store := fake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			aborted++
			if strings.HasSuffix(r.URL.Path, "refused") {
				answer(w, http.StatusForbidden, "AccessDenied")
			}
			return
		}
		uploads := ""
		for _, key := range []string{"d/a", "d/refused"} {
			uploads += "<Upload><Key>" + key + "</Key><UploadId>id</UploadId><Initiated>" +
				time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + "</Initiated></Upload>"
		}
		_, _ = io.WriteString(w, "<ListMultipartUploadsResult><Bucket>bucket</Bucket>"+uploads+"</ListMultipartUploadsResult>")
	})
	n, err := store.AbortUploads(t.Context(), "d", time.Second)
	require.NoError(t, err)
	assert.Zero(t, n)
	n, err = store.AbortUploads(t.Context(), "d", 0)
	assert.Equal(t, "d/refused", requireError(t, err, errs.PermissionDenied).Path)
	assert.EqualValues(t, 1, n)
	assert.Equal(t, 2, aborted)
	_, err = store.AbortUploads(t.Context(), "d", -1)
	requireError(t, err, errs.InvalidArgument)
}

func TestWhatCannotBeSigned(t *testing.T) {
	t.Parallel()
	store := fake(t, func(http.ResponseWriter, *http.Request) { t.Error("nobody is asked") })
	minute := time.Minute
	for _, o := range []core.SignOptions{
		{Method: "get", Expires: minute}, {Method: "", Expires: minute}, {Method: "GET\r\nX: y", Expires: minute}, {Method: "PROPFIND", Expires: minute},
		{Method: "GET"}, {Method: "GET", Expires: -minute}, {Method: "GET", Expires: time.Second - 1}, {Method: "GET", Expires: 7*24*time.Hour + 1},
		{Method: "GET", Expires: minute, Attributes: core.Attributes{StorageClass: "GLACIER"}},
		{Method: "DELETE", Expires: minute, Attributes: core.Attributes{ContentType: "text/plain"}},
		{Method: "PUT", Expires: minute, Attributes: core.Attributes{ContentType: "text/plain\r\nX-Amz-Acl: public-read"}},
		{Method: "GET", Expires: minute, VersionID: "a\nb"},
	} {
		_, err := store.Sign(t.Context(), "a", o)
		assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err), "%+v: %v", o, err)
	}
	_, err := fakeSet(t, settings{"skip_signature": "true"}, nil).Sign(t.Context(), "a", core.SignOptions{Method: "GET", Expires: minute})
	assert.Equal(t, errs.Unauthenticated, errs.CodeOf(err), "%v", err)
}

// However an object is written, S3 says of what type it is if nobody else does.
func TestNoContentTypeIsThatOfTheServer(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	store := openSet(t, serverVariables(t, server), server.Place(t).URL, settings{"part_size": "5242880"})
	types := map[string]string{}
	put(t, store, "put", "text")
	require.NoError(t, store.Copy(t.Context(), "put", "copy", core.CopyOptions{Replace: &core.PutOptions{}}))
	w, err := store.NewWriter(t.Context(), "parts", core.PutOptions{})
	require.NoError(t, err)
	_, err = w.Write(make([]byte, 5<<20+1))
	require.NoError(t, err)
	_, err = w.Commit(t.Context())
	require.NoError(t, err)
	for _, path := range []string{"put", "copy", "parts"} {
		info, err := store.Head(t.Context(), path, core.HeadOptions{})
		require.NoError(t, err)
		types[path] = info.ContentType
	}
	assert.Equal(t, map[string]string{"put": "binary/octet-stream", "copy": "binary/octet-stream", "parts": "binary/octet-stream"}, types)
}

// An update whose first answer is lost may find its own object, which has another
// ETag than the one that it replaced.
func TestLostAnswerOfAnUpdate(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(http.ResponseWriter){
		"replaced": func(w http.ResponseWriter) { answer(w, http.StatusPreconditionFailed, "PreconditionFailed") },
		"gone":     func(w http.ResponseWriter) { answer(w, http.StatusNotFound, "NoSuchKey") },
	} {
		for _, lost := range []bool{false, true} {
			var writes atomic.Int32
			store := fakeSet(t, fast(nil), func(w http.ResponseWriter, r *http.Request) {
				switch operation := operationOf(r); operation {
				case "CreateMultipartUpload":
					_, _ = io.WriteString(w, "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>")
				case "UploadPart":
					w.Header().Set("ETag", `"part"`)
				case "PutObject", "CompleteMultipartUpload":
					assert.Equal(t, `"old"`, r.Header.Get("If-Match"))
					if writes.Add(1) == 1 && lost {
						_, _ = io.Copy(io.Discard, r.Body)
						panic(http.ErrAbortHandler)
					}
					refuse(w)
				default:
					assert.Equal(t, "AbortMultipartUpload", operation)
					w.WriteHeader(http.StatusNoContent)
				}
			})
			want := map[bool]errs.Code{false: errs.PreconditionFailed, true: errs.Unavailable}[lost]
			_, err := store.Put(t.Context(), "a", []byte("x"), core.PutOptions{IfMatch: "old"})
			assert.Equal(t, want, errs.CodeOf(err), "%s, put: %v", name, err)
			writes.Store(0)
			u, err := store.NewUpload(t.Context(), "a", core.PutOptions{IfMatch: "old"})
			require.NoError(t, err)
			require.NoError(t, u.Part(t.Context(), 1, []byte("x")))
			_, err = u.Commit(t.Context())
			assert.Equal(t, want, errs.CodeOf(err), "%s, parts: %v", name, err)
		}
	}
}

// A delete of an ETag whose first answer is lost may find that it was carried out.
func TestLostAnswerOfADelete(t *testing.T) {
	t.Parallel()
	for s3Code, status := range map[string]int{"PreconditionFailed": http.StatusPreconditionFailed, "NoSuchKey": http.StatusNotFound} {
		for _, lost := range []bool{false, true} {
			var deletes atomic.Int32
			store := fakeSet(t, fast(nil), func(w http.ResponseWriter, r *http.Request) {
				if operationOf(r) == "HeadObject" {
					w.Header().Set("ETag", `"e"`)
					w.Header().Set("Content-Length", "1")
					return
				}
				assert.Equal(t, `"e"`, r.Header.Get("If-Match"))
				if deletes.Add(1) == 1 && lost {
					panic(http.ErrAbortHandler)
				}
				answer(w, status, s3Code)
			})
			want := map[string]errs.Code{"PreconditionFailed": errs.PreconditionFailed, "NoSuchKey": errs.NotFound}[s3Code]
			if lost {
				want = errs.Unavailable
			}
			err := store.Delete(t.Context(), "a", core.DeleteOptions{IfMatch: "e"})
			assert.Equal(t, want, errs.CodeOf(err), "%s: %v", s3Code, err)
		}
	}
}
