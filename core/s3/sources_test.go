package s3_test

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

// cloud plays all that gives credentials, as it is documented, and an endpoint of
// S3 that notes who asks. The keys say where they come from.
type cloud struct {
	*httptest.Server
	noTokens bool          // the metadata is of version 1
	broken   bool          // the container has no answer
	life     time.Duration // of credentials; 0 is an hour

	mu     sync.Mutex
	seen   []string // requests for credentials
	askers []string // of S3: "KEY/TOKEN"
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	life := c.life
	if life == 0 {
		life = time.Hour
	}
	expires := time.Now().Add(life).UTC()
	keys := func(who string) string {
		return fmt.Sprintf(`{"Code": "Success", "AccessKeyId": %q, "SecretAccessKey": "s", "Token": "T-%s", "Expiration": %q}`,
			who, who, expires.Format(time.RFC3339Nano))
	}
	note := func(values ...string) { c.seen = append(c.seen, strings.Join(values, " ")) }
	const metadata = "/latest/meta-data/iam/security-credentials/"
	switch path := r.URL.Path; {
	case path == "/latest/api/token": // "Use IMDSv2", EC2 User Guide
		note(r.Method, path, r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds"))
		if c.noTokens {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds"))
		_, _ = io.WriteString(w, "session")
	case strings.HasPrefix(path, metadata):
		note(r.Method, path, r.Header.Get("X-Aws-Ec2-Metadata-Token"))
		switch {
		case !c.noTokens && r.Header.Get("X-Aws-Ec2-Metadata-Token") != "session":
			w.WriteHeader(http.StatusUnauthorized)
		case path == metadata:
			_, _ = io.WriteString(w, "the-role")
		default:
			_, _ = io.WriteString(w, keys("INSTANCE"))
		}
	case strings.HasPrefix(path, "/container"): // "IAM roles for tasks", ECS Developer Guide
		note(r.Method, path, r.Header.Get("Authorization"))
		if c.broken {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, keys("CONTAINER"))
	case path == "/federation/credentials": // "GetRoleCredentials", IAM Identity Center Portal API Reference
		note(r.Method, r.URL.String(), r.Header.Get("X-Amz-Sso_bearer_token"))
		_, _ = fmt.Fprintf(w, `{"roleCredentials": {"accessKeyId": "SSO", "secretAccessKey": "s", "sessionToken": "T-SSO", "expiration": %d}}`,
			expires.UnixMilli())
	case path == "/" && r.Method == http.MethodPost: // "AssumeRole", STS API Reference
		_ = r.ParseForm()
		action, who := r.Form.Get("Action"), "ROLE"
		if action == "AssumeRoleWithWebIdentity" {
			who = "WEB"
		}
		note(action, r.Form.Get("RoleArn"), r.Form.Get("RoleSessionName"), r.Form.Get("ExternalId"),
			r.Form.Get("WebIdentityToken"), "by", asker(r))
		_, _ = fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials>`+
			`<AccessKeyId>%[2]s</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>T-%[2]s</SessionToken>`+
			`<Expiration>%[3]s</Expiration></Credentials></%[1]sResult></%[1]sResponse>`, action, who, expires.Format(time.RFC3339))
	default:
		c.askers = append(c.askers, asker(r))
		w.Header().Set("Content-Length", "0")
	}
}

// asker is "KEY/TOKEN" of who signed a request, "/" if nobody did.
func asker(r *http.Request) string {
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(rest, "/")
	return key + "/" + r.Header.Get("X-Amz-Security-Token")
}

// asked opens a store, sends a request, and returns who asked, and what was
// requested to find the credentials.
func (c *cloud) asked(t *testing.T, env map[string]string, s settings) (string, []string) {
	t.Helper()
	c.mu.Lock()
	c.seen, c.askers = nil, nil
	c.mu.Unlock()
	require.NoError(t, head(t, openSet(t, env, "s3://bucket", s)))
	require.Len(t, c.askers, 1)
	return c.askers[0], c.seen
}

// keyless is an environment without keys, in which the cloud gives what is asked
// of STS and SSO.
func (c *cloud) keyless(t *testing.T) map[string]string {
	env := variables(t, c.URL)
	delete(env, "AWS_ACCESS_KEY_ID")
	delete(env, "AWS_SECRET_ACCESS_KEY")
	delete(env, "AWS_EC2_METADATA_DISABLED")
	env["HOME"] = t.TempDir()
	env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1" // nobody
	return env
}

// misleading sets the variables of the process, which nobody may read.
func misleading(t *testing.T) {
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_LOGIN_CACHE_DIRECTORY",
	} {
		t.Setenv(name, "process")
	}
	for _, name := range []string{"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT", "HTTP_PROXY", "HTTPS_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:1")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("HOME", t.TempDir())
}

func profile(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

func TestSources(t *testing.T) {
	misleading(t)
	c, other := newCloud(t), newCloud(t)
	t.Cleanup(s3.SetContainerHost(c.URL))
	token := textFile(t, "the-token")
	none := "<nothing is asked>"
	const roleARN, session = "arn:aws:iam::123456789012:role/r", "the-session"
	staticKeys := map[string]string{"AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "T-ENV"}
	webIdentity := map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": roleARN,
		"AWS_ROLE_SESSION_NAME": session}
	process := textFile(t, `{"Version": 1, "AccessKeyId": "PROCESS", "SecretAccessKey": "s", "SessionToken": "T-PROCESS"}`)
	metadata := "GET /latest/meta-data/iam/security-credentials/"

	for name, test := range map[string]struct {
		env    map[string]string
		config string // the AWS configuration file
		set    settings
		want   string
		asks   string // the first request for credentials
	}{
		"keys": {staticKeys, "", settings{"access_key_id": "OWN", "secret_access_key": "s", "session_token": "T-OWN"},
			"OWN/T-OWN", none},
		"environment":            {staticKeys, "", nil, "ENV/T-ENV", none},
		"environment, then more": {merged(staticKeys, webIdentity), "", nil, "ENV/T-ENV", none},
		"anonymous":              {staticKeys, "", settings{"skip_signature": "true"}, "/", none},
		"not anonymous":          {staticKeys, "", settings{"skip_signature": "false"}, "ENV/T-ENV", none},
		"web identity of the environment": {webIdentity, profile("[default]", "aws_access_key_id = PROFILE", "aws_secret_access_key = s"),
			nil, "WEB/T-WEB", "AssumeRoleWithWebIdentity " + roleARN + " the-session  the-token by /"},
		"web identity of the options": {staticKeys, "", settings{"web_identity_token_file": token, "role_arn": roleARN,
			"role_session_name": "own"}, "WEB/T-WEB", "AssumeRoleWithWebIdentity " + roleARN + " own  the-token by /"},
		"web identity without a name": {nil, "", settings{"web_identity_token_file": token, "role_arn": roleARN},
			"WEB/T-WEB", "AssumeRoleWithWebIdentity " + roleARN + " libremotestore  the-token by /"},
		"token of the environment, role of the options": {webIdentity, "", settings{"role_arn": "arn:own"},
			"WEB/T-WEB", "AssumeRoleWithWebIdentity arn:own the-session  the-token by /"},
		"role": {staticKeys, "", settings{"role_arn": roleARN, "external_id": "x", "role_session_name": "own"},
			"ROLE/T-ROLE", "AssumeRole " + roleARN + " own x  by ENV/T-ENV"},
		"role by keys": {webIdentity, "", settings{"access_key_id": "OWN", "secret_access_key": "s", "role_arn": roleARN},
			"ROLE/T-ROLE", "AssumeRole " + roleARN + " libremotestore   by OWN/"},
		"profile": {map[string]string{"AWS_PROFILE": "work"}, profile("[profile work]",
			"aws_access_key_id = PROFILE", "aws_secret_access_key = s"), nil, "PROFILE/", none},
		"profile before the environment": {merged(staticKeys, webIdentity), profile("[profile work]",
			"aws_access_key_id = PROFILE", "aws_secret_access_key = s"), settings{"profile": "work"}, "PROFILE/", none},
		"role of a profile": {nil, profile("[default]", "role_arn = arn:profile", "source_profile = base",
			"external_id = x", "role_session_name = p", "[profile base]", "aws_access_key_id = BASE", "aws_secret_access_key = s"),
			nil, "ROLE/T-ROLE", "AssumeRole arn:profile p x  by BASE/"},
		"role of a profile by the environment": {staticKeys, profile("[profile p]", "role_arn = arn:profile",
			"credential_source = Environment"), settings{"profile": "p"},
			"ROLE/T-ROLE", "AssumeRole arn:profile libremotestore   by ENV/T-ENV"},
		"role of a profile by the container": {map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": c.URL + "/container"},
			profile("[default]", "role_arn = arn:profile", "credential_source = EcsContainer"), nil,
			"ROLE/T-ROLE", "GET /container "},
		"role of a profile by the instance": {map[string]string{"AWS_EC2_METADATA_SERVICE_ENDPOINT": c.URL},
			profile("[default]", "role_arn = arn:profile", "credential_source = Ec2InstanceMetadata"), nil,
			"ROLE/T-ROLE", "PUT /latest/api/token 300"},
		"web identity of a profile": {nil, profile("[default]", "role_arn = arn:profile", "web_identity_token_file = "+token,
			"role_session_name = p"), nil, "WEB/T-WEB", "AssumeRoleWithWebIdentity arn:profile p  the-token by /"},
		"process": {nil, profile("[default]", "credential_process = cat "+process), nil, "PROCESS/T-PROCESS", none},
		"process with a live environment": {map[string]string{"AWS_ROLE_ARN": process},
			profile("[default]", "credential_process = cat $AWS_ROLE_ARN"), nil, "PROCESS/T-PROCESS", none},
		"SSO": {nil, profile("[default]", "sso_start_url = https://start", "sso_region = eu-central-1",
			"sso_account_id = 123456789012", "sso_role_name = r"), nil,
			"SSO/T-SSO", "GET /federation/credentials?account_id=123456789012&role_name=r https://start"},
		"SSO by a session": {nil, profile("[default]", "sso_session = s", "sso_account_id = 123456789012", "sso_role_name = r",
			"[sso-session s]", "sso_start_url = https://start", "sso_region = eu-central-1"), nil,
			"SSO/T-SSO", "GET /federation/credentials?account_id=123456789012&role_name=r s"},
		"container": {map[string]string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/container/task"}, "", nil,
			"CONTAINER/T-CONTAINER", "GET /container/task "},
		"container with a URL": {map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": c.URL + "/container/full",
			"AWS_CONTAINER_AUTHORIZATION_TOKEN": "bearer"}, "", nil, "CONTAINER/T-CONTAINER", "GET /container/full bearer"},
		"container with a token in a file": {map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": c.URL + "/container/full",
			"AWS_CONTAINER_AUTHORIZATION_TOKEN": "bearer", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token}, "", nil,
			"CONTAINER/T-CONTAINER", "GET /container/full the-token"},
		"path of the container": {staticKeys, "", settings{"container_credentials_relative_uri": "/container/own"},
			"CONTAINER/T-CONTAINER", "GET /container/own "},
		"URL of the container": {staticKeys, "", settings{"container_credentials_full_uri": c.URL + "/container/own",
			"container_authorization_token_file": token}, "CONTAINER/T-CONTAINER", "GET /container/own the-token"},
		"instance": {map[string]string{"AWS_EC2_METADATA_SERVICE_ENDPOINT": c.URL}, "", nil,
			"INSTANCE/T-INSTANCE", "PUT /latest/api/token 300"},
		"instance at an endpoint": {nil, "", settings{"metadata_endpoint": c.URL}, "INSTANCE/T-INSTANCE", "PUT /latest/api/token 300"},
		"instance in a profile": {map[string]string{"AWS_EC2_METADATA_SERVICE_ENDPOINT": ""}, profile("[default]", "ec2_metadata_service_endpoint = "+c.URL), nil,
			"INSTANCE/T-INSTANCE", "PUT /latest/api/token 300"},
	} {
		t.Run(name, func(t *testing.T) {
			env := merged(c.keyless(t), test.env)
			if test.config != "" {
				env["AWS_CONFIG_FILE"] = textFile(t, test.config)
			}
			for _, key := range []string{"https://start", "s"} {
				ssoToken(t, env["HOME"], key)
			}
			who, seen := c.asked(t, env, test.set)
			assert.Equal(t, test.want, who)
			if test.asks == none {
				assert.Empty(t, seen)
			} else if assert.NotEmpty(t, seen) {
				assert.Equal(t, test.asks, seen[0])
			}
		})
	}
	t.Run("a session for the metadata", func(t *testing.T) {
		_, seen := c.asked(t, c.keyless(t), settings{"metadata_endpoint": c.URL})
		assert.Equal(t, []string{"PUT /latest/api/token 300", metadata + " session", metadata + "the-role session"}, seen)
	})
	t.Run("endpoint of STS", func(t *testing.T) {
		for _, by := range []string{"option", "AWS_ENDPOINT_URL_STS"} {
			env, s := merged(c.keyless(t), staticKeys), settings{"role_arn": roleARN}
			if by == "option" {
				s["sts_endpoint"], env["AWS_ENDPOINT_URL_STS"] = other.URL, "http://127.0.0.1:1"
			} else {
				env[by] = other.URL
			}
			who, seen := c.asked(t, env, s)
			assert.Equal(t, "ROLE/T-ROLE", who, by)
			assert.Empty(t, seen, by)
		}
		assert.Len(t, other.seen, 2)
	})
}

func merged(all ...map[string]string) map[string]string {
	m := map[string]string{}
	for _, one := range all {
		maps.Copy(m, one)
	}
	return m
}

// ssoToken is what "aws sso login" leaves; the token is the key of its name.
func ssoToken(t *testing.T, home, key string) {
	t.Helper()
	folder := filepath.Join(home, ".aws", "sso", "cache")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	hash := sha1.Sum([]byte(key))
	text := fmt.Sprintf(`{"accessToken": %q, "expiresAt": %q}`, key, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	require.NoError(t, os.WriteFile(filepath.Join(folder, hex.EncodeToString(hash[:])+".json"), []byte(text), 0o600))
}

func TestSourcesThatContradict(t *testing.T) {
	t.Parallel()
	keys := settings{"access_key_id": "a", "secret_access_key": "s"}
	web := settings{"web_identity_token_file": "f", "role_arn": "r"}
	for _, test := range []struct {
		set  []map[string]string
		want string
	}{
		{[]map[string]string{keys, {"skip_signature": "true"}}, "skip_signature and access_key_id exclude each other"},
		{[]map[string]string{web, {"skip_signature": "true"}}, "skip_signature and web_identity_token_file"},
		{[]map[string]string{{"role_arn": "r", "skip_signature": "true"}}, "skip_signature and role_arn"},
		{[]map[string]string{{"conditional_put": "dynamo:locks", "skip_signature": "true"}}, "skip_signature and conditional_put exclude each other"},
		{[]map[string]string{{"copy_if_not_exists": "dynamo:locks", "skip_signature": "true"}}, "skip_signature and copy_if_not_exists"},
		{[]map[string]string{keys, {"credentials": "provider"}}, "credentials and access_key_id exclude each other"},
		{[]map[string]string{{"role_arn": "r", "credentials": "provider"}}, "credentials and role_arn"},
		{[]map[string]string{keys, web}, "access_key_id and web_identity_token_file exclude each other"},
		{[]map[string]string{{"container_credentials_relative_uri": "/a", "container_credentials_full_uri": "https://h"}},
			"container_credentials_relative_uri and container_credentials_full_uri"},
		{[]map[string]string{web, {"external_id": "x"}}, "web_identity_token_file and external_id exclude each other"},
		{[]map[string]string{{"external_id": "x"}}, "role_arn is missing: external_id needs it"},
		{[]map[string]string{{"role_session_name": "x"}}, "role_arn is missing: role_session_name needs it"},
		{[]map[string]string{{"web_identity_token_file": "x"}}, "role_arn is missing: web_identity_token_file needs it"},
		{[]map[string]string{{"container_authorization_token_file": "x"}}, "container_credentials_full_uri is missing"},
		{[]map[string]string{{"container_credentials_relative_uri": "a"}}, "must be a path"},
		{[]map[string]string{{"container_credentials_full_uri": "http://example.com/a"}}, "must be an https:// URL"},
		{[]map[string]string{{"profile": "missing"}}, "missing"},
	} {
		_, err := core.Open("s3://bucket", settings(merged(test.set...)).options(t, variables(t, "http://127.0.0.1:1")))
		require.Error(t, err, test.want)
		assert.Equal(t, errs.InvalidOption, errs.CodeOf(err), test.want)
		assert.ErrorContains(t, err, test.want)
	}
}

func TestVersion1OfTheMetadata(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.noTokens = true
	who, seen := c.asked(t, c.keyless(t), settings{"metadata_endpoint": c.URL, "imdsv1_fallback": "true"})
	assert.Equal(t, "INSTANCE/T-INSTANCE", who)
	assert.Equal(t, "GET /latest/meta-data/iam/security-credentials/the-role ", seen[len(seen)-1])

	for _, s := range []settings{{"metadata_endpoint": c.URL}, {"metadata_endpoint": c.URL, "imdsv1_fallback": "false"}} {
		c.seen = nil
		requireError(t, head(t, openSet(t, c.keyless(t), "s3://bucket", s)), errs.Unauthenticated)
		assert.False(t, slices.ContainsFunc(c.seen, func(r string) bool { return strings.HasPrefix(r, "GET") }), "%q", c.seen)
	}
}

// blackHoles are an endpoint that takes connections and says nothing, as the
// metadata is for a container a hop too far away, and one that is not there: its
// queue of connections is full, so that the system drops what comes.
func blackHoles(t *testing.T) []string {
	t.Helper()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { silent.Close() })
	full, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { full.Close() })
	raw, err := full.(*net.TCPListener).SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) { require.NoError(t, syscall.Listen(int(fd), 0)) }))
	for dialer := (net.Dialer{Timeout: 200 * time.Millisecond}); ; {
		waits, err := dialer.Dial("tcp", full.Addr().String())
		if err != nil {
			break
		}
		t.Cleanup(func() { waits.Close() })
	}
	return []string{"http://" + silent.Addr().String(), "http://" + full.Addr().String()}
}

func TestNoCredentialsIsQuick(t *testing.T) {
	t.Parallel()
	for _, hole := range blackHoles(t) {
		for _, fallback := range []string{"false", "true"} {
			c := newCloud(t)
			store := openSet(t, c.keyless(t), "s3://bucket", settings{"metadata_endpoint": hole, "imdsv1_fallback": fallback,
				"max_attempts": "10", "retry_backoff_base": "10"})
			begun := time.Now()
			e := requireError(t, head(t, store), errs.Unauthenticated)
			took := time.Since(begun)
			t.Logf("%s, fallback %s: %s", hole, fallback, took)
			assert.Less(t, took, 3*time.Second) // a quarter of a second each, or a half, and four times so
			for _, word := range []string{"access_key_id", "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", `"default"`,
				"AWS_CONTAINER_CREDENTIALS_FULL_URI", hole, "skip_signature"} {
				assert.Contains(t, e.Message, word)
			}
			assert.Zero(t, e.Attempts)
			begun = time.Now()
			for range 100 {
				requireError(t, head(t, store), errs.Unauthenticated)
			}
			assert.Less(t, time.Since(begun), took+2*time.Second, "a failure serves others")
			assert.Empty(t, c.askers)
		}
	}
}

func TestNobodyIsAskedWhereTheMetadataIsDisabled(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	env := c.keyless(t)
	env["AWS_EC2_METADATA_DISABLED"] = "TRUE"
	e := requireError(t, head(t, openSet(t, env, "s3://bucket", settings{"metadata_endpoint": c.URL})), errs.Unauthenticated)
	assert.Contains(t, e.Message, "AWS_EC2_METADATA_DISABLED")
	assert.Empty(t, c.seen)
}

// What a source says when it fails names the source, and holds no secret.
func TestSourcesThatFail(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for name, test := range map[string]struct {
		config string
		set    settings
		want   string
	}{
		"process":            {profile("[default]", "credential_process = echo "+secret), nil, "credential_process of the profile \"default\""},
		"process that fails": {profile("[default]", "credential_process = exit 3"), nil, "exit status 3"},
		"SSO": {profile("[default]", "sso_start_url = https://x", "sso_region = r-1", "sso_account_id = 1", "sso_role_name = r"),
			nil, "aws sso login --profile default"},
		"no token": {"", settings{"web_identity_token_file": "/none/token", "role_arn": "arn:r"}, "/none/token"},
		"role": {profile("[default]", "aws_access_key_id = "+secret, "aws_secret_access_key = "+secret),
			settings{"role_arn": "arn:r", "sts_endpoint": "http://127.0.0.1:1"}, "the role arn:r cannot be assumed"},
		"container": {"", settings{"container_credentials_full_uri": "http://127.0.0.1:1/a?" + secret}, "http://127.0.0.1:1/a "},
	} {
		env := c.keyless(t)
		if test.config != "" {
			env["AWS_CONFIG_FILE"] = textFile(t, test.config)
		}
		e := requireError(t, head(t, openSet(t, env, "s3://bucket", test.set)), errs.Unauthenticated)
		assert.Contains(t, e.Message, test.want, name)
	}
}

// They are kept, and renewed before they expire, and when they are refused. It is
// about times, and so runs alone.
func TestCredentialsAreKeptAndRenewed(t *testing.T) {
	c := newCloud(t)
	store := openSet(t, c.keyless(t), "s3://bucket", settings{"container_credentials_full_uri": c.URL + "/container"})
	for range 3 {
		require.NoError(t, head(t, store))
	}
	assert.Len(t, c.seen, 1)

	c.life, c.seen = 4*time.Second, nil // STS gives whole seconds; the container gives more
	store = openSet(t, c.keyless(t), "s3://bucket", settings{"container_credentials_full_uri": c.URL + "/container"})
	require.NoError(t, head(t, store))
	time.Sleep(3200 * time.Millisecond)
	require.NoError(t, head(t, store))
	assert.Len(t, c.seen, 2, "a quarter of the life before they expire")
	time.Sleep(3200 * time.Millisecond)
	c.broken = true
	require.NoError(t, head(t, store), "they are valid still")
	assert.Greater(t, len(c.seen), 2, "though it was tried to renew them")
	time.Sleep(time.Second)
	requireError(t, head(t, store), errs.Unauthenticated)
}

func TestRefusedCredentialsAreFetchedAnew(t *testing.T) {
	t.Parallel()
	for code, again := range map[string]bool{"ExpiredToken": true, "InvalidToken": true, "RequestExpired": true, "AccessDenied": false} {
		c := newCloud(t)
		requests := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if requests++; requests == 1 {
				answer(w, http.StatusBadRequest, code)
				return
			}
			body, _ := io.ReadAll(r.Body)
			assert.Equal(t, "content", string(body))
			w.Header().Set("ETag", `"e"`)
		}))
		t.Cleanup(server.Close)
		env := merged(c.keyless(t), map[string]string{"AWS_ENDPOINT_URL": server.URL})
		store := openSet(t, env, "s3://bucket", settings{"container_credentials_full_uri": c.URL + "/container", "max_attempts": "1"})
		_, err := store.Put(t.Context(), "a", []byte("content"), core.PutOptions{})
		if again {
			require.NoError(t, err, code)
			assert.Len(t, c.seen, 2, code)
		} else {
			require.Error(t, err, code)
			assert.Len(t, c.seen, 1, code)
		}
	}
}

// What is asked on the net goes the way of the store; what is on this machine, or
// next to it, does not.
func TestTheWayToASource(t *testing.T) {
	t.Parallel()
	keys := settings{"access_key_id": "OWN", "secret_access_key": "s", "role_arn": "arn:r"}
	t.Run("certificates", func(t *testing.T) {
		c := newCloud(t)
		secured := newAuthority(t, c.ServeHTTP)
		for file, want := range map[string]errs.Code{secured.file: errs.OK, newAuthority(t, empty).file: errs.Unauthenticated} {
			s := merged(keys, settings{"sts_endpoint": secured.server.URL, "tls_ca_bundle": file})
			err := head(t, openSet(t, c.keyless(t), "s3://bucket", s))
			assert.Equal(t, want, errs.CodeOf(err), "%v", err)
		}
		s := settings{"container_credentials_full_uri": secured.server.URL + "/container", "tls_ca_bundle": secured.file}
		require.NoError(t, head(t, openSet(t, c.keyless(t), "s3://bucket", s)))
	})
	t.Run("proxy", func(t *testing.T) {
		c := newCloud(t) // which is the proxy too
		env := c.keyless(t)
		env["AWS_ENDPOINT_URL"] = "http://s3.example.invalid"
		s := merged(keys, settings{"sts_endpoint": "http://sts.example.invalid", "http_proxy": c.URL})
		who, seen := c.asked(t, env, s)
		assert.Equal(t, "ROLE/T-ROLE", who)
		assert.Len(t, seen, 1)
	})
	t.Run("no proxy", func(t *testing.T) {
		c := newCloud(t)
		for _, s := range []settings{{"metadata_endpoint": c.URL}, {"container_credentials_full_uri": c.URL + "/container"}} {
			p := newProxy(t, c.Server)
			s["http_proxy"] = p.URL
			env := c.keyless(t)
			env["AWS_ENDPOINT_URL"] = "http://s3.example.invalid"
			require.NoError(t, head(t, openSet(t, env, "s3://bucket", s)))
			assert.Equal(t, int32(1), p.asked.Load(), "the request to S3")
		}
	})
}
