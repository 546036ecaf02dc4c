package core

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

func TestMetadata(t *testing.T) {
	got, err := checkMetadata(map[string]string{"Content-Owner": "Ärzte", "a.b_c": ""})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"content-owner": "Ärzte", "a.b_c": ""}, got)
	for _, none := range []map[string]string{nil, {}} {
		got, err := checkMetadata(none)
		require.NoError(t, err)
		assert.Nil(t, got)
	}
	_, err = checkMetadata(map[string]string{"key": strings.Repeat("x", maxMetadata-3)})
	require.NoError(t, err, "2048 bytes are possible")
}

func TestMetadataThatIsRefused(t *testing.T) {
	for name, metadata := range map[string]map[string]string{
		"empty key":        {"": "x"},
		"space in key":     {"a b": "x"},
		"colon in key":     {"a:b": "x"},
		"line in key":      {"a\nb": "x"},
		"key not ASCII":    {"ä": "x"},
		"leading _":        {"_a": "x"},
		"twice":            {"a": "x", "A": "y"},
		"line in value":    {"a": "x\r\nInjected: y"},
		"NUL in value":     {"a": "\x00"},
		"space around":     {"a": " x"},
		"value not UTF-8":  {"a": "\xff"},
		"more than 2 KiB":  {"key": strings.Repeat("x", maxMetadata-2)},
		"in UTF-8, too":    {"key": strings.Repeat("ä", maxMetadata/2)},
		"all keys counted": {strings.Repeat("a", 1025): "", strings.Repeat("b", 1025): ""},
	} {
		_, err := checkMetadata(metadata)
		assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err), name)
	}
}
