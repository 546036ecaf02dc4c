package core

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

const example = `{
	"backends": {
		"main": {"type": "s3", "options": {"bucket": "b", "key": "AKIA", "secret": "SECRETMARK", "max_attempts": 2},
			"retry": {"max_attempts": 5, "backoff_base": 0.25, "timeout": 30}},
		"scratch": {"type": "memory", "options": null}
	},
	"stores": {
		"data": {"backend": "main", "root_path": "data/2026"},
		"all": {"backend": "main", "root_path": null, "options": {}},
		"tmp": {"backend": "scratch"}
	},
	"comment": "nobody knows this"
}`

func TestParseConfig(t *testing.T) {
	config, warnings, err := ParseConfig([]byte(example), nil)
	require.NoError(t, err)
	require.Len(t, warnings, 1)
	assert.Contains(t, warnings[0], `"comment"`)
	main := config.Backends["main"]
	assert.Equal(t, "s3", main.Type)
	assert.Equal(t, &RetryPolicy{MaxAttempts: 5, BackoffBase: 250 * time.Millisecond, BackoffMax: time.Minute,
		Jitter: time.Second, Timeout: 30 * time.Second}, main.Retry)
	assert.Nil(t, config.Backends["scratch"].Retry)
	assert.Equal(t, StoreProfile{Backend: "main", RootPath: "data/2026"}, config.Stores["data"])
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.NotContains(t, fmt.Sprintf(format, config), secret)
	}
	assert.Equal(t, secret, main.Options["secret"].(Secret).Reveal())
}

func TestParseConfigRefuses(t *testing.T) {
	for text, says := range map[string]string{
		``:                                    "not JSON",
		`{} {}`:                               "more than one",
		`[]`:                                  "the configuration must be an object",
		`{"backends": 1}`:                     "backends must be an object",
		`{"backends": {"a": 1}}`:              "backends.a must be an object",
		`{"backends": {"a": {}}}`:             "backends.a.type must be text",
		`{"backends": {"a": {"type": "s4"}}}`: `unknown type "s4": there is local, memory, s3`,
		`{"backends": {"a": {"typ": "s3"}}}`:  `unknown field "typ" in backends.a`,
		`{"stores": {"a": {"backend": "b"}}}`: `the unknown backend "b": there is none`,
		`{"backends": {"m": {"type": "memory"}}, "stores": {"a": {"backend": "m", "root_path": "../x"}}}`: `root_path of the store "a"`,
		`{"stores": {"a": {"backend": 1}}}`:                                          "stores.a.backend must be text",
		`{"stores": {"a": {"backend": "b", "options": {"x": 1}}}}`:                   "stores.a.options",
		`{"backends": {"m": {"type": "memory"}}, "stores": {"a": {"backend": "b"}}}`: "there is m",
		`{"backends": {"a": {"type": "s3", "retry": {"tries": 1}}}}`:                 `"tries" in backends.a.retry`,
		`{"backends": {"a": {"type": "s3", "retry": {"max_attempts": 0}}}}`:          "max_attempts is 0",
		`{"backends": {"a": {"type": "s3", "retry": {"max_attempts": 1.5}}}}`:        "whole number",
		`{"backends": {"a": {"type": "s3", "retry": {"backoff_base": -1}}}}`:         "0 or more",
		`{"backends": {"a": {"type": "s3", "retry": {"timeout": 0}}}}`:               "timeout must be seconds",
		`{"backends": {"a": {"type": "s3", "retry": {"jitter": "1"}}}}`:              "jitter must be seconds",
		`{"backends": {"a": {"type": "s3", "retry": {"backoff_max": 1e300}}}}`:       "backoff_max must be seconds",
	} {
		_, _, err := ParseConfig([]byte(text), nil)
		require.Error(t, err, text)
		assert.ErrorContains(t, err, says, text)
	}
}

func registry(t *testing.T, text string) *Registry {
	config, _, err := ParseConfig([]byte(text), nil)
	require.NoError(t, err)
	r, err := NewRegistry(config, environment(t, nil))
	require.NoError(t, err)
	return r
}

