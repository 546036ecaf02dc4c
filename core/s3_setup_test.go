package core

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

// setup is what a configuration of an S3 backend comes to.
func setup(t *testing.T, options string, env map[string]string) (*s3Setup, error) {
	t.Helper()
	config, _, err := ParseBackend([]byte(`{"type": "s3", "options": {`+options+`}}`), nil, nil)
	require.NoError(t, err, options)
	request, err := s3Options(config)
	if err != nil {
		return nil, err
	}
	return request.setup(func(name string) string { return env[name] })
}

func TestPrecedence(t *testing.T) {
	const (
		given    = `"region": "given", "timeout": 1, "max_retries": 1`
		url      = `"url": "https://b.s3.eu-west-1.amazonaws.com"`
		defaults = `"defaults": {"region": "default", "timeout": 3, "allow_http": false, "AWS_MAX_ATTEMPTS": 9}`
	)
	env := map[string]string{"AWS_REGION": "env", "AWS_TIMEOUT": "2", "AWS_MAX_ATTEMPTS": "5", "AWS_BUCKET": "other"}
	for _, c := range []struct {
		options  []string
		region   string
		timeout  time.Duration
		attempts int
	}{
		{[]string{given, url, `"read_env": true`, defaults}, "given", 1, 2},
		{[]string{url, `"read_env": true`, defaults}, "eu-west-1", 2, 5},
		{[]string{`"bucket": "b", "read_env": "True"`, defaults}, "env", 2, 5},
		{[]string{`"bucket": "b"`, defaults}, "default", 3, 9},
		{[]string{`"bucket": "b", "read_env": "no", "defaults": {"read_env": true}`}, "", 0, 0},
		{[]string{`"bucket": "b", "defaults": {"read_env": true}`}, "env", 2, 5},
		{[]string{`"bucket": "b"`}, "", 0, 0},
	} {
		got, err := setup(t, strings.Join(c.options, ", "), env)
		require.NoError(t, err, c.options)
		assert.Equal(t, "b", got.Bucket, c.options)
		assert.Equal(t, c.region, got.Region, c.options)
		assert.Equal(t, c.timeout*time.Second, got.Timeout, c.options)
		assert.Equal(t, c.attempts, got.Retry.MaxAttempts, c.options)
		assert.Equal(t, len(c.options) > 1 && strings.Contains(c.options[len(c.options)-1], "allow_http"), got.RefuseHTTP)
	}
}

func TestURLAndOptions(t *testing.T) {
	for _, c := range []struct {
		options string
		want    s3Setup
		says    string
	}{
		{options: `"url": "s3://b/p", "bucket": "b", "prefix": "/p/"`, want: s3Setup{Config: s3.Config{Bucket: "b"}, prefix: "p"}},
		{options: `"url": "s3://b/p", "bucket_name": "c"`, says: "bucket_name is another bucket than that of the URL"},
		{options: `"url": "s3://b/p", "AWS_PREFIX": "q"`, says: "AWS_PREFIX is another prefix than that of the URL"},
		{options: `"url": "s3://b/p", "prefix": "q", "url_path": "ignore"`,
			want: s3Setup{Config: s3.Config{Bucket: "b"}, prefix: "q", ignorePath: true}},
		{options: `"url": "s3://b/p", "defaults": {"url_path": "ignore"}`,
			want: s3Setup{Config: s3.Config{Bucket: "b"}, ignorePath: true}},
		{options: `"url": "s3://b/p", "url_path": "prefix", "defaults": {"url_path": "ignore"}`,
			want: s3Setup{Config: s3.Config{Bucket: "b"}, prefix: "p"}},
		{options: `"url": "http://h:1/b", "endpoint": "https://e"`, // and so not its style either
			want: s3Setup{Config: s3.Config{Bucket: "b", Endpoint: "https://e"}}},
		{options: `"url": "https://b.s3.eu-west-1.amazonaws.com", "endpoint_url": "https://e"`,
			want: s3Setup{Config: s3.Config{Bucket: "b", Endpoint: "https://e", Region: "eu-west-1"}}},
		{options: `"url": "https://b.s3.eu-west-1.amazonaws.com", "defaults": {"endpoint": "https://e"}`,
			want: s3Setup{Config: s3.Config{Bucket: "b", AWS: true, Region: "eu-west-1", AddressingStyle: s3.AddressingVirtual}}},
		{options: `"url": "https://b.s3.eu-west-1.amazonaws.com", "virtual_hosted_style_request": false`,
			want: s3Setup{Config: s3.Config{Bucket: "b", AWS: true, Region: "eu-west-1", AddressingStyle: s3.AddressingPath}}},
		{options: `"url": "https://b.s3.eu-west-1.amazonaws.com", "default_region": "x"`,
			want: s3Setup{Config: s3.Config{Bucket: "b", AWS: true, Region: "eu-west-1", DefaultRegion: "x", AddressingStyle: s3.AddressingVirtual}}},
		{options: `"url": 1`, says: "url must be text"},
		{options: `"bucket": "b", "prefix": "a/../b"`, says: `prefix: `},
		{options: `"bucket": "b", "prefix": 1`, says: `prefix must be text`},
	} {
		got, err := setup(t, c.options, nil)
		if c.says != "" {
			assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, c.says)
			continue
		}
		require.NoError(t, err, c.options)
		got.Names, got.names = nil, nil
		assert.Equal(t, c.want, *got, c.options)
	}
}

