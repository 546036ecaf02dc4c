package core

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern string
		matches []string
		others  []string
	}{
		{"*", []string{"a", "", ".hidden", "ü", "new\nline"}, nil},
		{"*.txt", []string{"a.txt", ".txt"}, []string{"a.txt2", "atxt", "A.TXT"}},
		{"?", []string{"a", "ü", "\n"}, []string{"", "ab"}},
		{"a?c", []string{"abc", "a.c"}, []string{"ac", "abbc"}},
		{"[abc]", []string{"a", "c"}, []string{"d", "ab", ""}},
		{"[a-c]x", []string{"bx"}, []string{"dx", "-x"}},
		{"[!a-c]x", []string{"dx", "üx"}, []string{"ax"}},
		{"[]x]", []string{"]", "x"}, []string{"[", ""}},
		{"[!]x]", []string{"a"}, []string{"]", "x"}},
		{"[a-]", []string{"a", "-"}, []string{"b"}},
		{"[^a]", []string{"^", "a"}, []string{"b"}},
		{`[\d]`, []string{`\`, "d"}, []string{"5"}},
		{"[[:alpha:]]", []string{"a]", ":]", "[]"}, []string{"b", "x"}},
		{"[", []string{"["}, []string{""}},
		{"a[b", []string{"a[b"}, []string{"ab"}},
		{"[!", []string{"[!"}, []string{"a"}},
		{"[]", []string{"[]"}, []string{""}},
		{"a.b+(c)|{d}$^", []string{"a.b+(c)|{d}$^"}, []string{"axb+(c)|{d}$^"}},
	} {
		p, err := compilePattern(c.pattern)
		require.NoError(t, err, c.pattern)
		for _, name := range c.matches {
			assert.True(t, p.MatchString(name), "%q should match %q", c.pattern, name)
		}
		for _, name := range c.others {
			assert.False(t, p.MatchString(name), "%q should not match %q", c.pattern, name)
		}
	}
}

func TestPatternWithARangeTheWrongWayRound(t *testing.T) {
	_, err := compilePattern("[z-a]")
	assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err))
}

func TestGlobs(t *testing.T) {
	for _, c := range []struct {
		pattern string
		folder  string
		levels  int
		matches []string
		others  []string
	}{
		{"*.csv", "", 1, []string{"a.csv"}, []string{"d/a.csv"}},
		{"data/*.csv", "data", 1, []string{"data/a.csv"}, []string{"a.csv", "data/d/a.csv", "xdata/a.csv"}},
		{"data/x/a?", "data/x", 1, []string{"data/x/ab"}, []string{"data/x/a/"}},
		{"data/*/b/*", "data", 3, []string{"data/a/b/c"}, []string{"data/b/c", "data/a/b/c/d"}},
		{"data/**/*.csv", "data", 0, []string{"data/a.csv", "data/x/y/a.csv"}, []string{"a.csv", "datax/a.csv"}},
		{"data/**", "data", 0, []string{"data/a", "data/x/y"}, []string{"data", "datax/y"}},
		{"**", "", 0, []string{"a", "a/b"}, []string{""}},
		{"**/a", "", 0, []string{"a", "x/a", "x/y/a"}, []string{"xa", "a/x"}},
		{"a/**/b/**/c", "a", 0, []string{"a/b/c", "a/x/b/y/z/c"}, []string{"a/c", "a/bc"}},
		{"a/b/c", "a/b", 1, []string{"a/b/c"}, []string{"a/b/cc"}},
		{"a[b/c", "a[b", 1, []string{"a[b/c"}, []string{"ab/c"}},
		{"a[x/y]b", "a[x", 1, []string{"a[x/y]b"}, []string{"axb"}},
		{"[!x]/a", "", 2, []string{"y/a"}, []string{"x/a", "//a"}},
		{`a\b//./*`, "a/b", 1, []string{"a/b/c"}, nil},
	} {
		g, err := compileGlob(c.pattern)
		require.NoError(t, err, c.pattern)
		assert.Equal(t, c.folder, g.folder, c.pattern)
		assert.Equal(t, c.levels, g.levels, c.pattern)
		for _, path := range c.matches {
			assert.True(t, g.path.MatchString(path), "%q should match %q", c.pattern, path)
		}
		for _, path := range c.others {
			assert.False(t, g.path.MatchString(path), "%q should not match %q", c.pattern, path)
		}
	}
	for pattern, code := range map[string]errs.Code{
		"**x":    errs.InvalidArgument,
		"a/x**":  errs.InvalidArgument,
		"***":    errs.InvalidArgument,
		"":       errs.InvalidPath,
		"a/../b": errs.InvalidPath,
		"a\x00":  errs.InvalidPath,
	} {
		_, err := compileGlob(pattern)
		assert.Equal(t, code, errs.CodeOf(err), pattern)
	}
}

func FuzzGlob(f *testing.F) {
	for _, pattern := range []string{"a/**/[!b]?*", "[", "[]", "[!]", "[a-", "\xff[\xfe]"} {
		f.Add(pattern, "a/b/c")
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		g, err := compileGlob(pattern)
		if err != nil {
			assert.Contains(t, []errs.Code{errs.InvalidArgument, errs.InvalidPath}, errs.CodeOf(err))
			return
		}
		g.path.MatchString(path)
	})
}
