package s3_test

import (
	"context"
	"maps"
	"net/http"
	"path"
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

// belonging is what a write gives an object beside its bytes, and what it has
// of that then.
var (
	belonging = core.PutOptions{
		Metadata: map[string]string{"mark": "value"},
		Attributes: core.Attributes{
			CacheControl: "max-age=60", ContentDisposition: "inline", ContentEncoding: "br", ContentLanguage: "de",
			ContentType: "text/x-test", StorageClass: "REDUCED_REDUNDANCY",
		},
		Tags: map[string]string{"team": "a+b c=d", "empty": ""},
	}
	belongs = map[string]string{
		"cache control": "max-age=60", "disposition": "inline", "encoding": "br", "language": "de", "type": "text/x-test",
		"metadata": "mark=value", "tags": "empty= team=a+b c=d",
	}
)

// without is belongs without one of it.
func without(name string) map[string]string {
	rest := maps.Clone(belongs)
	rest[name] = ""
	return rest
}

// writes are the ways to write an object.
var writes = map[string]func(t *testing.T, store *core.Store, path string, o core.PutOptions) error{
	"put": func(t *testing.T, store *core.Store, path string, o core.PutOptions) error {
		_, err := store.Put(t.Context(), path, []byte("text"), o)
		return err
	},
	"small writer": func(t *testing.T, store *core.Store, path string, o core.PutOptions) error {
		return write(t, store, path, []byte("text"), o)
	},
	"writer": func(t *testing.T, store *core.Store, path string, o core.PutOptions) error {
		return write(t, store, path, make([]byte, 9<<20), o)
	},
	"large put": func(t *testing.T, store *core.Store, path string, o core.PutOptions) error {
		_, err := store.Put(t.Context(), path, make([]byte, 64<<20+1), o)
		return err
	},
	"upload": func(t *testing.T, store *core.Store, path string, o core.PutOptions) error {
		u, err := store.NewUpload(t.Context(), path, o)
		require.NoError(t, err)
		require.NoError(t, u.Part(t.Context(), 1, []byte("text")))
		_, err = u.Commit(t.Context())
		return err
	},
}

func TestWhatAWriteGivesAnObject(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	for _, c := range []struct {
		set  settings
		want map[string]string
	}{{nil, belongs}, {settings{"disable_tagging": "true"}, without("tags")}} {
		relay := newRelay(t)
		store := relay.open(t, server, place.URL, c.set)
		for name, do := range writes {
			path := strings.ReplaceAll(name, " ", "-")
			o := belonging
			o.Overwrite = true
			require.NoError(t, do(t, store, path, o), name)
			assert.Equal(t, c.want, belongings(t, raw(server), &place.Bucket, place.Prefix+path), "%s %v", name, c.set)
			for _, request := range relay.take() {
				if request.operation == "PutObject" || request.operation == "CreateMultipartUpload" {
					assert.Equal(t, "REDUCED_REDUNDANCY", request.Get("X-Amz-Storage-Class"), name)
				}
			}
		}
	}
}

// A copy may give the target something else than the source has.
func TestACopyThatReplaces(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	old := core.PutOptions{
		Metadata:   map[string]string{"old": "1"},
		Attributes: core.Attributes{ContentType: "text/old", ContentLanguage: "en"},
		Tags:       map[string]string{"old": "1"},
	}
	for _, overwrite := range []bool{false, true} {
		for _, disabled := range []string{"false", "true"} {
			place := server.Place(t)
			client := raw(server)
			plain := relay.open(t, server, place.URL, nil)
			_, err := plain.Put(t.Context(), "a", []byte("text"), old)
			require.NoError(t, err)
			store := relay.open(t, server, place.URL, settings{"disable_tagging": disabled})

			relay.take()
			require.NoError(t, store.Copy(t.Context(), "a", "b", core.CopyOptions{Overwrite: overwrite, Replace: &belonging}))
			requests := relay.take()
			assert.Empty(t, only(requests, "GetObjectTagging"))
			got := belongings(t, client, &place.Bucket, place.Prefix+"b")
			switch {
			case disabled == "false":
				assert.Equal(t, belongs, got, "overwrite %t", overwrite)
			case overwrite: // S3 copies them by itself, and nothing is said about them
				copied := only(requests, "CopyObject")[0]
				assert.Equal(t, "REPLACE", copied.Get("X-Amz-Metadata-Directive"))
				assert.NotContains(t, copied.Header, "X-Amz-Tagging-Directive")
				assert.NotContains(t, copied.Header, "X-Amz-Tagging")
			default:
				assert.Equal(t, without("tags"), got)
			}

			// Of a copy that replaces nothing, the tags are asked for only if they count.
			relay.take()
			require.NoError(t, store.Copy(t.Context(), "a", "c", core.CopyOptions{}))
			assert.Len(t, only(relay.take(), "GetObjectTagging"), map[string]int{"false": 1, "true": 0}[disabled])
			tags := map[string]string{"false": "old=1", "true": ""}[disabled]
			assert.Equal(t, tags, belongings(t, client, &place.Bucket, place.Prefix+"c")["tags"])
			text, err := read(t.Context(), store, "b", core.GetOptions{})
			require.NoError(t, err)
			assert.Equal(t, "text", text)
		}
	}
}

// moto tells who may use an object; versitygw keeps that of buckets only.
func TestACL(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	place := server.Place(t)
	store := openSet(t, serverVariables(t, server), place.URL, nil)
	others := func(name string) []string {
		key := place.Prefix + name
		out, err := raw(server).GetObjectAcl(t.Context(), &s3.GetObjectAclInput{Bucket: &place.Bucket, Key: &key})
		require.NoError(t, err)
		may := []string{}
		for _, grant := range out.Grants {
			if group := aws.ToString(grant.Grantee.URI); group != "" {
				may = append(may, path.Base(group)+" "+string(grant.Permission))
			}
		}
		return may
	}
	for name, do := range writes {
		at := strings.ReplaceAll(name, " ", "-")
		require.NoError(t, do(t, store, at, core.PutOptions{ACL: "public-read"}), name)
		assert.Equal(t, []string{"AllUsers READ"}, others(at), name)
	}
	put(t, store, "a", "text")
	assert.Empty(t, others("a"))
	require.NoError(t, store.SetACL(t.Context(), "a", "authenticated-read"))
	assert.Equal(t, []string{"AuthenticatedUsers READ"}, others("a"))
	require.NoError(t, store.SetACL(t.Context(), "a", "private"))
	assert.Empty(t, others("a"))
	require.NoError(t, store.Copy(t.Context(), "a", "b", core.CopyOptions{
		Overwrite: true, Replace: &core.PutOptions{ACL: "public-read"},
	}))
	assert.Equal(t, []string{"AllUsers READ"}, others("b"))
	requireError(t, store.SetACL(t.Context(), "none", "private"), errs.NotFound)
	requireError(t, store.SetACL(t.Context(), "a", "everybody"), errs.InvalidArgument)
}

func TestDisableBulkDelete(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, settings{"disable_bulk_delete": "true"})
	var all []core.Deletion
	for _, name := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		put(t, store, name, "text")
		all = append(all, core.Deletion{Path: name})
	}
	var now, most atomic.Int32
	met := make(chan struct{}) // is closed when as many as may are on their way at once
	relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
		if operationOf(r) != "DeleteObject" {
			return false
		}
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
			if n == 10 {
				close(met)
			}
		}
		<-met
		now.Add(-1)
		if strings.HasSuffix(r.URL.Path, "/q") {
			answer(w, http.StatusForbidden, "AccessDenied")
			return true
		}
		return false
	})
	relay.take()
	failed, err := store.DeleteMany(t.Context(), all)
	require.NoError(t, err)
	assert.Equal(t, slices.Repeat([]string{"DeleteObject"}, len(all)), relay.took())
	assert.EqualValues(t, 10, most.Load())
	require.Len(t, failed, 1)
	assert.Equal(t, "q", requireError(t, failed[16], errs.PermissionDenied).Path)
	relay.meddle(nil)
	paths, err := list(t.Context(), store, "", true)
	require.NoError(t, err)
	assert.Equal(t, []string{"q"}, paths)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = store.DeleteMany(ctx, all)
	requireError(t, err, errs.Cancelled)
}
