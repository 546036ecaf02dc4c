package conformance

import (
	"crypto/rand"
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// prefix is the folder that the store is in a prefixed layout. It has the
// characters that mean something in a pattern, in a URL or to S3.
const prefix = "pre/[x]*? +%41#é"

type testCase struct {
	Name    string
	Skip    map[string]string
	Options map[string]string
	Bucket  string
	Steps   []step
}

func TestCases(t *testing.T) {
	var cases []testCase
	file, err := os.Open("cases.json")
	require.NoError(t, err)
	defer file.Close()
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&cases))
	t.Cleanup(func() { mostAreFast(t) })
	onEveryTarget(t, func(t *testing.T, where target) {
		t.Run("plain", func(t *testing.T) { runCases(t, where, cases, "") })
		if !testing.Short() && where.lane == "" { // the race detector, and the SDK, meet the same code in it
			t.Run("prefixed", func(t *testing.T) { runCases(t, where, cases, prefix) })
		}
	})
}

// mostAreFast tells who has carried out what the fast lane of S3 could have.
func mostAreFast(t *testing.T) {
	served := s3.Served()
	delete(served, "option") // targets without it
	fast, all := served["fast lane"], int64(0)
	for _, n := range served {
		all += n
	}
	t.Logf("conformance (Go): the fast lane served %d of %d of its operations; all: %v", fast, all, served)
	assert.GreaterOrEqual(t, float64(fast), 0.95*float64(all))
}

// target is where stores are opened.
type target struct {
	name    string        // "memory", "local", "versitygw", "moto", "custom"
	backend string        // "memory", "local", "s3"
	options *core.Options // that find the server, or nil
	lane    string        // "/sdk" if the SDK sends all requests, else ""
	// place is an empty place: its URL, and a store on it that stays open.
	place func(t *testing.T) (url string, outer *core.Store)
}

// onEveryTarget runs test on each backend.
func onEveryTarget(t *testing.T, test func(t *testing.T, where target)) {
	folder := t.TempDir()
	for name, url := range map[string]string{"memory": "memory://", "local": "file://" + folder + "/"} {
		t.Run(name, func(t *testing.T) {
			where := target{name: name, backend: name}
			where.place = func(t *testing.T) (string, *core.Store) {
				url := url + rand.Text()
				return url, where.open(t, url)
			}
			test(t, where)
		})
	}
	servers := []string{"versitygw", "moto"}
	if !testing.Short() { // the race detector meets less in the SDK
		servers = append(servers, "versitygw/sdk", "moto/sdk")
	}
	for _, name := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind, _, bySDK := strings.Cut(name, "/")
			server := s3test.Start(t, kind)
			where := target{name: server.Target, backend: "s3", options: server.Options()}
			if bySDK {
				require.NoError(t, where.options.Set("fast_lane", "false"))
				where.lane = "/sdk"
			}
			url := server.URL()
			if server.Target == "custom" { // the bucket may be somebody's own
				url = server.URL(rand.Text())
			}
			outer := where.open(t, url)
			where.place = func(*testing.T) (string, *core.Store) { return url, outer }
			test(t, where)
		})
	}
}

func (w target) open(t *testing.T, url string) *core.Store {
	store, err := core.Open(url, w.options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// skip is why a case is not for this target, or "".
func (w target) skip(c testCase) string {
	for _, name := range []string{"go", w.name, w.backend} {
		if reason := c.Skip[name]; reason != "" {
			return reason
		}
	}
	return ""
}

func runCases(t *testing.T, where target, cases []testCase, below string) {
	passed, skipped := 0, 0
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			if reason := where.skip(c); reason != "" {
				skipped++
				t.Skip(reason)
			}
			runCase(t, where, c, below)
			if !t.Failed() {
				passed++
			}
		})
	}
	name := where.name + where.lane
	if below != "" {
		name += "/prefixed"
	}
	t.Logf("conformance (Go, %s): %d passed, %d failed, %d skipped", name, passed, len(cases)-passed-skipped, skipped)
}

func runCase(t *testing.T, where target, c testCase, below string) {
	place, outer := where.place(t)
	defer empty(t, outer, below)
	if c.Bucket != "" {
		place = "s3://" + c.Bucket
	}
	if len(c.Options) > 0 {
		options := *where.options
		for key, value := range c.Options {
			require.NoError(t, options.Set(key, value))
		}
		where.options = &options
	}
	r := &run{T: t}
	switch {
	case below == "":
		r.store = where.open(t, place)
	case where.backend == "s3":
		r.store = where.open(t, place+(&url.URL{Path: "/" + below}).EscapedPath())
	default:
		var err error
		r.store, err = where.open(t, place).Child(below)
		require.NoError(t, err)
	}
	defer r.close()
	for i, s := range c.Steps {
		if !r.step(i+1, s) {
			return
		}
	}
}

// empty removes what a case left, which must be below its prefix.
func empty(t *testing.T, outer *core.Store, below string) {
	top, _, _ := strings.Cut(below, "/")
	lister, err := outer.List("", core.ListOptions{})
	require.NoError(t, err)
	left, err := all(lister)
	require.NoError(t, err)
	for _, info := range left {
		if below != "" {
			assert.Equal(t, top, info.Path, "outside the prefix of the store")
		}
		if info.Folder {
			err = outer.Raw().DeleteFolder(ctx, info.Path, core.DeleteFolderOptions{Recursive: true, MissingOK: true})
		} else {
			err = outer.Raw().Delete(ctx, info.Path, core.DeleteOptions{MissingOK: true})
		}
		assert.Equal(t, errs.OK, errs.CodeOf(err), "%v", err)
	}
}