// A store with a prefix is that part of the bucket, however it was said.
func TestPrefixOfS3(t *testing.T) {
	o := &Options{Getenv: environment(t, nil)}
	require.NoError(t, o.Set("prefix", "p/q"))
	fromOption, err := Open("s3://b", o)
	require.NoError(t, err)
	fromURL, err := Open("http://localhost:9000/b/p/q", &Options{Getenv: environment(t, nil)})
	require.NoError(t, err)
	fromConfig, err := openBackend(t, bucket(`"prefix": "p/q"`), nil)
	require.NoError(t, err)
	inRegistry, err := registry(t, `{"backends": {"m": `+bucket(`"prefix": "p"`)+`},
		"stores": {"q": {"backend": "m", "root_path": "q"}}}`).Store("q")
	require.NoError(t, err)
	for _, store := range []*Store{fromOption, fromURL, fromConfig, inRegistry} {
		path, err := store.NativePath("x")
		require.NoError(t, err)
		assert.Equal(t, "b/p/q/x", path)
		assert.NoError(t, store.Close())
	}
}

// What it does, only an object of more than a thousand parts shows.
func TestPartGrowth(t *testing.T) {
	for growth, even := range map[string]bool{"linear": false, "none": true} {
		got, err := setup(t, `"bucket": "b", "part_growth": "`+growth+`"`, nil)
		require.NoError(t, err)
		assert.Equal(t, even, got.EvenParts)
	}
}

// Each option is read from the environment in each of its spellings, but for
// what the chain of credentials reads there.
func TestEveryOptionIsReadFromTheEnvironment(t *testing.T) {
	for i := range optionTable {
		for _, name := range optionTable[i].spellings() {
			variable := "AWS_" + strings.ToUpper(name)
			got := fromEnvironment(func(name string) string {
				if name == variable {
					return "x"
				}
				return ""
			})
			want := settings{variable: {&optionTable[i], "x"}}
			switch optionTable[i].name() {
			case "credentials", "profile", "role_arn", "role_session_name", "external_id", "web_identity_token_file",
				"container_credentials_relative_uri", "container_credentials_full_uri", "container_authorization_token_file":
				want = settings{}
			}
			assert.Equal(t, want, got)
		}
	}
}