func TestRegistrySharesBackends(t *testing.T) {
	r := registry(t, `{"backends": {"m": {"type": "memory"}},
		"stores": {"all": {"backend": "m"}, "part": {"backend": "m", "root_path": "a/b"}}}`)
	all, err := r.Store("all")
	require.NoError(t, err)
	part, err := r.Store("part")
	require.NoError(t, err)
	_, err = part.Put(t.Context(), "x", []byte("1"), PutOptions{})
	require.NoError(t, err)
	_, err = all.Head(t.Context(), "a/b/x", HeadOptions{})
	require.NoError(t, err)

	_, err = r.Store("none")
	assert.Equal(t, errs.NotFound, errs.CodeOf(err))
	assert.ErrorContains(t, err, "all, part")

	require.NoError(t, part.Close(), "it does nothing")
	require.NoError(t, part.Shutdown())
	again, err := r.Store("all")
	require.NoError(t, err)
	require.NoError(t, again.Ping(t.Context()), "a backend that was shut down is opened anew")
	all = again
	require.NoError(t, r.Close())
	require.NoError(t, r.Close())
	_, err = all.Head(t.Context(), "a/b/x", HeadOptions{})
	assert.Equal(t, errs.Closed, errs.CodeOf(err))
	_, err = r.Store("all")
	assert.Equal(t, errs.Closed, errs.CodeOf(err))
}

func TestRegistryNamesTheBackendThatCannotBe(t *testing.T) {
	for options, says := range map[string]string{
		`{"type": "s3"}`: "bucket must not be empty",
		`{"type": "s3", "options": {"bucket": "b", "regoin": "x"}}`:                     `did you mean "region"`,
		`{"type": "s3", "options": {"bucket": "b", "region": {}}}`:                      "region must be text",
		`{"type": "s3", "options": {"bucket": "b", "key": "AKIA"}}`:                     "secret is missing: key needs it",
		`{"type": "s3", "options": {"bucket": "b", "region": "a", "region_name": "b"}}`: "region and region_name are the same option",
		`{"type": "local"}`: "root of a local backend",
		`{"type": "local", "options": {"root": "x", "bucket": "b"}}`: `no option "bucket"`,
		`{"type": "memory", "options": {"size": 1}}`:                 `no option "size"`,
	} {
		config, _, err := ParseConfig([]byte(`{"backends": {"main": `+options+`}}`), nil)
		require.NoError(t, err, options)
		_, err = NewRegistry(config, environment(t, nil))
		require.Error(t, err, options)
		assert.ErrorContains(t, err, `the backend "main"`, options)
		assert.ErrorContains(t, err, says, options)
	}
}

func TestRegistryOptionsOfS3(t *testing.T) {
	r := registry(t, example)
	store, err := r.Store("data")
	require.NoError(t, err)
	path, err := store.NativePath("x")
	require.NoError(t, err)
	assert.Equal(t, "b/data/2026/x", path)
}

func openBackend(t *testing.T, text string, env map[string]string) (*Store, error) {
	t.Helper()
	config, _, err := ParseBackend([]byte(text), nil, nil)
	require.NoError(t, err, text)
	store, err := OpenBackend(config, environment(t, env))
	if err == nil {
		t.Cleanup(func() { assert.NoError(t, store.Close()) })
	}
	return store, err
}

func TestOpenBackend(t *testing.T) {
	for text, name := range map[string]string{
		`{"type": "memory"}`: "memory",
		`{"type": "memory", "options": null, "retry": null}`:                                                              "memory",
		`{"type": "local", "options": {"root": "none"}}`:                                                                  "local",
		`{"type": "s3", "options": {"bucket": "b", "key": "AKIA", "secret": "SECRETMARK"}, "retry": {"max_attempts": 5}}`: "s3",
	} {
		store, err := openBackend(t, text, nil)
		require.NoError(t, err, text)
		assert.Equal(t, name, store.BackendName())
	}
	one, err := openBackend(t, `{"type": "memory"}`, nil)
	require.NoError(t, err)
	child, err := one.Child("a")
	require.NoError(t, err)
	require.NoError(t, one.Close(), "the backend is its own")
	_, err = child.Head(t.Context(), "x", HeadOptions{})
	assert.Equal(t, errs.Closed, errs.CodeOf(err))
}

