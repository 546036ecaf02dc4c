package s3_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// oddKeys are those that no path can name, and plainKeys some that look like it.
var (
	oddKeys = []string{
		"./x", "/lead", "a//b", "a/../b", "a/./b", `x\y`, "../up", "d/..", "d/.", "q//",
	}
	plainKeys = []string{
		"a/b", "b", "x", "c/\x01\x02\x1f", "c/tab\t", "c/\x7f", "plus+ %41&=?#", "é/ü", "…", "c/ space ", ".hidden", "..dots",
	}
)

// all are the pages of a listing together.
func all(t *testing.T, pages *core.Lister, err error) []core.Info {
	t.Helper()
	require.NoError(t, err)
	var infos []core.Info
	for {
		page, err := pages.Next(t.Context())
		if err == io.EOF {
			return infos
		}
		require.NoError(t, err)
		infos = append(infos, page...)
	}
}

func TestOddKeys(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	client, bucket := raw(server), bucketOf(t, server)
	for _, root := range []string{"", "some/where"} {
		t.Run("root "+root, func(t *testing.T) {
			// moto's bucket is this test's own, all of it.
			prefix, place := "", server.URL()
			if root != "" {
				prefix, place = root+"/", server.URL(root)
			}
			stored := func() []string {
				t.Helper()
				out, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
					Bucket: bucket, Prefix: &prefix, EncodingType: types.EncodingTypeUrl, // for the control characters
				})
				require.NoError(t, err)
				keys := keysOf(out.Contents)
				for i := range keys {
					key, err := url.QueryUnescape(keys[i])
					require.NoError(t, err)
					keys[i] = strings.TrimPrefix(key, prefix)
				}
				return keys
			}
			var want []string // that are no markers
			for _, key := range slices.Concat(oddKeys, plainKeys) {
				full := prefix + key
				_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: &full, Body: strings.NewReader(key)})
				require.NoError(t, err, "%q", key)
				if !strings.HasSuffix(key, "/") {
					want = append(want, key)
				}
			}
			slices.Sort(want)
			everything := slices.Sorted(slices.Values(slices.Concat(oddKeys, plainKeys)))
			require.Equal(t, everything, slices.Sorted(slices.Values(stored())), "the server itself changed a key")

			store := openSet(t, serverVariables(t, server), place, fast(nil))
			pages, err := store.List("", core.ListOptions{Recursive: true})
			infos := all(t, pages, err)
			var got []string
			for _, info := range infos {
				got = append(got, info.Path)
				assert.Equal(t, slices.Contains(oddKeys, info.Path), info.Odd, "%q", info.Path)
			}
			assert.Equal(t, want, got)

			fromRaw := store.Raw()
			for _, key := range everything { // the marker too, though no listing gives it
				info, err := fromRaw.Head(t.Context(), key, core.HeadOptions{})
				if !assert.NoError(t, err, "%q", key) {
					continue
				}
				assert.EqualValues(t, len(key), info.Size, "%q", key)
				assert.Equal(t, key, info.Path)
				text, err := read(t.Context(), fromRaw, key, core.GetOptions{})
				require.NoError(t, err, "%q", key)
				assert.Equal(t, key, text)
				found, err := fromRaw.Exists(t.Context(), key, core.Object)
				require.NoError(t, err, "%q", key)
				assert.True(t, found, "%q", key)
				for i, o := range []core.CopyOptions{{}, {Overwrite: true}} {
					copied := fmt.Sprintf("copies/%d", i)
					require.NoError(t, fromRaw.Copy(t.Context(), key, copied, o), "%q", key)
					text, err = read(t.Context(), store, copied, core.GetOptions{})
					require.NoError(t, err, "%q", key)
					assert.Equal(t, key, text, "the copy of %q", key)
				}
				require.NoError(t, store.Copy(t.Context(), "copies/0", key+"-copy",
					core.CopyOptions{RawTarget: true, Overwrite: hasControl(key)}))
				assert.Contains(t, stored(), key+"-copy")
				require.NoError(t, fromRaw.Move(t.Context(), key+"-copy", "copies/1", core.CopyOptions{Overwrite: true}), "%q", key)
				assert.NotContains(t, stored(), key+"-copy")

				require.NoError(t, fromRaw.Delete(t.Context(), key, core.DeleteOptions{}), "%q", key)
				assert.NotContains(t, stored(), key)
				_, err = fromRaw.Put(t.Context(), key, []byte(key), core.PutOptions{})
				require.NoError(t, err, "%q", key)
				assert.Contains(t, stored(), key, "written under its own name again")
				require.NoError(t, store.Delete(t.Context(), "copies/0", core.DeleteOptions{}))
			}
			require.NoError(t, store.Delete(t.Context(), "copies/1", core.DeleteOptions{}))
			// What is put in a folder's place by its odd name goes with it.
			for _, folder := range []string{"a", "c", "d", "q", "é"} {
				require.NoError(t, store.DeleteFolder(t.Context(), folder, core.DeleteFolderOptions{Recursive: true}), folder)
				for _, key := range stored() {
					assert.False(t, strings.HasPrefix(key, folder+"/"), "%q", key)
				}
			}
			for _, key := range stored() {
				require.NoError(t, fromRaw.Delete(t.Context(), key, core.DeleteOptions{MissingOK: true}))
			}
			assert.Empty(t, stored())
		})
	}
}