func TestReadEnv(t *testing.T) {
	endpoints := map[string]string{
		"AWS_ENDPOINT_URL_S3": "http://a", "AWS_ENDPOINT_URL": "http://b", "AWS_ENDPOINT": "http://c",
	}
	for _, want := range []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"} {
		got, err := setup(t, `"bucket": "b", "read_env": true`, endpoints)
		require.NoError(t, err)
		assert.Equal(t, endpoints[want], got.Endpoint)
		delete(endpoints, want)
	}
	env := map[string]string{
		"AWS_BUCKET_NAME": "b", "AWS_ALLOW_HTTP": "false", "AWS_DEFAULT_REGION": "r", "AWS_RETRY_MODE": "legacy",
		"AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true", "AWS_PROXY_URL": "p:1", "AWS_DEFAULT_HEADERS": `{"a": "b"}`,
		"AWS_SESSION_TOKEN": "t", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "s", "AWS_TIMEOUT": " ",
	}
	got, err := setup(t, `"read_env": true`, env)
	require.NoError(t, err)
	got.Names = nil
	assert.Equal(t, s3.Config{
		Bucket: "b", RefuseHTTP: true, DefaultRegion: "r", RetryMode: s3.RetryStandard, AddressingStyle: s3.AddressingVirtual,
		HTTPProxy: "http://p:1", HTTPSProxy: "http://p:1", DefaultHeaders: map[string]string{"a": "b"},
		AccessKeyID: "id", SecretAccessKey: "s", SessionToken: "t",
	}, got.Config)
	_, err = setup(t, ``, env)
	assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, "bucket must not be empty", "it was not asked for")

	// A key does not fit to the token of another.
	got, err = setup(t, `"read_env": true, "key": "own", "secret": "own"`, env)
	require.NoError(t, err)
	assert.Equal(t, []string{"own", "own", ""}, []string{got.AccessKeyID, got.SecretAccessKey, got.SessionToken})
	_, err = setup(t, `"read_env": true, "access_key_id": "own"`, env)
	assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, "secret is missing: access_key_id needs it")

	// Whatever the environment says, what is given decides, and the chain reads the rest.
	env["AWS_ROLE_ARN"], env["AWS_WEB_IDENTITY_TOKEN_FILE"], env["AWS_PROFILE"] = "arn", "/file", "p"
	env["AWS_ROLE_SESSION_NAME"] = "session"
	env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "https://h"
	for options, want := range map[string]s3.Config{
		`"skip_signature": true`:           {Sources: s3.Sources{SkipSignature: true}},
		`"credentials": "provider"`:        {Sources: s3.Sources{Pushed: true}},
		`"profile": "own"`:                 {Sources: s3.Sources{Profile: "own"}},
		`"web_identity_token_file": "own"`: {Sources: s3.Sources{WebIdentityTokenFile: "own"}},
		`"prefix": "x"`:                    {AccessKeyID: "id", SecretAccessKey: "s", SessionToken: "t"},
	} {
		got, err := setup(t, `"read_env": true, `+options, env)
		require.NoError(t, err, options)
		assert.Equal(t, want, s3.Config{
			Sources: got.Sources, AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken,
		}, options)
	}
	env["AWS_SKIP_SIGNATURE"] = "true"
	got, err = setup(t, `"read_env": true`, env)
	require.NoError(t, err)
	assert.True(t, got.SkipSignature && got.AccessKeyID == "")
	got, err = setup(t, `"read_env": true, "key": "own", "secret": "own"`, env)
	require.NoError(t, err)
	assert.True(t, !got.SkipSignature && got.AccessKeyID == "own")

	for variable, value := range map[string]string{
		"AWS_TIMEOUT": secret, "AWS_READ_TIMEOUT": "0", "AWS_ALLOW_HTTP": "?", "AWS_ENDPOINT": "ftp://" + secret, "AWS_REGION": secret + "_",
		"AWS_SESSION_TOKEN": secret + "\n", "AWS_MAX_RETRIES": "-1", "AWS_POOL_MAX_IDLE_PER_HOST": "many",
	} {
		_, err := setup(t, `"bucket": "b", "read_env": true`, map[string]string{variable: value})
		assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, "the environment variable "+variable+" ")
	}
	for options, variables := range map[string]map[string]string{
		`, "timeout": 1`: {"AWS_TIMEOUT": "?"}, // what is given is not read
		``:               {"AWS_REQUESTER_PAYS": "True"},
	} {
		got, err := setup(t, `"bucket": "b", "read_env": true`+options, variables)
		require.NoError(t, err)
		assert.Equal(t, options == "", got.RequesterPays)
	}
	// What is wrong later is named as well.
	_, err = setup(t, `"bucket": "b", "read_env": true`, map[string]string{"AWS_TOKEN": "t"})
	assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, "key is missing: AWS_TOKEN needs it")
}

// The bucket of a backend may come from the environment, when it is opened.
func TestRegistryReadsTheEnvironmentAtOpen(t *testing.T) {
	config, _, err := ParseConfig([]byte(`{"backends": {"m": {"type": "s3", "options": {"read_env": true}}},
		"stores": {"a": {"backend": "m"}}}`), nil)
	require.NoError(t, err)
	r, err := NewRegistry(config, environment(t, nil))
	require.NoError(t, err)
	_, err = r.Store("a")
	assert.ErrorContains(t, err, `the backend "m": bucket must not be empty`)
	r, err = NewRegistry(config, environment(t, map[string]string{"AWS_BUCKET": "b"}))
	require.NoError(t, err)
	store, err := r.Store("a")
	require.NoError(t, err)
	path, err := store.NativePath("x")
	require.NoError(t, err)
	assert.Equal(t, "b/x", path)
}

