package s3_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// Whoever has a signed URL needs nothing of ours.
func TestSignedURLs(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	store := openSet(t, serverVariables(t, server), place.URL, nil)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: server.TLS()}}
	sign := func(o core.SignOptions) string {
		if o.Expires == 0 {
			o.Expires = time.Minute
		}
		signed, err := store.Sign(t.Context(), "folder/a b+%é", o)
		require.NoError(t, err)
		return signed
	}
	ask := func(method, signed, body string, headers map[string]string) (*http.Response, string) {
		request, err := http.NewRequestWithContext(t.Context(), method, signed, strings.NewReader(body))
		require.NoError(t, err)
		for name, value := range headers {
			request.Header.Set(name, value)
		}
		response, err := client.Do(request)
		require.NoError(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response, string(text)
	}

	typed := core.SignOptions{Method: "PUT", Attributes: core.Attributes{ContentType: "text/x-test"}}
	response, _ := ask("PUT", sign(typed), "text", nil)
	refusal := http.StatusForbidden
	if server.Target == "minio" {
		refusal = http.StatusBadRequest
	}
	assert.Equal(t, refusal, response.StatusCode, "without the header that it has to have")
	response, text := ask("PUT", sign(typed), "text", map[string]string{"Content-Type": "text/x-test"})
	assert.Equal(t, http.StatusOK, response.StatusCode, text)
	response, text = ask("GET", sign(core.SignOptions{Method: "GET"}), "", nil)
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Equal(t, "text", text)
	assert.Equal(t, "text/x-test", response.Header.Get("Content-Type"))
	response, text = ask("GET", sign(core.SignOptions{Method: "GET"}), "", map[string]string{"Range": "bytes=1-2"})
	assert.Equal(t, http.StatusPartialContent, response.StatusCode)
	assert.Equal(t, "ex", text)
	response, _ = ask("GET", sign(core.SignOptions{Method: "GET", Attributes: core.Attributes{
		ContentType: "text/other", ContentDisposition: `attachment; filename="a b.txt"`,
	}}), "", nil)
	assert.Equal(t, "text/other", response.Header.Get("Content-Type"))
	assert.Equal(t, `attachment; filename="a b.txt"`, response.Header.Get("Content-Disposition"))
	response, _ = ask("HEAD", sign(core.SignOptions{Method: "HEAD"}), "", nil)
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Equal(t, "4", response.Header.Get("Content-Length"))

	response, _ = ask("PUT", sign(core.SignOptions{Method: "GET"}), "other", nil)
	assert.Equal(t, http.StatusForbidden, response.StatusCode, "it is for another method")
	late := sign(core.SignOptions{Method: "GET", Expires: time.Second})
	time.Sleep(2100 * time.Millisecond)
	response, _ = ask("GET", late, "", nil)
	assert.Equal(t, http.StatusForbidden, response.StatusCode, "it has expired")
	response, _ = ask("DELETE", sign(core.SignOptions{Method: "DELETE"}), "", nil)
	assert.Equal(t, http.StatusNoContent, response.StatusCode)
	found, err := store.Exists(t.Context(), "folder/a b+%é", core.Object)
	require.NoError(t, err)
	assert.False(t, found)
}

// A URL holds nothing that the SDK for Go would add to a request.
func TestWhatASignedURLHolds(t *testing.T) {
	t.Parallel()
	for _, s := range []settings{nil, {"checksum_algorithm": "SHA256"}, {"unsigned_payload": "true"}, {"user_agent_extra": "x"}} {
		store := openSet(t, variables(t, ""), "s3://bucket", s)
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "POST", "PATCH", "OPTIONS"} {
			signed, err := store.Sign(t.Context(), "a", core.SignOptions{Method: method, Expires: time.Hour})
			require.NoError(t, err)
			u, err := url.Parse(signed)
			require.NoError(t, err)
			query := u.Query()
			assert.Equal(t, "3600", query.Get("X-Amz-Expires"))
			assert.Equal(t, "host", query.Get("X-Amz-SignedHeaders"))
			for _, name := range []string{
				"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature",
			} {
				assert.True(t, query.Has(name), name)
				query.Del(name)
			}
			assert.Empty(t, query, "%s %v", method, s)
		}
	}
}

func TestSigningNeedsCredentials(t *testing.T) {
	t.Parallel()
	store := openSet(t, variables(t, ""), "s3://bucket", settings{"skip_signature": "true"})
	_, err := store.Sign(t.Context(), "a", core.SignOptions{Method: "GET", Expires: time.Hour})
	assert.Contains(t, requireError(t, err, errs.Unauthenticated).Message, "no credentials to sign with: skip_signature is set")
	env := variables(t, "")
	env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = "", ""
	_, err = openIn(t, env, "s3://bucket").Sign(t.Context(), "a", core.SignOptions{Method: "GET", Expires: time.Hour})
	requireError(t, err, errs.Unauthenticated)

	file := textFile(t, "[default]\naws_access_key_id = FILE\naws_secret_access_key = "+secret+"\n")
	env["AWS_SHARED_CREDENTIALS_FILE"] = file
	signed, err := openIn(t, env, "s3://bucket").Sign(t.Context(), "a", core.SignOptions{Method: "GET", Expires: time.Hour})
	require.NoError(t, err)
	assert.Contains(t, signed, "X-Amz-Credential=FILE%2F")
}