func hasControl(key string) bool {
	return strings.ContainsFunc(key, func(r rune) bool { return r < ' ' && r != '\t' })
}

// XML cannot say most control characters, and the answers to the requests of
// an upload hold its key, which the SDK cannot read then: what fails for that
// leaves nothing.
func TestControlCharactersInParts(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	place := server.Place(t)
	store := openIn(t, serverVariables(t, server), place.URL)
	put(t, store, "source", "text")
	for name, do := range map[string]func(path string) error{
		"copy":   func(path string) error { return store.Copy(t.Context(), "source", path, core.CopyOptions{}) },
		"writer": func(path string) error { return write(t, store, path, make([]byte, 9<<20), core.PutOptions{}) },
	} {
		t.Run(name, func(t *testing.T) {
			path := name + "\x01"
			err := do(path)
			found, existsErr := store.Exists(t.Context(), path, core.AnyKind)
			require.NoError(t, existsErr)
			assert.Equal(t, err == nil, found, "%v", err)
			out, err := raw(server).ListMultipartUploads(t.Context(),
				&s3.ListMultipartUploadsInput{Bucket: &place.Bucket, EncodingType: types.EncodingTypeUrl})
			if assert.NoError(t, err, "the uploads cannot be listed any more") {
				assert.Empty(t, out.Uploads)
			}
		})
	}
}

func TestFolderMarkers(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	client := raw(server)
	place := server.Place(t)
	store := openSet(t, serverVariables(t, server), place.URL, fast(nil))
	mark := func(keys ...string) {
		t.Helper()
		for _, key := range keys {
			key = place.Prefix + key
			_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &place.Bucket, Key: &key})
			require.NoError(t, err)
		}
	}
	exists := func(path string, kind core.Kind) bool {
		t.Helper()
		found, err := store.Exists(t.Context(), path, kind)
		require.NoError(t, err)
		return found
	}
	mark("only/", "with/", "with/in/")
	put(t, store, "with/f", "text")

	for _, path := range []string{"only", "with", "with/in"} {
		assert.True(t, exists(path, core.Folder), path)
		assert.True(t, exists(path, core.AnyKind), path)
		assert.False(t, exists(path, core.Object), path)
		_, err := store.Head(t.Context(), path, core.HeadOptions{})
		requireError(t, err, errs.InvalidPath)
		requireError(t, store.Delete(t.Context(), path, core.DeleteOptions{MissingOK: true}), errs.InvalidPath)
	}
	for _, c := range []struct {
		folder string
		o      core.ListOptions
		want   []string
	}{
		{"", core.ListOptions{Recursive: true}, []string{"with/f"}},
		{"", core.ListOptions{}, []string{"only/", "with/"}},
		{"", core.ListOptions{Recursive: true, Only: core.Folder}, []string{"only/", "with/", "with/in/"}},
		{"only", core.ListOptions{}, []string{}},
		{"with", core.ListOptions{}, []string{"with/f", "with/in/"}},
		{"with", core.ListOptions{PageSize: 1}, []string{"with/f", "with/in/"}},
	} {
		paths, err := s3test.List(t.Context(), store, c.folder, c.o)
		require.NoError(t, err)
		assert.Equal(t, c.want, paths, "%q %+v", c.folder, c.o)
	}
	info, err := store.FolderInfo(t.Context(), "only", core.FolderInfoOptions{})
	require.NoError(t, err, "a folder of a marker only is one")
	assert.Zero(t, info.Files)
	info, err = store.FolderInfo(t.Context(), "with", core.FolderInfoOptions{})
	require.NoError(t, err)
	assert.EqualValues(t, 1, info.Files)
	pages, err := store.Glob("**", 0)
	assert.Len(t, all(t, pages, err), 1)

	requireError(t, store.DeleteFolder(t.Context(), "with", core.DeleteFolderOptions{}), errs.DirectoryNotEmpty)
	require.NoError(t, store.DeleteFolder(t.Context(), "with/in", core.DeleteFolderOptions{}), "a marker is not what is in the folder")
	require.NoError(t, store.DeleteFolder(t.Context(), "only", core.DeleteFolderOptions{}))
	assert.False(t, exists("only", core.AnyKind))
	assert.False(t, exists("with/in", core.AnyKind))
	assert.True(t, exists("with", core.Folder))
	requireError(t, store.DeleteFolder(t.Context(), "only", core.DeleteFolderOptions{}), errs.NotFound)
	mark("outer/inner/")
	requireError(t, store.DeleteFolder(t.Context(), "outer", core.DeleteFolderOptions{}), errs.DirectoryNotEmpty)
	require.NoError(t, store.DeleteFolder(t.Context(), "outer", core.DeleteFolderOptions{Recursive: true}))
	require.NoError(t, store.DeleteFolder(t.Context(), "with", core.DeleteFolderOptions{Recursive: true}))
	out, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &place.Bucket, Prefix: &place.Prefix})
	require.NoError(t, err)
	assert.Empty(t, out.Contents)
}

