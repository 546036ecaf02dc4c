package core

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

// bucket is the configuration of a bucket with more options.
func bucket(more string) string {
	if more != "" {
		more = ", " + more
	}
	return `{"type": "s3", "options": {"bucket": "b"` + more + `}}`
}

// client is that of one with client_options, and others.
func client(options string, others ...string) string {
	return bucket(strings.Join(append([]string{`"client_options": ` + options}, others...), ", "))
}

func kwargs(options string, others ...string) string {
	return client(`{"config_kwargs": `+options+`}`, others...)
}

func clientKwargs(options string, others ...string) string {
	return client(`{"client_kwargs": `+options+`}`, others...)
}

func setupOf(t *testing.T, config BackendConfig) *s3Setup {
	t.Helper()
	request, err := s3Options(config)
	require.NoError(t, err)
	setup, err := request.setup(nil)
	require.NoError(t, err)
	return setup
}

func TestClientOptions(t *testing.T) {
	is := func(set func(*s3.Config)) s3.Config {
		c := s3.Config{Bucket: "b"}
		set(&c)
		return c
	}
	attempts := func(n int) s3.Config { return is(func(c *s3.Config) { c.RetryPolicy().MaxAttempts = n }) }
	proxies := func(http, https string) s3.Config {
		return is(func(c *s3.Config) { c.HTTPProxy, c.HTTPSProxy = http, https })
	}
	region := is(func(c *s3.Config) { c.Region = "eu-central-1" })
	endpoint := is(func(c *s3.Config) { c.Endpoint = "http://h:9000" })
	nothing := is(func(*s3.Config) {})
	for text, want := range map[string]s3.Config{
		bucket(`"client_options": null`):      nothing,
		client(`{}`):                          nothing,
		kwargs(`{}`):                          nothing,
		kwargs(`null`):                        nothing,
		kwargs(`{"no_such_field": null}`):     nothing,
		clientKwargs(`{}`):                    nothing,
		client(`{"endpoint_url": ""}`):        nothing,
		clientKwargs(`{"config": null}`):      nothing,
		kwargs(`{"s3": {}}`):                  nothing,
		kwargs(`{"retries": {}}`):             nothing,
		kwargs(`{"proxies": null}`):           nothing,
		kwargs(`{"max_attempts": null}`):      nothing,
		clientKwargs(`{"verify": null}`):      nothing,
		clientKwargs(`{"verify": true}`):      nothing,
		clientKwargs(`{"verify": false}`):     is(func(c *s3.Config) { c.AnyCertificate = true }),
		clientKwargs(`{"verify": "/ca.pem"}`): is(func(c *s3.Config) { c.CABundle = "/ca.pem" }),

		client(`{"use_listings_cache": true}`):        nothing,
		client(`{"use_listings_cache": false}`):       nothing,
		kwargs(`{"signature_version": "s3v4"}`):       nothing,
		kwargs(`{"connect_timeout": 3.0}`):            is(func(c *s3.Config) { c.ConnectTimeout = 3 * time.Second }),
		kwargs(`{"read_timeout": 0.25}`):              is(func(c *s3.Config) { c.ReadTimeout = time.Second / 4 }),
		kwargs(`{"max_pool_connections": 7}`):         is(func(c *s3.Config) { c.MaxPoolConnections = 7 }),
		kwargs(`{"user_agent_extra": "x/1"}`):         is(func(c *s3.Config) { c.UserAgentExtra = "x/1" }),
		kwargs(`{"s3": {"addressing_style":"path"}}`): is(func(c *s3.Config) { c.AddressingStyle = s3.AddressingPath }),
		client(`{"key": "AKIA", "secret": "s", "token": "t"}`): is(func(c *s3.Config) {
			c.AccessKeyID, c.SecretAccessKey, c.SessionToken = "AKIA", "s", "t"
		}),

		kwargs(`{"region_name": "eu-central-1"}`):                                     region,
		clientKwargs(`{"region_name": "eu-central-1"}`):                               region,
		clientKwargs(`{"region_name": "eu-central-1"}`, `"region": "eu-central-1"`):   region,
		kwargs(`{"region_name": "eu-central-1"}`, `"region_name": "eu-central-1"`):    region,
		client(`{"endpoint_url": "http://h:9000"}`):                                   endpoint,
		clientKwargs(`{"endpoint_url": "http://h:9000"}`):                             endpoint,
		client(`{"endpoint_url": "http://h:9000"}`, `"endpoint": "http://h:9000"`):    endpoint,
		clientKwargs(`{"endpoint_url": "http://h:9000/"}`, `"endpoint_url": null`):    endpoint,
		kwargs(`{"proxies": {}}`):                                                     proxies("none", "none"),
		kwargs(`{"proxies": {"http": null, "https": null}}`):                          proxies("none", "none"),
		kwargs(`{"proxies": {"http": ""}}`):                                           proxies("none", "none"),
		kwargs(`{"proxies": {"http": "http://p:1"}}`):                                 proxies("http://p:1", "none"),
		kwargs(`{"proxies": {"https": "p:1"}}`, `"http_proxy": "none"`):               proxies("none", "http://p:1"),
		kwargs(`{"retries": {"max_attempts": 5}}`):                                    attempts(6),
		kwargs(`{"retries": {"max_attempts": 0}}`):                                    attempts(1),
		kwargs(`{"retries": {"max_attempts": 9223372036854775807}}`):                  attempts(math.MaxInt),
		kwargs(`{"retries": {"total_max_attempts": 5}}`):                              attempts(5),
		kwargs(`{"retries": {"total_max_attempts": 5, "max_attempts": 5}}`):           attempts(5),
		kwargs(`{"retries": {"total_max_attempts": null, "max_attempts": 4}}`):        attempts(5),
		kwargs(`{"retries": {"max_attempts": 4}}`, `"max_attempts": 5`):               attempts(5),
		kwargs(`{"retries": {"total_max_attempts": 5}}`, `"max_retries": 4`):          attempts(5),
		kwargs(`{"retries": {"mode": "legacy"}}`):                                     is(func(c *s3.Config) { c.RetryMode = "standard" }),
		kwargs(`{"retries": {"mode": "standard"}}`):                                   is(func(c *s3.Config) { c.RetryMode = "standard" }),
		kwargs(`{"retries": {"mode": "adaptive"}}`, `"retry_mode": "adaptive"`):       is(func(c *s3.Config) { c.RetryMode = "adaptive" }),
		kwargs(`{"connect_timeout": "500ms", "read_timeout": null, "proxies": null}`): is(func(c *s3.Config) { c.ConnectTimeout = time.Second / 2 }),
	} {
		config, warnings, err := ParseBackend([]byte(text), nil, nil)
		require.NoError(t, err, text)
		assert.Empty(t, warnings, text)
		setup := setupOf(t, config)
		setup.Names = nil
		assert.Equal(t, want, setup.Config, text)
	}
}

