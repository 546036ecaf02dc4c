package core

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

func TestCleanPath(t *testing.T) {
	for in, want := range map[string]string{
		"a":               "a",
		`a\b`:             "a/b",
		"/a//b/./":        "a/b",
		"a/b/":            "a/b",
		"a..b":            "a..b",
		"...":             "...",
		"a b+%?#&<>/é/日本": "a b+%?#&<>/é/日本",
		"tab\there\x01":   "tab\there\x01",
		"./x":             "x",
	} {
		got, err := CleanPath(in)
		require.NoError(t, err, "%q", in)
		assert.Equal(t, want, got)
		again, err := CleanPath(got)
		require.NoError(t, err)
		assert.Equal(t, got, again, "a clean path stays as it is")
	}
}

func TestCleanPathRefuses(t *testing.T) {
	for _, in := range []string{"", "/", ".", "./", ".//", "./.", `\`, "..", "a/../b", `a\..`, "a\x00b", "\xff", "a/\xc3"} {
		_, err := CleanPath(in)
		assert.Equal(t, errs.InvalidPath, errs.CodeOf(err), "%q", in)
	}
}

func FuzzCleanPath(f *testing.F) {
	f.Add("a/../b")
	f.Add(`\\.\a//`)
	f.Fuzz(func(t *testing.T, in string) {
		got, err := CleanPath(in)
		if err != nil {
			assert.Equal(t, errs.InvalidPath, errs.CodeOf(err))
			return
		}
		again, err := CleanPath(got)
		require.NoError(t, err)
		assert.Equal(t, got, again)
	})
}