// listing is one listing, and model says what it must give of the keys.
type listing struct {
	folder string // in raw form
	o      core.ListOptions
}

func (l listing) model(keys []string) []string {
	prefix := l.o.Prefix
	if l.folder != "" {
		prefix = l.folder + "/" + prefix
	}
	base := prefix[:strings.LastIndexByte(prefix, '/')+1]
	levels := 1
	if l.o.MaxDepth != nil {
		levels = *l.o.MaxDepth + 1
	} else if l.o.Recursive {
		levels = 1 << 30
	}
	folders := l.o.Only == core.Folder || l.o.Only == core.AnyKind && levels == 1
	found := map[string]bool{}
	for _, key := range keys {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		rest := key[len(base):]
		for i := range len(rest) {
			if rest[i] == '/' && folders && strings.Count(rest[:i+1], "/") <= levels {
				found[base+rest[:i+1]] = true
			}
		}
		if strings.Count(rest, "/") < levels && !strings.HasSuffix(key, "/") && l.o.Only != core.Folder {
			found[key] = true
		}
	}
	maps.DeleteFunc(found, func(path string, _ bool) bool { return path <= l.o.After })
	return slices.AppendSeq([]string{}, maps.Keys(found))
}

func randomListing(r *rand.Rand, keys []string) listing {
	l := listing{o: core.ListOptions{Only: core.Kind(r.IntN(3)), PageSize: r.IntN(5), Recursive: r.IntN(2) == 0}}
	if r.IntN(3) > 0 {
		depth := r.IntN(4)
		l.o.MaxDepth = &depth
	}
	if key := keys[r.IntN(len(keys))]; r.IntN(2) == 0 {
		if end := strings.LastIndexByte(key, '/'); end > 0 && key[:end] != "." { // "." is the root, raw or not
			l.folder = key[:end]
		}
	}
	if key := keys[r.IntN(len(keys))]; r.IntN(2) == 0 {
		rest := []rune(strings.TrimPrefix(key, l.folder+"/"))
		l.o.Prefix = string(rest[:r.IntN(len(rest)+1)])
	}
	if key := keys[r.IntN(len(keys))]; r.IntN(2) == 0 { // a key, a folder, or what is neither
		letters := []rune(key)
		l.o.After = string(letters[:r.IntN(len(letters)+1)]) + []string{"", "", "/", "-"}[r.IntN(4)]
	}
	return l
}

// resumes tells whether the listing is the same one if it goes on at a token behind
// every few entries.
func (l listing) resumes(t *testing.T, store *core.Store, every int, want []string) bool {
	t.Helper()
	got, rounds := []string{}, 0
	for l.o.Limit = int64(every); rounds <= len(want)/every+1; rounds++ { // once more at the end, where it stays
		pages, err := store.Raw().List(l.folder, l.o)
		require.NoError(t, err)
		got = append(got, paths(all(t, pages, err))...)
		token, err := pages.Token()
		require.NoError(t, err)
		if token == "" { // it is before the first entry
			break
		}
		l.o.Token, l.o.After = token, ""
	}
	return assert.Equal(t, want, got, "%s, tokens behind every %d", l, every)
}

func paths(infos []core.Info) (paths []string) {
	for _, info := range infos {
		path := info.Path
		if info.Folder {
			path += "/"
		}
		paths = append(paths, path)
	}
	return paths
}

func (l listing) String() string {
	depth := "none"
	if l.o.MaxDepth != nil {
		depth = fmt.Sprint(*l.o.MaxDepth)
	}
	return fmt.Sprintf("folder %q, prefix %q, after %q, only %d, recursive %t, depth %s, pages of %d",
		l.folder, l.o.Prefix, l.o.After, l.o.Only, l.o.Recursive, depth, l.o.PageSize)
}