func TestOptionsBesideAConfiguration(t *testing.T) {
	parse := func(text string) (BackendConfig, error) {
		config, _, err := ParseBackend([]byte(text), map[string]string{"bucket": "b", "secret": "SECRETMARK"}, nil)
		return config, err
	}
	whole, err := parse(`{"type": "s3", "options": {"bucket": null, "path_style": true}}`)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"bucket": "b", "secret": NewSecret("SECRETMARK"), "path_style": true}, whole.Options)
	only, err := parse(`{"type": "s3"}`)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"bucket": "b", "secret": NewSecret("SECRETMARK")}, only.Options)
	for text, says := range map[string]string{
		`null`:                         "type must be text",
		`{"type": "s3", "options": 1}`: "options must be an object",
		`{"type": "s3", "options": {"bucket": ""}}`: "the option bucket is given twice",
	} {
		_, err := parse(text)
		assert.ErrorContains(t, err, says)
	}
}

func TestAutomaticCleanupOfLocal(t *testing.T) {
	for cleanup, stays := range map[string]bool{`true`: false, `"yes"`: false, `false`: true, `null`: true} {
		folder := t.TempDir()
		store, err := openBackend(t, `{"type": "local", "options": {"root": "`+folder+`", "automatic_cleanup": `+cleanup+`}}`, nil)
		require.NoError(t, err)
		_, err = store.Put(t.Context(), "a/b", nil, PutOptions{})
		require.NoError(t, err)
		require.NoError(t, store.Delete(t.Context(), "a/b", DeleteOptions{}))
		found, err := store.Exists(t.Context(), "a", AnyKind)
		require.NoError(t, err)
		assert.Equal(t, stays, found, cleanup)
	}
}

// No name of a backend, which has none, and no place that begins with a dot.
func TestOpenBackendRefuses(t *testing.T) {
	for text, says := range map[string]string{
		``:                                  "the configuration is not JSON: EOF",
		`[]`:                                "the configuration must be an object",
		`{}`:                                "type must be text",
		`{"typ": "s3"}`:                     `unknown field "typ" in the configuration: there is type, options, retry`,
		`{"type": "ftp"}`:                   `unknown type "ftp": there is local, memory, s3`,
		`{"type": "s3", "options": 1}`:      "options must be an object",
		`{"type": "s3", "retry": 1}`:        "retry must be an object",
		`{"type": "s3", "retry": {"a": 1}}`: `unknown field "a" in retry`,
		`{"type": "s3", "retry": {"jitter": "1"}}`:     "retry.jitter must be seconds",
		`{"type": "s3", "retry": {"max_attempts": 0}}`: "max_attempts is 0, but",
	} {
		_, _, err := ParseBackend([]byte(text), nil, nil)
		require.Error(t, err, text)
		assert.Equal(t, "config", err.(*errs.Error).Op, text)
		assert.Regexp(t, "^"+regexp.QuoteMeta(says), err.(*errs.Error).Message, text)
	}
	for text, says := range map[string]string{
		`{"type": "local"}`: "the option root of a local backend",
		`{"type": "local", "options": {"root": "x", "automatic_cleanup": 2}}`: "automatic_cleanup must be true or false",
		`{"type": "memory", "options": {"size": 1}}`:                          `a backend of the type memory has no option "size"`,
		`{"type": "s3", "options": {"bucket": "b", "tls_ca_bundle": "none"}}`: "the option tls_ca_bundle must name a file",
	} {
		_, err := openBackend(t, text, nil)
		e := requireError(t, err, errs.InvalidOption)
		assert.Equal(t, "config", e.Op, text)
		assert.Regexp(t, "^"+regexp.QuoteMeta(says), e.Message, text)
	}
	_, err := OpenBackend(BackendConfig{Type: "ftp"}, nil)
	assert.Equal(t, "config", requireError(t, err, errs.InvalidArgument).Op)
}

func FuzzParseConfig(f *testing.F) {
	f.Add(example)
	f.Add(`{"backends": {"a": {"type": "s3", "options": {"bucket": "b", "client_options": {"token": "t", "config_kwargs":
		{"retries": {"max_attempts": 5}, "proxies": {"http": null}}}}}}}`)
	f.Add(`{"backends": {"a": {"type": "${X:-s3}", "options": {"key": ["$${"]}, "retry": {"jitter": 1e9}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		config, _, err := ParseConfig([]byte(text), func(string) (string, bool) { return "", false })
		if err != nil {
			assert.Contains(t, []errs.Code{errs.InvalidArgument, errs.InvalidOption, errs.InvalidPath}, errs.CodeOf(err))
			return
		}
		assert.NoError(t, config.Validate())
		if _, err := NewRegistry(config, nil); err != nil {
			assert.Contains(t, []errs.Code{errs.InvalidArgument, errs.InvalidOption}, errs.CodeOf(err))
		}
	})
}