func TestConfigOfObstore(t *testing.T) {
	for options, want := range map[string]s3.Config{
		`"config": {"AWS_REGION": "r", "aws_bucket": "b", "Token": "t", "access_key_id": "a", "SECRET_ACCESS_KEY": "s", "endpoint": null}`: {
			Bucket: "b", Region: "r", AccessKeyID: "a", SecretAccessKey: "s", SessionToken: "t"},
		`"config": {"region": "r"}, "region": "r", "bucket": "b"`: {Bucket: "b", Region: "r"},
		`"bucket": "b", "retry_config": {"max_retries": 10, "retry_timeout": 180,
			"backoff": {"init_backoff": 0.1, "max_backoff": "15s", "base": 3}}`: {Bucket: "b", Retry: RetryPolicy{
			MaxAttempts: 11, Timeout: 3 * time.Minute, BackoffBase: 100 * time.Millisecond, BackoffMax: 15 * time.Second,
			BackoffFactor: 3, Jitter: time.Second / 2}},
		`"bucket": "b", "retry_config": {"backoff": {"base": null}}`: {Bucket: "b"},
		`"bucket": "b", "retry_backoff_base": 0, "retry_backoff_max": 0, "retry_jitter": 0`: {
			Bucket: "b", Retry: RetryPolicy{BackoffFactor: 2}},
		`"bucket": "b", "client_options": {"allow_http": false, "Timeout": "30s", "connect_timeout": 5, "pool_max_idle_per_host": "7",
			"pool_idle_timeout": "1m", "default_headers": {"X-A": "b", "x-c": null}, "randomize_addresses": true, "user_agent": "u/1",
			"proxy_url": "http://p:1", "proxy_excludes": "a,b", "default_content_type": "text/plain", "http1_only": true,
			"http2_only": false, "read_timeout": "1 min"}`: {
			Bucket: "b", RefuseHTTP: true, Timeout: 30 * time.Second, ConnectTimeout: 5 * time.Second, MaxPoolConnections: 7,
			PoolIdleTimeout: time.Minute, DefaultHeaders: map[string]string{"X-A": "b"}, RandomizeAddresses: true, UserAgent: "u/1",
			HTTPProxy: "http://p:1", HTTPSProxy: "http://p:1", ProxyExcludes: "a,b", DefaultContentType: "text/plain",
			ReadTimeout: time.Minute},
		`"bucket": "b", "client_options": {"config_kwargs": {"client_cert": "c.pem"}}`:            {Bucket: "b", ClientCertificate: "c.pem"},
		`"bucket": "b", "client_options": {"config_kwargs": {"client_cert": ["c.pem", "k.pem"]}}`: {Bucket: "b", ClientCertificate: "c.pem", ClientKey: "k.pem"},
	} {
		got, err := setup(t, options, nil)
		require.NoError(t, err, options)
		got.Names = nil
		assert.Equal(t, want, got.Config, options)
	}
	const differ = " are the same option, with different values"
	for options, says := range map[string]string{
		`"config": {"region": "a"}, "region": "b"`:                                                               "config.region and region" + differ,
		`"config": {"region": "a", "AWS_REGION": "b"}`:                                                           "config.AWS_REGION and config.region" + differ,
		`"config": {"virtual_hosted_style_request": true}, "addressing_style":"path"`:                            "addressing_style and config.virtual_hosted_style_request" + differ,
		`"config": {"proxy_url": "http://a"}, "https_proxy": "http://b"`:                                         "config.proxy_url and https_proxy" + differ,
		`"client_options": {"timeout": 1}, "timeout": "2s"`:                                                      "client_options.timeout and timeout" + differ,
		`"config": {"regoin": "a"}`:                                                                              `unknown option "regoin": did you mean "region"`,
		`"config": {"region": 1}`:                                                                                "config.region must be text",
		`"config": []`:                                                                                           "config must be an object",
		`"defaults": {"region": 1}`:                                                                              "defaults.region must be text",
		`"defaults": {"timeout": 0}, "bucket": "b"`:                                                              "defaults.timeout must be more than 0",
		`"bucket": "b", "http2_only": true`:                                                                      "http2_only cannot be: S3 is spoken over HTTP/1.1 only",
		`"retry_config": {"max_retries": 1.5}, "bucket": "b"`:                                                    "retry_config.max_retries must be a whole number, 0 or more",
		`"retry_config": {"backoff": {"base": 0.5}}, "bucket": "b"`:                                              "retry_config.backoff.base must be a number, 1 or more",
		`"retry_config": {"backoff": {"factor": 2}}`:                                                             "retry_config.backoff.factor is not known",
		`"client_options": {"default_headers": "x"}, "bucket": "b"`:                                              "client_options.default_headers must be an object of headers",
		`"client_options": {"default_headers": {"a": 1}}`:                                                        "client_options.default_headers must be an object of headers",
		`"client_options": {"config_kwargs": {"client_cert": ["a"]}}`:                                            "client_options.config_kwargs.client_cert must be a file, or two",
		`"client_options": {"client_key": "SECRETMARK"}, "bucket": "b"`:                                          "client_certificate is missing: client_options.client_key needs it",
		`"bucket": "b", "endpoint": "http://h", "defaults": {"allow_http": false}`:                               "which allow_http forbids",
		`"bucket": "b", "endpoint": "http://h", "AWS_ALLOW_HTTP": false`:                                         "which AWS_ALLOW_HTTP forbids",
		`"bucket": "b", "root_certificate": ` + quoted(aCertificate(t)) + `, "allow_invalid_certificates": true`: "exclude each other",
	} {
		_, err := setup(t, options, nil)
		require.Error(t, err, options)
		assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, says, options)
	}
	config := BackendConfig{Type: "s3", Options: map[string]any{"bucket": "b", "retry_config": map[string]any{}}, Retry: &RetryPolicy{MaxAttempts: 1}}
	_, err := OpenBackend(config, environment(t, nil))
	assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, "retry_config and retry exclude each other")
}