// check compares a listing with the model; it tells whether they are the same.
func (l listing) check(t *testing.T, store *core.Store, keys []string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), prompt) // for one that never ends
	defer cancel()
	pages, err := store.Raw().List(l.folder, l.o)
	require.NoError(t, err)
	got := []string{}
	for {
		page, err := pages.Next(ctx)
		if err == io.EOF {
			break
		}
		if !assert.NoError(t, err, "%s of %q", l, keys) {
			return false
		}
		if !assert.NotEmpty(t, page) || l.o.PageSize > 0 && !assert.LessOrEqual(t, len(page), l.o.PageSize) {
			return false
		}
		got = append(got, paths(page)...)
	}
	want := l.model(keys)
	slices.Sort(want)
	if !assert.Equal(t, want, got, "%s of %q", l, keys) {
		return false
	}
	for every := 1; every <= len(want)+1; every++ {
		if !l.resumes(t, store, every, want) {
			return false
		}
	}
	return true
}

// randomKeys makes keys of a few segments, so that they share folders.
func randomKeys(r *rand.Rand, segments []string, trail bool) []string {
	keys := make([]string, 3+r.IntN(15))
	for i := range keys {
		parts := make([]string, 1+r.IntN(5))
		for j := range parts {
			parts[j] = segments[r.IntN(len(segments))]
		}
		keys[i] = strings.Join(parts, "/")
		if trail && r.IntN(5) == 0 {
			keys[i] += "/"
		}
	}
	keys = slices.DeleteFunc(keys, func(key string) bool { return key == "" })
	slices.Sort(keys)
	return slices.Compact(keys)
}

func TestListingsAgreeWithAModel(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	odd := []string{"a", "a", "b", "b", "c", "", ".", "..", "a.b", "a-b", `x\y`, "\x01", " ", "+%41", "é", "\U0010FFFD"}
	plain := []string{"a", "b", "c", "a.b", "a-b", "é"}
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for range rounds {
		keys := randomKeys(r, odd, true)
		if len(keys) == 0 {
			continue
		}
		server := newStub(t, keys...)
		store := openSet(t, variables(t, server.URL), "s3://bucket", settings{"max_attempts": "1"})
		for range 10 {
			if !randomListing(r, keys).check(t, store, keys) {
				t.Fatalf("seed %d", seed)
			}
		}
	}
	for range rounds {
		store, err := core.Open("memory://", nil)
		require.NoError(t, err)
		var keys []string
		for _, key := range randomKeys(r, plain, false) {
			if _, err := store.Put(t.Context(), key, nil, core.PutOptions{}); err == nil { // no file is in its way
				keys = append(keys, key)
			}
		}
		for range 10 {
			if !randomListing(r, keys).check(t, store, keys) {
				t.Fatalf("seed %d", seed)
			}
		}
		require.NoError(t, store.Close())
	}
}

// The stub lists as a real server does.
func TestListingsOfARealServerAgreeWithTheModel(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 5 {
		keys := randomKeys(r, []string{"a", "b", "", ".", "a.b", "+", "é"}, true)
		if len(keys) == 0 {
			continue
		}
		place := server.Place(t)
		fill(t, server, place, keys)
		store := openIn(t, serverVariables(t, server), place.URL)
		for range 10 {
			if !randomListing(r, keys).check(t, store, keys) {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}

// What is too deep is left out by asking for what follows it: there may be
// keys behind the last character that there is.
func TestKeysBehindTheLastCharacter(t *testing.T) {
	t.Parallel()
	const last = "\U0010FFFF"
	keys := []string{"a/b/" + last + "1", "a/b/" + last + "2", "a/b/" + last + "3", "a/c", "a/d/e", "z"}
	for pageSize := range 5 {
		depth := 1
		l := listing{o: core.ListOptions{MaxDepth: &depth, PageSize: pageSize}}
		l.check(t, openSet(t, variables(t, newStub(t, keys...).URL), "s3://bucket", settings{"max_attempts": "1"}), keys)
	}
}

// A folder of any size that is too deep costs the page that it begins on.
func TestWhatIsTooDeepIsSkipped(t *testing.T) {
	t.Parallel()
	keys := slices.Concat(numbered("a/b/c/%05d", 5000), []string{"a/z"}, numbered("b/b/c/%05d", 5000), []string{"c"})
	server := newStub(t, keys...)
	store := openSet(t, variables(t, server.URL), "s3://bucket", nil)
	depth := 1
	paths, err := s3test.List(t.Context(), store, "", core.ListOptions{MaxDepth: &depth})
	require.NoError(t, err)
	assert.Equal(t, []string{"a/z", "c"}, paths)
	assert.EqualValues(t, 3, server.listings.Load())
}
