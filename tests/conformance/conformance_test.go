package conformance

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

type testCase struct {
	Name  string
	Skip  map[string]string
	Steps []step
}

type step struct {
	Do         string
	Path       string
	PathHex    string `json:"path_hex"`
	PathRepeat int    `json:"path_repeat"`
	To         string
	Data       *string
	Size       int64
	From       int64
	Offset     int64
	Length     int64
	Overwrite  bool
	Recursive  bool
	PageSize   int `json:"page_size"`
	Buffer     *int
	Paths      []string
	Want       string
}

func TestCases(t *testing.T) { onEveryTarget(t, runCases) }

// onEveryTarget runs test on each backend; open gives it empty stores.
func onEveryTarget(t *testing.T, test func(t *testing.T, target string, open func(*testing.T) *core.Store)) {
	t.Run("memory", func(t *testing.T) {
		test(t, "memory", func(t *testing.T) *core.Store { return open(t, "memory://") })
	})
	t.Run("local", func(t *testing.T) {
		folder := t.TempDir()
		test(t, "local", func(t *testing.T) *core.Store { return open(t, "file://"+folder+"/"+rand.Text()) })
	})
	for _, target := range []string{"versitygw", "moto"} {
		t.Run(target, func(t *testing.T) {
			server := s3test.Start(t, target)
			test(t, server.Target, server.Store)
		})
	}
}

func open(t *testing.T, url string) *core.Store {
	store, err := core.Open(url, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func runCases(t *testing.T, target string, open func(*testing.T) *core.Store) {
	text, err := os.ReadFile("cases.json")
	require.NoError(t, err)
	var cases []testCase
	require.NoError(t, json.Unmarshal(text, &cases))
	passed, skipped := 0, 0
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			if reason := c.Skip[target]; reason != "" {
				skipped++
				t.Skip(reason)
			}
			store := open(t)
			for i, s := range c.Steps {
				s.run(t, store, i+1)
			}
			if !t.Failed() {
				passed++
			}
		})
	}
	t.Logf("conformance (Go, %s): %d passed, %d failed, %d skipped",
		target, passed, len(cases)-passed-skipped, skipped)
}

func (s step) run(t *testing.T, store *core.Store, number int) {
	ctx := context.Background()
	got, err := s.do(ctx, store)
	want := s.Want
	if want == "" {
		want = errs.OK.String()
	}
	if !assert.Equal(t, want, errs.CodeOf(err).String(), "step %d: %v", number, err) || err != nil {
		return
	}
	switch s.Do {
	case "get", "get_into":
		assert.Equal(t, string(s.data()), string(got.([]byte)), "step %d", number)
	case "head":
		assert.Equal(t, s.Size, got.(core.Info).Size, "step %d", number)
		assert.NotEmpty(t, got.(core.Info).ETag, "step %d", number)
		assert.False(t, got.(core.Info).Modified.IsZero(), "step %d", number)
	case "list":
		assert.Equal(t, s.Paths, got, "step %d", number)
	}
}

func (s step) do(ctx context.Context, store *core.Store) (any, error) {
	path := s.path()
	switch s.Do {
	case "put":
		return store.Put(ctx, path, s.data(), core.PutOptions{Overwrite: s.Overwrite})
	case "get":
		r, err := store.Get(ctx, path, core.GetOptions{Offset: s.Offset, Length: s.Length})
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	case "get_into":
		return s.getInto(ctx, store)
	case "head":
		return store.Head(ctx, path)
	case "delete":
		return nil, store.Delete(ctx, path)
	case "copy":
		return nil, store.Copy(ctx, path, s.To, core.CopyOptions{Overwrite: s.Overwrite})
	case "list":
		return s3test.List(ctx, store, path, core.ListOptions{Recursive: s.Recursive, PageSize: s.PageSize})
	}
	panic("unknown step " + s.Do)
}

func (s step) getInto(ctx context.Context, store *core.Store) (any, error) {
	size := len(s.data()) + 64
	if s.Buffer != nil {
		size = *s.Buffer
	}
	r, err := store.Get(ctx, s.path(), core.GetOptions{Offset: s.Offset, Length: s.Length})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	buf := make([]byte, size)
	n, err := r.ReadInto(buf)
	return buf[:n], err
}

func (s step) path() string {
	if s.PathRepeat > 0 {
		return strings.Repeat("k", s.PathRepeat)
	}
	if s.PathHex != "" {
		b, err := hex.DecodeString(s.PathHex)
		if err != nil {
			panic(err)
		}
		return string(b)
	}
	return s.Path
}

// data is the bytes to write, or those expected.
func (s step) data() []byte {
	if s.Data != nil {
		return []byte(*s.Data)
	}
	b := make([]byte, s.Size)
	for i := range b {
		b[i] = byte((31*(s.From+int64(i)) + 7) % 251)
	}
	return b
}