func TestClientOptionsRefuses(t *testing.T) {
	const differ = " are the same option, with different values: give one of them"
	for text, says := range map[string]string{
		bucket(`"client_options": []`):                                                           "client_options must be an object",
		client(`{"config_kwargs": 1}`):                                                           "client_options.config_kwargs must be an object",
		client(`{"client_kwargs": "x"}`):                                                         "client_options.client_kwargs must be an object",
		client(`{"anon": true}`):                                                                 "client_options.anon is not known: client_options has allow_http, allow_invalid_certificates, client_certificate, client_key, client_kwargs, config_kwargs, connect_timeout, ",
		client(`{"SECRETMARK": 1}`):                                                              "a field is not known: client_options has",
		client(`{"use_listings_cache": 1}`):                                                      "client_options.use_listings_cache must be true or false",
		client(`{"token": ["SECRETMARK"]}`):                                                      "client_options.token must be text",
		client(`{"token": "SECRETMARK"}`):                                                        "key is missing: client_options.token needs it",
		client(`{"secret": "SECRETMARK"}`):                                                       "key is missing: client_options.secret needs it",
		client(`{"key": "AKIA"}`):                                                                "secret is missing: client_options.key needs it",
		client(`{"key": "a", "secret": "SECRETMARK\n"}`):                                         "the value of client_options.secret must have no line breaks",
		client(`{"endpoint_url": "http://u:SECRETMARK@h"}`):                                      "client_options.endpoint_url may not hold credentials: use key and secret",
		client(`{"endpoint_url": "ftp://h"}`):                                                    "client_options.endpoint_url must be http://host",
		clientKwargs(`{"config": {"a": 1}}`):                                                     "client_options.client_kwargs.config is not taken: its settings belong in client_options.config_kwargs, as a dict",
		clientKwargs(`{"use_ssl": false}`):                                                       "client_options.client_kwargs.use_ssl is not known: client_options.client_kwargs has endpoint_url, region_name, verify",
		clientKwargs(`{"verify": 1}`):                                                            "client_options.client_kwargs.verify must be a file of certificates, or true or false",
		clientKwargs(`{"region_name": {}}`):                                                      "client_options.client_kwargs.region_name must be text",
		clientKwargs(`{"verify": false}`, `"tls_ca_bundle":"x"`):                                 "client_options.client_kwargs.verify and tls_ca_bundle exclude each other",
		kwargs(`{"tcp_keepalive": true}`):                                                        "client_options.config_kwargs.tcp_keepalive is not known: client_options.config_kwargs has client_cert, connect_timeout, max_pool_connections, proxies, read_timeout, region_name, retries, s3, signature_version, user_agent, user_agent_extra",
		kwargs(`{"signature_version": "s3"}`):                                                    `client_options.config_kwargs.signature_version must be "s3v4"`,
		kwargs(`{"signature_version": {}}`):                                                      `client_options.config_kwargs.signature_version must be "s3v4"`,
		kwargs(`{"connect_timeout": -1}`):                                                        "client_options.config_kwargs.connect_timeout must be a time",
		kwargs(`{"connect_timeout": true}`):                                                      "client_options.config_kwargs.connect_timeout must be a time",
		kwargs(`{"read_timeout": 0}`):                                                            "client_options.config_kwargs.read_timeout must be more than 0",
		kwargs(`{"max_pool_connections": 1.5}`):                                                  "client_options.config_kwargs.max_pool_connections must be a whole number",
		kwargs(`{"user_agent_extra": "\u00e4"}`):                                                 "client_options.config_kwargs.user_agent_extra must be printable ASCII",
		kwargs(`{"region_name": "a b"}`):                                                         "client_options.config_kwargs.region_name must be letters",
		kwargs(`{"s3": 1}`):                                                                      "client_options.config_kwargs.s3 must be an object",
		kwargs(`{"s3": {"payload_signing_enabled": true}}`):                                      "client_options.config_kwargs.s3.payload_signing_enabled is not known: client_options.config_kwargs.s3 has addressing_style",
		kwargs(`{"s3": {"addressing_style": "Path"}}`):                                           "client_options.config_kwargs.s3.addressing_style must be auto, path or virtual",
		kwargs(`{"proxies": 1}`):                                                                 "client_options.config_kwargs.proxies must be an object",
		kwargs(`{"proxies": {"http": false}}`):                                                   "client_options.config_kwargs.proxies.http must be a URL, or null",
		kwargs(`{"proxies": {"http": {}}}`):                                                      "client_options.config_kwargs.proxies.http must be a URL, or null",
		kwargs(`{"proxies": {"https": "ftp://SECRETMARK@h"}}`):                                   `client_options.config_kwargs.proxies.https must be "none"`,
		kwargs(`{"proxies": {"ftp": "x"}}`):                                                      "client_options.config_kwargs.proxies.ftp is not known: client_options.config_kwargs.proxies has http, https",
		kwargs(`{"proxies": {"http": "p:1"}}`, `"http_proxy": "q:1"`):                            "client_options.config_kwargs.proxies.http and http_proxy" + differ,
		kwargs(`{"proxies": {}}`, `"https_proxy": "q:1"`):                                        "client_options.config_kwargs.proxies.https and https_proxy" + differ,
		kwargs(`{"retries": 5}`):                                                                 "client_options.config_kwargs.retries must be an object",
		kwargs(`{"retries": {"max_attempts": -1}}`):                                              "client_options.config_kwargs.retries.max_attempts must be a whole number, 0 or more",
		kwargs(`{"retries": {"total_max_attempts": 0}}`):                                         "client_options.config_kwargs.retries.total_max_attempts must be a whole number, 1 or more",
		kwargs(`{"retries": {"mode": "fast"}}`):                                                  "client_options.config_kwargs.retries.mode must be adaptive, legacy or standard",
		kwargs(`{"retries": {"mode": {}}}`):                                                      "client_options.config_kwargs.retries.mode must be text",
		kwargs(`{"retries": {"backoff": 1}}`):                                                    "client_options.config_kwargs.retries.backoff is not known",
		kwargs(`{"retries": {"max_attempts": 5}}`, `"max_attempts": 5`):                          "client_options.config_kwargs.retries.max_attempts and max_attempts" + differ,
		kwargs(`{"region_name": "a"}`, `"region_name": "b"`):                                     "client_options.config_kwargs.region_name and region_name" + differ,
		client(`{"client_kwargs": {"region_name": "a"}, "config_kwargs": {"region_name": "b"}}`): "client_options.client_kwargs.region_name and client_options.config_kwargs.region_name" + differ,
		clientKwargs(`{"endpoint_url": "http://a"}`, `"endpoint_url": "http://b"`):               "client_options.client_kwargs.endpoint_url and endpoint_url" + differ,
		client(`{"secret": "SECRETMARK1"}`, `"secret": "SECRETMARK2"`):                           "client_options.secret and secret" + differ,
		clientKwargs(`{"verify": "/none/ca.pem"}`):                                               "the option client_options.client_kwargs.verify must name a file",
	} {
		_, err := openBackend(t, text, nil)
		require.Error(t, err, text)
		e := requireError(t, err, errs.InvalidOption)
		assert.True(t, strings.HasPrefix(e.Message, says), "%s: %s", text, e.Message)
	}
}

