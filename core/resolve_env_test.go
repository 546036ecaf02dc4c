package core

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

// lookupIn is a lookup of variables in a map.
func lookupIn(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}
}

func TestResolveEnv(t *testing.T) {
	data, err := os.ReadFile("../tests/conformance/resolve_env.json")
	require.NoError(t, err)
	var cases []struct {
		Text        string
		Environment map[string]string
		Result      string
		Missing     string
	}
	require.NoError(t, json.Unmarshal(data, &cases))
	for _, c := range cases {
		got, err := resolveText(c.Text, "$.a", lookupIn(c.Environment))
		if c.Missing == "" {
			require.NoError(t, err, c.Text)
			assert.Equal(t, c.Result, got, c.Text)
			continue
		}
		e := requireError(t, err, errs.InvalidArgument)
		quoted, err := json.Marshal(c.Missing)
		require.NoError(t, err)
		assert.Contains(t, e.Message, "variable "+string(quoted)+" is not set, which $.a needs", c.Text)
	}
}

func TestResolveEnvNamesThePlace(t *testing.T) {
	for text, place := range map[string]string{
		`{"backends": {"main": {"type": "s3", "options": {"key": "${NONE}"}}}}`: "$.backends.main.options.key",
		`{"list": ["${NONE}"]}`:                "$.list[0]",
		`{"a.b": {"c": [["x", "${NONE}"]]}}`:   "$.a.b.c[0][1]",
		`["${NONE}"]`:                          "$[0]",
		`"${NONE}"`:                            "$",
		`{"b": "${NOR_THIS}", "a": "${NONE}"}`: "$.a",
	} {
		_, _, err := ParseConfig([]byte(text), lookupIn(nil))
		e := requireError(t, err, errs.InvalidArgument)
		assert.Equal(t, "config", e.Op)
		assert.Contains(t, e.Message, `"NONE" is not set, which `+place+" needs", text)
	}
	_, _, err := ParseBackend([]byte(`{"options": {"key": "${NONE}"}}`), nil, lookupIn(nil))
	assert.ErrorContains(t, err, "$.options.key")
}

// Names stay as they are, and so does what is no text, and the text beside it.
func TestResolveEnvInsideAConfiguration(t *testing.T) {
	config, _, err := ParseBackend([]byte(`{"type": "${TYPE}", "options": {"${TYPE}": 1, "root": "${ROOT:-here}", "x": [true, null]}}`),
		map[string]string{"y": "${TYPE}"}, lookupIn(map[string]string{"TYPE": "local"}))
	require.NoError(t, err)
	assert.Equal(t, BackendConfig{Type: "local", Options: map[string]any{
		"${TYPE}": json.Number("1"), "root": "here", "x": []any{true, nil}, "y": "${TYPE}"}}, config)
}