func quoted(text string) string {
	data, _ := json.Marshal(text)
	return string(data)
}

func TestOptionsWithoutEffectAreSaid(t *testing.T) {
	_, warnings, err := ParseBackend([]byte(bucket(`"http2_keep_alive_timeout": "1s", "client_options": {"http2_keep_alive_interval": 1}`)), nil, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"client_options.http2_keep_alive_interval has no effect: S3 is spoken over HTTP/1.1 only",
		"http2_keep_alive_timeout has no effect: S3 is spoken over HTTP/1.1 only",
	}, warnings)
}

func TestHeadersAndKeysAreHidden(t *testing.T) {
	config, _, err := ParseBackend([]byte(`{"type": "s3", "options": {"config": {"AWS_SECRET_ACCESS_KEY": "SECRETMARK", "aws_token": "SECRETMARK"},
		"default_headers": "{\"x-gate\":\"SECRETMARK\"}", "client_options": {"default_headers": {"x-gate": "SECRETMARK"},
		"client_key": "SECRETMARK", "config_kwargs": {"client_cert": "SECRETMARK"}}}}`), nil, nil)
	require.NoError(t, err)
	data, err := json.Marshal(config)
	require.NoError(t, err)
	assert.NotContains(t, string(data), secret)
	request, err := s3Options(config)
	require.NoError(t, err)
	assert.Equal(t, `{"x-gate":"SECRETMARK"}`, request.given["client_options.default_headers"].text)
}

func TestPasswordsOfProxiesAreHidden(t *testing.T) {
	for _, given := range []string{
		`"config": {"AWS_PROXY_URL": "http://user:SECRETMARK@proxy:1"}`,
		`"client_options": {"config_kwargs": {"proxies": {"http": "http://user:SECRETMARK@proxy:1", "https": "http://user:SECRETMARK@proxy:1"}}}`,
	} {
		config, _, err := ParseBackend([]byte(bucket(given)), nil, nil)
		require.NoError(t, err)
		data, err := json.Marshal(config)
		require.NoError(t, err)
		assert.NotContains(t, string(data), secret)
		options := setupOf(t, config)
		assert.Equal(t, "http://user:SECRETMARK@proxy:1", options.HTTPProxy)
		assert.Equal(t, options.HTTPProxy, options.HTTPSProxy)
	}
	config, _, err := ParseBackend([]byte(bucket(`"proxy_url": "http://proxy:1"`)), nil, nil)
	require.NoError(t, err)
	assert.Equal(t, "http://proxy:1", config.Options["proxy_url"])
}