func TestRetryOutranksClientOptions(t *testing.T) {
	const text = `{"type": "s3", "options": {"bucket": "b", "client_options": {"config_kwargs": {
		"retries": {"max_attempts": 5, "mode": "adaptive", "whatever": 1}}}}, "retry": {"max_attempts": 2}}`
	config, warnings, err := ParseBackend([]byte(text), nil, nil)
	require.NoError(t, err)
	const line = "client_options.config_kwargs.retries has no effect beside retry: give one of them"
	assert.Equal(t, []string{line}, warnings)
	options := setupOf(t, config)
	assert.Equal(t, 2, options.Retry.MaxAttempts)
	assert.Empty(t, options.RetryMode)

	_, warnings, err = ParseConfig([]byte(`{"backends": {"main": `+text+`}, "x": 1}`), nil)
	require.NoError(t, err)
	require.Len(t, warnings, 2)
	assert.Equal(t, `the backend "main": `+line, warnings[1])
}

func TestSecretsInClientOptionsAreHidden(t *testing.T) {
	config, _, err := ParseBackend([]byte(client(`{"key": "SECRETMARK", "secret": "SECRETMARK", "token": "SECRETMARK"}`)), nil, nil)
	require.NoError(t, err)
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v", config, config, config), secret)
	options := setupOf(t, config)
	assert.Equal(t, secret, options.SessionToken)
}

