package core

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

// An error has the names that its reader used, which are those of remote-store,
// or of the engine.
func TestErrorsNameOptionsAsTheyWereGiven(t *testing.T) {
	for text, says := range map[string]string{
		`{"type": "s3"}`: "bucket must not be empty",
		`{"type": "s3", "options": {"bucket": ""}}`:    "bucket must not be empty",
		`{"type": "s3", "options": {"bucket": " \t"}}`: "bucket must not be empty",
		`{"type": "s3", "options": {"bucket": null}}`:  "bucket must not be empty",
		`{"type": "s3", "options": {"bucket": 1}}`:     "bucket must be text",
		bucket(`"region": 1`):                          "region must be text",
		bucket(`"region_name": false`):                 "region_name must be text",
		bucket(`"endpoint_url": 9000`):                 "endpoint_url must be text",
		bucket(`"secret": 12`):                         "secret must be text",
		bucket(`"key": "AKIA"`):                        "secret is missing: key needs it",
		bucket(`"secret": "SECRETMARK"`):               "key is missing: secret needs it",
		bucket(`"access_key_id": "AKIA"`):              "secret is missing: access_key_id needs it",
		bucket(`"session_token": "SECRETMARK"`):        "key is missing: session_token needs it",
		bucket(`"key": ["SECRETMARK"]`):                "key must be text",
		bucket(`"secret": "SECRETMARK\u0000"`):         "the value of secret must be valid UTF-8 without NUL",
		bucket(`"region_name": "a b"`):                 "region_name must be letters, digits and '-'",
		bucket(`"region": "a b"`):                      "region must be letters, digits and '-'",
		bucket(`"region_name": "y", "region": "x"`):    "region and region_name are the same option",
		bucket(`"endpoint_url": "ftp://SECRETMARK"`):   "endpoint_url must be http://host[:port]",
		bucket(`"endpoint_url": "http://a:SECRETMARK@h"`): "endpoint_url may not hold credentials: " +
			"use key and secret",
		bucket(`"endpoint": "http://a:SECRETMARK@h", "access_key_id": "a", "secret_access_key": "b"`): "endpoint may not hold " +
			"credentials: use access_key_id and secret_access_key",
		bucket(`"endpoint_url": "http://h?SECRETMARK"`): "endpoint_url may not hold a query",
		bucket(`"endpont_url": "SECRETMARK"`):           `unknown option "endpont_url": did you mean "endpoint_url"?`,
		bucket(`"secrt": "SECRETMARK"`):                 `unknown option "secrt": did you mean "secret"?`,
		bucket(`"client_option": {}`):                   `unknown option "client_option": did you mean "client_options"?`,
		bucket(`"regoin": "x"`):                         `unknown option "regoin": did you mean "region"?`,
		bucket(`"SECRETMARK=1": "x"`):                   "the name of an option has letters, digits and _ only",
		bucket(`"max_retries": -1`):                     "max_retries must be a whole number, 0 or more",
		bucket(`"max_retries": 2, "max_attempts": 2`):   "max_attempts and max_retries are the same option",
		bucket(`"tls_ca_bundle": "/none/ca.pem"`):       "the option tls_ca_bundle must name a file of certificates",
		bucket(`"reject_write_under_file_ancestor": 2`): "reject_write_under_file_ancestor must be true or false",
	} {
		_, err := openBackend(t, text, nil)
		require.Error(t, err, text)
		assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, says, text)
	}
	_, err := openBackend(t, `{"type": "s3", "options": {"bucket": "s3://AKIA:SECRETMARK@b"}}`, nil)
	assert.Contains(t, requireError(t, err, errs.InvalidArgument).Message, "the name of a bucket has letters")
}

// Nothing is opened with a file of certificates that there is not, whoever
// names it.
func TestMissingCertificatesAreRefused(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	text := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(text, []byte("no certificate"), 0o600))
	for _, name := range []string{"AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"} {
		for _, file := range []string{missing, text, t.TempDir()} {
			_, err := openBackend(t, bucket(""), map[string]string{name: file})
			assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, "the environment variable "+name)
			_, err = openBackend(t, bucket(`"tls_ca_bundle": "`+file+`"`), nil)
			assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, "the option tls_ca_bundle")
		}
	}
	_, err := openBackend(t, bucket(""), map[string]string{"AWS_ENDPOINT_URL": "http://u:SECRETMARK@h"})
	assert.Contains(t, requireError(t, err, errs.InvalidOption).Message,
		"the environment variable AWS_ENDPOINT_URL may not hold credentials: use key and secret")
}

// What comes later is named as well: a region that the endpoint refuses, and
// credentials that nobody has.
func TestRequestsNameOptionsAsTheyWereGiven(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amz-Bucket-Region", "eu-north-1")
		w.WriteHeader(http.StatusMovedPermanently)
		_, _ = w.Write([]byte(`<Error><Code>PermanentRedirect</Code></Error>`))
	}))
	defer server.Close()
	none := map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
	for _, c := range []struct {
		options string
		env     map[string]string
		code    errs.Code
		says    string
	}{
		{`"region_name": "eu-west-1"`, nil, errs.InvalidOption, `set the option region_name to "eu-north-1"`},
		{`"region": "eu-west-1"`, nil, errs.InvalidOption, `set the option region to "eu-north-1"`},
		{`"client_options": {"client_kwargs": {"region_name": "eu-west-1"}}`, nil, errs.InvalidOption,
			`set the option client_options.client_kwargs.region_name to "eu-north-1"`},
		{`"max_attempts": 1`, none, errs.Unauthenticated, "Set key and secret, or one of these"},
	} {
		store, err := openBackend(t, bucket(`"endpoint_url": "`+server.URL+`", `+c.options), c.env)
		require.NoError(t, err, c.options)
		_, err = store.Get(t.Context(), "a", GetOptions{})
		assert.Contains(t, requireError(t, err, c.code).Message, c.says)
	}
}
