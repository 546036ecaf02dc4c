package conformance

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// endpoint answers each kind of request with a status: 200 is an object, or
// the pages of a listing, which begin anew with each one.
type endpoint struct {
	head, get int
	pages     []string // bodies of listings; "" is 404 NoSuchBucket, "403" AccessDenied
	changed   []string // the requests that would have changed something
}

const (
	emptyPage = `<ListBucketResult><Name>bucket</Name></ListBucketResult>`
	firstPage = `<ListBucketResult><Name>bucket</Name><IsTruncated>true</IsTruncated><NextContinuationToken>1</NextContinuationToken>` +
		`<Contents><Key>d/a</Key><Size>1</Size><ETag>"e"</ETag></Contents></ListBucketResult>`
	missing = ""
	denied  = "403"
)

func (e *endpoint) open(t *testing.T) *core.Store {
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	options := &core.Options{Getenv: func(string) string { return "" }}
	for key, value := range map[string]string{
		"endpoint": server.URL, "region": "us-east-1", "access_key_id": "key", "secret_access_key": "secret", "max_attempts": "1",
	} {
		require.NoError(t, options.Set(key, value))
	}
	store, err := core.Open("s3://bucket", options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodHead:
		w.Header().Set("ETag", `"e"`)
		w.WriteHeader(e.head)
	case r.URL.Query().Get("list-type") == "2":
		page := e.pages[0]
		if r.URL.Query().Get("continuation-token") != "" {
			page = e.pages[1]
		}
		switch page {
		case missing:
			refuse(w, http.StatusNotFound, "NoSuchBucket")
		case denied:
			refuse(w, http.StatusForbidden, "AccessDenied")
		default:
			_, _ = io.WriteString(w, page)
		}
	case r.Method == http.MethodGet:
		refuse(w, e.get, map[int]string{404: "NoSuchKey", 403: "AccessDenied"}[e.get])
	case r.Method == http.MethodPost && r.URL.Query().Has("delete"):
		_, _ = io.WriteString(w, `<DeleteResult></DeleteResult>`)
	default:
		e.changed = append(e.changed, r.Method+" "+r.URL.String())
		refuse(w, http.StatusForbidden, "AccessDenied")
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<Error><Code>%s</Code></Error>`, code)
}

// calls are those that have to look before they know.
var calls = map[string]func(s *core.Store) error{
	"head":      func(s *core.Store) error { _, err := s.Head(ctx, "a", core.HeadOptions{}); return err },
	"get":       func(s *core.Store) error { _, err := s.Get(ctx, "a", core.GetOptions{}); return err },
	"random":    func(s *core.Store) error { _, err := s.Get(ctx, "a", core.GetOptions{Random: true}); return err },
	"exists":    func(s *core.Store) error { _, err := s.Exists(ctx, "a", core.AnyKind); return err },
	"is_file":   func(s *core.Store) error { _, err := s.Exists(ctx, "a", core.Object); return err },
	"is_folder": func(s *core.Store) error { _, err := s.Exists(ctx, "a", core.Folder); return err },
	"delete":    func(s *core.Store) error { return s.Delete(ctx, "a", core.DeleteOptions{}) },
	"delete missing_ok": func(s *core.Store) error {
		return s.Delete(ctx, "a", core.DeleteOptions{MissingOK: true})
	},
	"copy":    func(s *core.Store) error { return s.Copy(ctx, "a", "b", core.CopyOptions{}) },
	"to self": func(s *core.Store) error { return s.Copy(ctx, "a", "a", core.CopyOptions{}) },
	"move":    func(s *core.Store) error { return s.Move(ctx, "a", "b", core.CopyOptions{}) },
	"list": func(s *core.Store) error {
		lister, err := s.List("", core.ListOptions{})
		if err == nil {
			_, err = all(lister)
		}
		return err
	},
	"glob": func(s *core.Store) error {
		lister, err := s.Glob("**", 0)
		if err == nil {
			_, err = all(lister)
		}
		return err
	},
	"folder_info": func(s *core.Store) error { _, err := s.FolderInfo(ctx, "d", core.FolderInfoOptions{}); return err },
	"folder_info of the root": func(s *core.Store) error {
		_, err := s.FolderInfo(ctx, "", core.FolderInfoOptions{})
		return err
	},
	"delete_folder": func(s *core.Store) error {
		return s.DeleteFolder(ctx, "d", core.DeleteFolderOptions{Recursive: true})
	},
	"delete_folder missing_ok": func(s *core.Store) error {
		return s.DeleteFolder(ctx, "d", core.DeleteFolderOptions{Recursive: true, MissingOK: true})
	},
}

// Clause 2.4: a denied probe is no absence; only the one that asks why
// something is missing fails open.
func TestRefusalIsNoAbsence(t *testing.T) {
	for name, c := range map[string]struct {
		endpoint endpoint
		want     map[string]errs.Code
	}{
		"2.4 the HEAD is denied": {
			endpoint{head: 403, get: 403, pages: []string{emptyPage}},
			map[string]errs.Code{
				"head": errs.PermissionDenied, "get": errs.PermissionDenied, "random": errs.PermissionDenied,
				"exists": errs.PermissionDenied, "is_file": errs.PermissionDenied,
				"delete": errs.PermissionDenied, "delete missing_ok": errs.PermissionDenied,
				"copy": errs.PermissionDenied, "to self": errs.PermissionDenied, "move": errs.PermissionDenied,
				"folder_info": errs.PermissionDenied, "delete_folder": errs.PermissionDenied,
				"delete_folder missing_ok": errs.PermissionDenied,
				"is_folder":                errs.OK, "list": errs.OK,
			},
		},
		"2.4 the listing is denied": {
			endpoint{head: 404, get: 404, pages: []string{denied}},
			map[string]errs.Code{
				"head": errs.NotFound, "get": errs.NotFound, "random": errs.NotFound, "exists": errs.OK, "is_file": errs.OK,
				"delete": errs.NotFound, "delete missing_ok": errs.OK,
				"copy": errs.NotFound, "to self": errs.NotFound, "move": errs.NotFound,
				"is_folder": errs.PermissionDenied, "list": errs.PermissionDenied, "glob": errs.PermissionDenied,
				"folder_info": errs.PermissionDenied, "folder_info of the root": errs.PermissionDenied,
				"delete_folder": errs.PermissionDenied, "delete_folder missing_ok": errs.PermissionDenied,
			},
		},
		"2.5 the bucket is missing": {
			endpoint{head: 404, get: 404, pages: []string{missing}},
			map[string]errs.Code{
				"list": errs.OK, "glob": errs.OK, "folder_info of the root": errs.OK,
				"folder_info": errs.NotFound, "delete_folder": errs.NotFound, "delete_folder missing_ok": errs.OK,
			},
		},
		"2.5 the bucket is missing at the second page": {
			endpoint{head: 404, get: 404, pages: []string{firstPage, missing}},
			map[string]errs.Code{
				"list": errs.NotFound, "glob": errs.NotFound,
				"folder_info": errs.NotFound, "folder_info of the root": errs.NotFound,
				"delete_folder": errs.NotFound, "delete_folder missing_ok": errs.NotFound,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for call, want := range c.want {
				t.Run(call, func(t *testing.T) {
					e := c.endpoint
					err := calls[call](e.open(t))
					assert.Equal(t, want.String(), errs.CodeOf(err).String(), "%v", err)
					assert.Empty(t, e.changed, "requests that change something")
				})
			}
		})
	}
}