// What is seen from outside. Each store is on the endpoint, with its options
// in client_options.

func openClient(t *testing.T, options, endpoint string, env map[string]string) *Store {
	t.Helper()
	store, err := openBackend(t, client(options, `"endpoint_url": "`+endpoint+`"`, `"retry_backoff_base": 0`,
		`"retry_jitter": 0`), env)
	require.NoError(t, err)
	return store
}

func TestClientOptionsRetries(t *testing.T) {
	for retries, want := range map[string]int{
		`{"max_attempts": 5}`:                          6,
		`{"total_max_attempts": 5}`:                    5,
		`{"max_attempts": 0}`:                          1,
		`{"max_attempts": 9, "total_max_attempts": 2}`: 2,
		`{"max_attempts": 2, "mode": "legacy"}`:        3,
		`{"mode": "standard"}`:                         3,
	} {
		var requests atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		_, err := openClient(t, `{"config_kwargs": {"retries": `+retries+`}}`, server.URL, nil).Head(t.Context(), "a", HeadOptions{})
		assert.Error(t, err)
		assert.EqualValues(t, want, requests.Load(), retries)
		server.Close()
	}
}

func TestClientOptionsProxies(t *testing.T) {
	for _, c := range []struct {
		proxies string
		first   int32 // requests to the proxy of the environment
		second  int32 // and to that of the options
	}{
		{`null`, 1, 0},
		{`{}`, 0, 0},
		{`{"http": null, "https": null}`, 0, 0},
		{`{"https": "PROXY"}`, 0, 0},
		{`{"http": "PROXY"}`, 0, 1},
	} {
		var asked [2]atomic.Int32
		var urls [2]string
		for i := range urls {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked[i].Add(1)
				w.Header().Set("Content-Length", "0")
			}))
			defer server.Close()
			urls[i] = server.URL
		}
		store := openClient(t, `{"config_kwargs": {"proxies": `+strings.Replace(c.proxies, "PROXY", urls[1], 1)+
			`, "retries": {"max_attempts": 0}}}`, "http://s3.example.invalid", map[string]string{"HTTP_PROXY": urls[0]})
		_, err := store.Head(t.Context(), "a", HeadOptions{})
		assert.Equal(t, c.first+c.second == 0, err != nil, "%s: nobody has that name", c.proxies)
		assert.Equal(t, c.first, asked[0].Load(), c.proxies)
		assert.Equal(t, c.second, asked[1].Load(), c.proxies)
	}
}

func TestClientOptionsReadTimeout(t *testing.T) {
	held := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-held }))
	defer server.Close()
	defer close(held)
	start := time.Now()
	_, err := openClient(t, `{"config_kwargs": {"read_timeout": 0.2, "retries": {"max_attempts": 0}}}`, server.URL, nil).
		Head(t.Context(), "a", HeadOptions{})
	requireError(t, err, errs.Unavailable)
	assert.ErrorContains(t, err, "no byte came for 200ms")
	assert.Less(t, time.Since(start), 5*time.Second)
}

func TestClientOptionsVerify(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "0")
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes are to fail
	server.StartTLS()
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file,
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	for value, want := range map[string]errs.Code{
		`true`: errs.Unavailable, `null`: errs.Unavailable, `false`: errs.OK, `"` + file + `"`: errs.OK,
	} {
		store := openClient(t, `{"client_kwargs": {"verify": `+value+`}, "config_kwargs": {"retries": {"max_attempts": 0}}}`,
			server.URL, nil)
		_, err := store.Head(t.Context(), "a", HeadOptions{})
		assert.Equal(t, want, errs.CodeOf(err), "%s: %v", value, err)
	}
}
