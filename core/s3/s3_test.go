package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

const (
	secret = "SECRETMARK"
	prompt = 5 * time.Second // far below any timeout of ours, far above a loopback call
)

// variables is an environment that leads to an endpoint and to nothing else.
func variables(t *testing.T, endpoint string) map[string]string {
	none := filepath.Join(t.TempDir(), "none")
	return map[string]string{
		"AWS_ENDPOINT_URL":            endpoint,
		"AWS_ACCESS_KEY_ID":           "AKIA",
		"AWS_SECRET_ACCESS_KEY":       secret,
		"AWS_REGION":                  "us-east-1",
		"AWS_CONFIG_FILE":             none,
		"AWS_SHARED_CREDENTIALS_FILE": none,
		"AWS_EC2_METADATA_DISABLED":   "true",
	}
}

func openIn(t *testing.T, env map[string]string, place string) *core.Store {
	t.Helper()
	env = maps.Clone(env) // a test may go on to change it
	store, err := core.Open(place, &core.Options{Getenv: func(name string) string { return env[name] }})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	return store
}

// fake opens a store on an endpoint that answers by handler.
func fake(t *testing.T, handler http.HandlerFunc) *core.Store {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return openIn(t, variables(t, server.URL), "s3://bucket")
}

// serverVariables is what the server adds to the environment.
func serverVariables(t *testing.T, server *s3test.Server) map[string]string {
	env := variables(t, "")
	for _, name := range []string{
		"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_CA_BUNDLE",
	} {
		env[name] = server.Getenv(name)
	}
	return env
}

// raw is a client that the engine has no part in.
func raw(server *s3test.Server) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(server.Getenv("AWS_ENDPOINT_URL")),
		HTTPClient:   &http.Client{Transport: &http.Transport{TLSClientConfig: server.TLS()}},
		Region:       server.Getenv("AWS_REGION"),
		UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(
			server.Getenv("AWS_ACCESS_KEY_ID"), server.Getenv("AWS_SECRET_ACCESS_KEY"), ""),
	})
}

func bucketOf(t *testing.T, server *s3test.Server) *string {
	u, err := url.Parse(server.URL())
	require.NoError(t, err)
	return &u.Host
}

func put(t *testing.T, store *core.Store, path, text string) {
	t.Helper()
	_, err := store.Put(t.Context(), path, []byte(text), core.PutOptions{})
	require.NoError(t, err)
}

func read(ctx context.Context, store *core.Store, path string, o core.GetOptions) (string, error) {
	r, err := store.Get(ctx, path, o)
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	return string(data), err
}

func list(ctx context.Context, store *core.Store, folder string, recursive bool) ([]string, error) {
	return s3test.List(ctx, store, folder, core.ListOptions{Recursive: recursive})
}

// operations are all that ask the server, on an object "a" where they need one.
var operations = []struct {
	name string
	do   func(context.Context, *core.Store) error
}{
	{"head", func(ctx context.Context, s *core.Store) error {
		_, err := s.Head(ctx, "a", core.HeadOptions{})
		return err
	}},
	{"get", func(ctx context.Context, s *core.Store) error {
		_, err := read(ctx, s, "a", core.GetOptions{})
		return err
	}},
	{"range", func(ctx context.Context, s *core.Store) error {
		_, err := read(ctx, s, "a", core.GetOptions{Offset: 1})
		return err
	}},
	{"create", func(ctx context.Context, s *core.Store) error {
		_, err := s.Put(ctx, "b", []byte("x"), core.PutOptions{})
		return err
	}},
	{"overwrite", func(ctx context.Context, s *core.Store) error {
		_, err := s.Put(ctx, "b", []byte("x"), core.PutOptions{Overwrite: true})
		return err
	}},
	{"delete", func(ctx context.Context, s *core.Store) error { return s.Delete(ctx, "a", core.DeleteOptions{}) }},
	{"copy create", func(ctx context.Context, s *core.Store) error { return s.Copy(ctx, "a", "c", core.CopyOptions{}) }},
	{"copy overwrite", func(ctx context.Context, s *core.Store) error {
		return s.Copy(ctx, "a", "c", core.CopyOptions{Overwrite: true})
	}},
	{"list", func(ctx context.Context, s *core.Store) error { _, err := list(ctx, s, "", true); return err }},
}

// requireError checks the code and that nothing of the keys came out.
func requireError(t *testing.T, err error, code errs.Code) *errs.Error {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, errs.CodeOf(err), "%v", err)
	e, ok := err.(*errs.Error)
	require.True(t, ok, "%T", err)
	assert.NotContains(t, e.Error()+e.Detail, secret)
	assert.Equal(t, "s3", e.Backend)
	return e
}

func TestRefusedCredentials(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	put(t, openIn(t, serverVariables(t, server), place.URL), "a", "content")
	for name, wrong := range map[string]string{
		"unknown access key": "AWS_ACCESS_KEY_ID",
		"wrong secret":       "AWS_SECRET_ACCESS_KEY",
	} {
		env := serverVariables(t, server)
		env[wrong] = secret
		store := openIn(t, env, place.URL)
		for _, o := range operations {
			t.Run(name+" "+o.name, func(t *testing.T) {
				e := requireError(t, o.do(t.Context(), store), errs.Unauthenticated)
				assert.Positive(t, e.HTTPStatus)
				want := 1 // a repetition cannot help
				if slices.Contains([]string{"head", "delete", "copy create"}, o.name) {
					want = 2 // they ask with HEAD: its answer has no body: a listing tells why
				}
				assert.Equal(t, want, e.Attempts)
				assert.False(t, e.Retryable)
			})
		}
	}
}

func TestWrongRegionNamesTheRightOne(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	put(t, openIn(t, serverVariables(t, server), place.URL), "a", "content")
	env := serverVariables(t, server)
	env["AWS_REGION"] = "xx-wrong-1"
	store := openIn(t, env, place.URL)
	for _, o := range operations {
		t.Run(o.name, func(t *testing.T) {
			e := requireError(t, o.do(t.Context(), store), errs.InvalidOption)
			assert.Contains(t, e.Message, server.Getenv("AWS_REGION"))
			assert.Contains(t, e.Message, "xx-wrong-1")
		})
	}
}

func TestMissingBucket(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	store := openIn(t, serverVariables(t, server), "s3://no-such-bucket")
	for _, o := range operations {
		if o.name == "list" {
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			e := requireError(t, o.do(t.Context(), store), errs.NotFound)
			assert.Contains(t, e.Message, `"no-such-bucket"`)
			assert.Equal(t, "NoSuchBucket", e.S3Code)
		})
	}
	for _, recursive := range []bool{true, false} {
		paths, err := list(t.Context(), store, "folder", recursive)
		require.NoError(t, err)
		assert.Empty(t, paths)
	}
}

func TestUnreachableEndpoint(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	for _, c := range []struct {
		name, endpoint string
		attempts       int // at least: it is the resolver who says whether asking again makes sense
	}{
		{"refused connection", "http://" + listener.Addr().String(), 3},
		{"unknown host", "http://nothing.invalid", 1},
	} {
		store := openIn(t, variables(t, c.endpoint), "s3://bucket")
		for _, o := range operations {
			switch o.name { // each takes seconds of backoff: one per kind of request
			case "head", "create", "copy overwrite", "list":
			default:
				continue
			}
			t.Run(c.name+" "+o.name, func(t *testing.T) {
				t.Parallel()
				e := requireError(t, o.do(t.Context(), store), errs.Unavailable)
				assert.GreaterOrEqual(t, e.Attempts, c.attempts)
				assert.LessOrEqual(t, e.Attempts, 3)
				assert.True(t, e.Retryable)
				assert.Zero(t, e.HTTPStatus)
				assert.Contains(t, e.Message, c.endpoint)
			})
		}
	}
}

func TestNoCredentials(t *testing.T) {
	t.Parallel()
	requests := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { requests <- r.Method }))
	defer server.Close()
	env := variables(t, server.URL)
	delete(env, "AWS_ACCESS_KEY_ID")
	delete(env, "AWS_SECRET_ACCESS_KEY")
	store := openIn(t, env, "s3://bucket")
	for _, o := range operations {
		t.Run(o.name, func(t *testing.T) {
			start := time.Now()
			e := requireError(t, o.do(t.Context(), store), errs.Unauthenticated)
			assert.Less(t, time.Since(start), 2*time.Second)
			assert.Zero(t, e.Attempts)
			assert.False(t, e.Retryable)
		})
	}
	assert.Empty(t, requests)
}

func TestRefusedCopyLeavesNoUpload(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	store := openIn(t, serverVariables(t, server), place.URL)
	put(t, store, "source", "new")
	put(t, store, "target", "old")

	e := requireError(t, store.Copy(t.Context(), "source", "target", core.CopyOptions{}), errs.AlreadyExists)
	assert.Empty(t, e.UploadID)
	text, err := read(t.Context(), store, "target", core.GetOptions{})
	require.NoError(t, err)
	assert.Equal(t, "old", text)
	assert.Empty(t, uploadsOf(t, server, place))
}

// An upload that cannot be aborted costs money: the error must name it.
func TestUploadThatCannotBeAbortedIsNamed(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		switch {
		case r.Method == http.MethodHead:
			w.Header().Set("Content-Length", "3")
			w.Header().Set("ETag", `"e"`)
		case r.Method == http.MethodPost && query.Has("uploads"):
			_, _ = io.WriteString(w, `<InitiateMultipartUploadResult><UploadId>the-upload</UploadId></InitiateMultipartUploadResult>`)
		default:
			answer(w, http.StatusForbidden, "AccessDenied")
		}
	})
	e := requireError(t, store.Copy(t.Context(), "a", "b", core.CopyOptions{}), errs.PermissionDenied)
	assert.Equal(t, "the-upload", e.UploadID)
}

func TestCopyKeepsWhatBelongsToTheObject(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"versitygw", "moto"} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			server := s3test.Start(t, target)
			client, bucket := raw(server), bucketOf(t, server)
			place := server.Place(t)
			store := openIn(t, serverVariables(t, server), place.URL)
			for _, text := range []string{"content", ""} {
				for _, overwrite := range []bool{false, true} {
					t.Run(fmt.Sprintf("size %d overwrite %t", len(text), overwrite), func(t *testing.T) {
						from, to := t.Name()+"/a", t.Name()+"/b"
						src, dst := place.Prefix+from, place.Prefix+to
						_, err := client.PutObject(t.Context(), &s3.PutObjectInput{
							Bucket: bucket, Key: &src, Body: strings.NewReader(text),
							CacheControl:       aws.String("max-age=60"),
							ContentDisposition: aws.String(`attachment; filename="x"`),
							ContentEncoding:    aws.String("br"),
							ContentLanguage:    aws.String("de"),
							ContentType:        aws.String("text/x-test"),
							Metadata:           map[string]string{"mark": "some value", "other": "2"},
							Tagging:            aws.String("team=a%2Bb+c%3Dd&empty="),
						})
						require.NoError(t, err)
						if overwrite { // with something else to replace
							old := &s3.PutObjectInput{
								Bucket: bucket, Key: &dst, Body: strings.NewReader("old"),
								ContentType: aws.String("text/old"), Tagging: aws.String("old=1"),
							}
							if target == "moto" {
								old.Tagging = nil // its CopyObject adds to old tags, where S3 replaces them
							}
							_, err := client.PutObject(t.Context(), old)
							require.NoError(t, err)
						}
						require.NoError(t, store.Copy(t.Context(), from, to, core.CopyOptions{Overwrite: overwrite}))

						data, err := read(t.Context(), store, to, core.GetOptions{})
						require.NoError(t, err)
						assert.Equal(t, text, data)
						want, got := belongings(t, client, bucket, src), belongings(t, client, bucket, dst)
						for name, value := range want {
							t.Run(name, func(t *testing.T) {
								require.NotEmpty(t, value, "the server itself lost it")
								assert.Equal(t, value, got[name])
							})
						}
					})
				}
			}
		})
	}
}

// Expires is a content header too, but the SDK has it as text here and as a
// time there.
func TestCopyKeepsExpires(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	client, bucket := raw(server), bucketOf(t, server)
	place := server.Place(t)
	store := openIn(t, serverVariables(t, server), place.URL)
	expires := time.Date(2040, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, text := range []string{"content", ""} {
		for _, overwrite := range []bool{false, true} {
			t.Run(fmt.Sprintf("size %d overwrite %t", len(text), overwrite), func(t *testing.T) {
				if overwrite && server.Target == "minio" {
					t.Skip("its CopyObject loses Expires")
				}
				from, to := t.Name()+"/a", t.Name()+"/b"
				src, dst := place.Prefix+from, place.Prefix+to
				_, err := client.PutObject(t.Context(), &s3.PutObjectInput{
					Bucket: bucket, Key: &src, Body: strings.NewReader(text), Expires: &expires,
				})
				require.NoError(t, err)
				require.NoError(t, store.Copy(t.Context(), from, to, core.CopyOptions{Overwrite: overwrite}))
				head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: &dst})
				require.NoError(t, err)
				assert.Equal(t, expires.Format(http.TimeFormat), aws.ToString(head.ExpiresString))
			})
		}
	}
}

// belongings is what a copy must carry, as text.
func belongings(t *testing.T, client *s3.Client, bucket *string, key string) map[string]string {
	t.Helper()
	head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: &key})
	require.NoError(t, err)
	tagging, err := client.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: bucket, Key: &key})
	require.NoError(t, err)
	var tags []string
	for _, tag := range tagging.TagSet {
		tags = append(tags, aws.ToString(tag.Key)+"="+aws.ToString(tag.Value))
	}
	slices.Sort(tags)
	var metadata []string
	for name, value := range head.Metadata {
		metadata = append(metadata, name+"="+value)
	}
	slices.Sort(metadata)
	return map[string]string{
		"cache control": aws.ToString(head.CacheControl),
		"disposition":   aws.ToString(head.ContentDisposition),
		"encoding":      aws.ToString(head.ContentEncoding),
		"language":      aws.ToString(head.ContentLanguage),
		"type":          aws.ToString(head.ContentType),
		"metadata":      strings.Join(metadata, " "),
		"tags":          strings.Join(tags, " "),
	}
}

// recorder is an endpoint that notes who asked, and for which region.
type recorder struct {
	*httptest.Server
	credential string // "ID/region" of the last request, "" if there was none
}

func newRecorder(t *testing.T) *recorder {
	r := &recorder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		w.Header().Set("Content-Length", "0")
		_, rest, _ := strings.Cut(request.Header.Get("Authorization"), "Credential=")
		if scope := strings.Split(rest, "/"); len(scope) > 2 {
			r.credential = scope[0] + "/" + scope[2]
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// asker opens a store anew, sends one request, and returns who asked.
func (r *recorder) asker(t *testing.T, env map[string]string) string {
	t.Helper()
	r.credential = ""
	_, err := openIn(t, env, "s3://bucket").Head(t.Context(), "a", core.HeadOptions{})
	require.NoError(t, err)
	return r.credential
}

// contradict sets variables of the process, which nobody may read.
func contradict(t *testing.T, endpoint string, names ...string) {
	file := filepath.Join(t.TempDir(), "process")
	require.NoError(t, os.WriteFile(file, []byte("[default]\naws_access_key_id=PROCESSFILE\n"+
		"aws_secret_access_key=x\nregion=process-file-1\n"), 0o600))
	values := map[string]string{
		"AWS_ACCESS_KEY_ID":           "PROCESS",
		"AWS_SECRET_ACCESS_KEY":       "process",
		"AWS_SESSION_TOKEN":           "process",
		"AWS_REGION":                  "process-1",
		"AWS_ENDPOINT_URL":            endpoint,
		"AWS_ENDPOINT_URL_S3":         endpoint,
		"AWS_PROFILE":                 "process",
		"AWS_CONFIG_FILE":             file,
		"AWS_SHARED_CREDENTIALS_FILE": file,
	}
	for _, name := range names {
		require.Contains(t, values, name)
		t.Setenv(name, values[name])
	}
}

func TestEnvironmentIsReadByEveryOpen(t *testing.T) {
	wrong := newRecorder(t)
	contradict(t, wrong.URL, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION",
		"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
	first, second := newRecorder(t), newRecorder(t)
	env := variables(t, first.URL)
	assert.Equal(t, "AKIA/us-east-1", first.asker(t, env))

	env["AWS_ACCESS_KEY_ID"], env["AWS_REGION"] = "OTHER", "eu-central-1"
	assert.Equal(t, "OTHER/eu-central-1", first.asker(t, env))

	env["AWS_ENDPOINT_URL"] = second.URL
	first.credential = ""
	assert.Equal(t, "OTHER/eu-central-1", second.asker(t, env))
	assert.Empty(t, first.credential)

	delete(env, "AWS_REGION")
	env["AWS_DEFAULT_REGION"] = "eu-west-1"
	assert.Equal(t, "OTHER/eu-west-1", second.asker(t, env))
	assert.Empty(t, wrong.credential)
}

func TestProfileIsReadByEveryOpen(t *testing.T) {
	wrong := newRecorder(t)
	contradict(t, wrong.URL, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
		"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
	server := newRecorder(t)
	folder := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	profile := func(name, id string) string {
		return "[" + name + "]\naws_access_key_id=" + id + "\naws_secret_access_key=" + secret + "\n"
	}
	env := variables(t, server.URL)
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"} {
		delete(env, name)
	}
	env["AWS_SHARED_CREDENTIALS_FILE"] = write("credentials", profile("default", "DEFAULT")+profile("work", "WORK"))
	env["AWS_CONFIG_FILE"] = write("config", "[default]\nregion=default-1\n[profile work]\nregion=work-1\n")
	assert.Equal(t, "DEFAULT/default-1", server.asker(t, env))

	env["AWS_PROFILE"] = "work"
	assert.Equal(t, "WORK/work-1", server.asker(t, env))

	env["AWS_SHARED_CREDENTIALS_FILE"] = write("credentials-2", profile("work", "WORK2"))
	env["AWS_CONFIG_FILE"] = write("config-2", "[profile work]\nregion=work-2\n")
	assert.Equal(t, "WORK2/work-2", server.asker(t, env))

	write("credentials-2", profile("work", "WORK3"))
	assert.Equal(t, "WORK3/work-2", server.asker(t, env), "the content changed, not the name")

	env["AWS_PROFILE"] = "missing"
	_, err := core.Open("s3://bucket", &core.Options{Getenv: func(name string) string { return env[name] }})
	require.Equal(t, errs.InvalidOption, errs.CodeOf(err), "%v", err)
	assert.ErrorContains(t, err, "missing")
	assert.Empty(t, wrong.credential)
}

// A variable that is gone from the live environment must not be found in Go's
// copy of it, where the SDK looks for what no option says.
func TestVariablesThatAreGoneAreNotRead(t *testing.T) {
	t.Run("region", func(t *testing.T) {
		contradict(t, "", "AWS_REGION")
		server := newRecorder(t)
		env := variables(t, server.URL)
		delete(env, "AWS_REGION")
		assert.Equal(t, "AKIA/us-east-1", server.asker(t, env))
	})
	t.Run("region before that of the profile", func(t *testing.T) {
		contradict(t, "", "AWS_REGION")
		server := newRecorder(t)
		env := variables(t, server.URL)
		delete(env, "AWS_REGION")
		env["AWS_CONFIG_FILE"] = filepath.Join(t.TempDir(), "config")
		require.NoError(t, os.WriteFile(env["AWS_CONFIG_FILE"], []byte("[default]\nregion=profile-1\n"), 0o600))
		assert.Equal(t, "AKIA/profile-1", server.asker(t, env))
	})
	t.Run("profile beside keys", func(t *testing.T) {
		contradict(t, "", "AWS_PROFILE")
		env := variables(t, newRecorder(t).URL)
		_, err := core.Open("s3://bucket", &core.Options{Getenv: func(name string) string { return env[name] }})
		assert.NoError(t, err)
	})
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"} {
		t.Run(name, func(t *testing.T) {
			var hosts []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "0")
				hosts = append(hosts, r.Host)
			}))
			defer server.Close()
			contradict(t, "http://process.example.test", name)
			env := variables(t, "")
			// It serves as the proxy of all hosts. AWS is asked by CONNECT.
			env["HTTP_PROXY"], env["HTTPS_PROXY"] = server.URL, server.URL
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			_, _ = openIn(t, env, "s3://bucket").Head(ctx, "a", core.HeadOptions{})
			require.NotEmpty(t, hosts)
			assert.Equal(t, "bucket.s3.us-east-1.amazonaws.com:443", hosts[0])
		})
	}
	t.Run("files", func(t *testing.T) {
		contradict(t, "", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
		t.Setenv("HOME", t.TempDir()) // has no files, by default they are there
		server := newRecorder(t)
		env := variables(t, server.URL)
		for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
			delete(env, name)
		}
		_, err := openIn(t, env, "s3://bucket").Head(t.Context(), "a", core.HeadOptions{})
		assert.Equal(t, errs.Unauthenticated, errs.CodeOf(err), "asked as %q", server.credential)
	})
}

// The proxy sees the whole URL, so that the host need not resolve.
func TestAddressingStyle(t *testing.T) {
	t.Parallel()
	for style, want := range map[string]string{
		"":        "http://s3.example.test/bucket/a%20%2B",
		"path":    "http://s3.example.test/bucket/a%20%2B",
		"virtual": "http://bucket.s3.example.test/a%20%2B",
	} {
		t.Run("style "+style, func(t *testing.T) {
			t.Parallel()
			seen := make(chan string, 10)
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "0")
				seen <- r.RequestURI
			}))
			defer proxy.Close()
			env := variables(t, "http://s3.example.test")
			env["HTTP_PROXY"] = proxy.URL
			o := core.Options{Getenv: func(name string) string { return env[name] }}
			if style != "" {
				require.NoError(t, o.Set("addressing_style", style))
			}
			store, err := core.Open("s3://bucket", &o)
			require.NoError(t, err)
			defer store.Close()
			_, err = store.Head(t.Context(), "a +", core.HeadOptions{})
			require.NoError(t, err)
			assert.Equal(t, want, <-seen)
		})
	}
}

// silent accepts connections, reads, and never answers.
func silent(t *testing.T) (endpoint string, asked <-chan struct{}) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	signal := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := conn.Read(make([]byte, 1)); err == nil {
					signal <- struct{}{}
				}
				_, _ = io.Copy(io.Discard, conn) // until the client gives up
			}()
		}
	}()
	return "http://" + listener.Addr().String(), signal
}

func TestContextEndsACallWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		t.Run(o.name+" cancelled", func(t *testing.T) {
			t.Parallel()
			endpoint, asked := silent(t)
			ctx, cancel := context.WithCancel(t.Context())
			store := openIn(t, variables(t, endpoint), "s3://bucket")
			result := make(chan error, 1)
			go func() { result <- o.do(ctx, store) }()
			<-asked
			cancelled := time.Now()
			cancel()
			e := requireError(t, <-result, errs.Cancelled)
			assert.Less(t, time.Since(cancelled), prompt)
			assert.ErrorIs(t, e, context.Canceled)
			assert.False(t, e.Retryable)
		})
		t.Run(o.name+" expired", func(t *testing.T) {
			t.Parallel()
			endpoint, _ := silent(t)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			store := openIn(t, variables(t, endpoint), "s3://bucket")
			start := time.Now()
			e := requireError(t, o.do(ctx, store), errs.Deadline)
			assert.Less(t, time.Since(start), prompt)
			assert.ErrorIs(t, e, context.DeadlineExceeded)
		})
	}
}

// A deadline may pass between two bytes of the body as well.
func TestContextEndsTheBody(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]errs.Code{"cancelled": errs.Cancelled, "expired": errs.Deadline} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := fake(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, "beginning")
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			})
			ctx, cancel := context.WithCancel(t.Context())
			if code == errs.Deadline {
				ctx, cancel = context.WithTimeout(t.Context(), 500*time.Millisecond)
			}
			defer cancel()
			r, err := store.Get(ctx, "a", core.GetOptions{})
			require.NoError(t, err)
			defer r.Close()
			_, err = io.ReadFull(r, make([]byte, len("beginning")))
			require.NoError(t, err)
			if code == errs.Cancelled {
				cancel()
			}
			_, err = r.Read(make([]byte, 1))
			requireError(t, err, code)
		})
	}
}

// breakOff sends the text behind the headers and then drops the connection.
func breakOff(w http.ResponseWriter, text string) {
	conn, buffer, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	_, _ = buffer.WriteString("HTTP/1.1 " + text)
	_ = buffer.Flush()
}

func TestBodyThatBreaksOff(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") != "" {
			breakOff(w, "206 Partial Content\r\nContent-Range: bytes 1-10/20\r\nContent-Length: 10\r\n\r\nshort")
			return
		}
		breakOff(w, "200 OK\r\nContent-Length: 10\r\n\r\nshort")
	})
	for name, o := range map[string]core.GetOptions{"whole": {}, "range": {Offset: 1, Length: 10}} {
		t.Run("read "+name, func(t *testing.T) {
			_, err := read(t.Context(), store, "a", o)
			e := requireError(t, err, errs.Unavailable)
			assert.True(t, e.Retryable)
			assert.Contains(t, e.Message, "5 of 10 bytes")
			assert.Equal(t, "get", e.Op)
			assert.Equal(t, "a", e.Path)
		})
		t.Run("read into "+name, func(t *testing.T) {
			r, err := store.Get(t.Context(), "a", o)
			require.NoError(t, err)
			defer r.Close()
			require.EqualValues(t, 10, r.Length)
			_, err = r.ReadInto(make([]byte, 10))
			assert.True(t, requireError(t, err, errs.Unavailable).Retryable)
		})
	}
}

func TestChunkedBody(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "whole ")
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, "text")
	})
	r, err := store.Get(t.Context(), "a", core.GetOptions{})
	require.NoError(t, err)
	defer r.Close()
	assert.EqualValues(t, 10, r.Length)
	assert.EqualValues(t, 10, r.Info.Size)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, "whole text", string(text))
}

// An answer without a length is read at once, inside Get.
func TestChunkedBodyThatBreaksOff(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		breakOff(w, "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n")
	})
	_, err := read(t.Context(), store, "a", core.GetOptions{})
	assert.True(t, requireError(t, err, errs.Unavailable).Retryable)
}

func ignoresRanges(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "whole") }

func TestIgnoredRangeIsNotSupported(t *testing.T) {
	t.Parallel()
	store := fake(t, ignoresRanges)
	for _, o := range []core.GetOptions{{Offset: 1}, {Length: 2}, {Length: 5}} {
		_, err := read(t.Context(), store, "a", o)
		e := requireError(t, err, errs.NotSupported)
		assert.Contains(t, e.Message, "ranges")
	}
	text, err := read(t.Context(), store, "a", core.GetOptions{})
	require.NoError(t, err)
	assert.Equal(t, "whole", text)
}

func TestARangeOfAnEmptyObjectIsNotSatisfiable(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "0") })
	for _, o := range []core.GetOptions{{Suffix: 5}, {Offset: 1}, {Length: 2}} {
		_, err := read(t.Context(), store, "a", o)
		requireError(t, err, errs.RangeNotSatisfiable)
	}
}

func TestNotSupportedNamesTheCapability(t *testing.T) {
	t.Parallel()
	_, err := read(t.Context(), fake(t, ignoresRanges), "a", core.GetOptions{Offset: 1})
	assert.NotEmpty(t, requireError(t, err, errs.NotSupported).Capability)
}

// answer refuses a request as S3 does; a HEAD gets no body.
func answer(w http.ResponseWriter, status int, code string) {
	w.Header().Set("X-Amz-Request-Id", "the-request")
	w.Header().Set("X-Amz-Id-2", "the-host")
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	if code != "" {
		_, _ = fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>because</Message></Error>`, code)
	}
}

func TestAnswersOfTheEndpoint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status   int
		s3Code   string
		want     errs.Code
		attempts int
	}{
		{400, "ExpiredToken", errs.Unauthenticated, 1},
		{400, "InvalidToken", errs.Unauthenticated, 1},
		{403, "RequestTimeTooSkewed", errs.Unauthenticated, 1},
		{403, "AccessDenied", errs.PermissionDenied, 1},
		{400, "BadDigest", errs.Corrupt, 1},
		{400, "KeyTooLongError", errs.InvalidPath, 1},
		{400, "EntityTooLarge", errs.InvalidArgument, 1},
		{301, "PermanentRedirect", errs.InvalidOption, 1},
		{400, "AuthorizationHeaderMalformed", errs.InvalidOption, 1},
		{501, "NotImplemented", errs.NotSupported, 1},
		{400, "SomethingNew", errs.Unknown, 1},
		{403, "SomethingNew", errs.PermissionDenied, 1},
		{423, "SomethingNew", errs.ResourceLocked, 1},
		// A code decides before the status does.
		{404, "InvalidAccessKeyId", errs.Unauthenticated, 1},
		// These may pass: they are repeated.
		{400, "RequestTimeout", errs.Unavailable, 3},
		{500, "InternalError", errs.Unavailable, 3},
		{503, "SlowDown", errs.RateLimited, 3},
		{502, "", errs.Unavailable, 3},
	} {
		t.Run(fmt.Sprintf("%d %s", c.status, c.s3Code), func(t *testing.T) {
			t.Parallel()
			store := fake(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, c.status, c.s3Code) })
			_, err := read(t.Context(), store, "a", core.GetOptions{})
			e := requireError(t, err, c.want)
			assert.Equal(t, c.status, e.HTTPStatus)
			assert.Equal(t, c.attempts, e.Attempts)
			assert.Equal(t, c.attempts > 1, e.Retryable)
			assert.Equal(t, "the-request", e.RequestID)
			assert.Equal(t, "the-host", e.HostID)
			if c.s3Code != "" {
				assert.Equal(t, c.s3Code, e.S3Code)
			}
			assert.NotEmpty(t, e.Message)
		})
	}
}

// The SDK alone repeats status 429 only with a code that it knows.
func TestStatusTooManyRequestsIsRepeated(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusTooManyRequests, "") })
	_, err := read(t.Context(), store, "a", core.GetOptions{})
	assert.Equal(t, 3, requireError(t, err, errs.RateLimited).Attempts)
}

// Where one try fails and the next does not, nobody notices.
func TestRetryThatSucceeds(t *testing.T) {
	t.Parallel()
	var once sync.Once
	store := fake(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		refuse := string(body) != "content" // also for a body that was not sent again
		once.Do(func() { refuse = true })
		if refuse {
			answer(w, http.StatusServiceUnavailable, "ServiceUnavailable")
			return
		}
		w.Header().Set("ETag", `"e"`)
	})
	_, err := store.Put(t.Context(), "a", []byte("content"), core.PutOptions{Overwrite: true})
	assert.NoError(t, err)
}

func TestOddKeysAreListed(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	client, bucket := raw(server), bucketOf(t, server)
	// In byte order. No path of ours can name the first and the last but one.
	keys := []string{"odd/a//b", "odd/m/", "odd/tab\tkey", "odd/trail/ ", "odd/x/../y", "odd/z"}
	for _, key := range keys {
		_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader("x")})
		require.NoError(t, err)
	}
	stored, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: bucket})
	require.NoError(t, err)
	require.Equal(t, keys, keysOf(stored.Contents), "the server itself changed a key")

	store := openIn(t, serverVariables(t, server), server.URL())
	objects := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return key == "odd/m/" })
	for _, c := range []struct {
		folder    string
		recursive bool
		want      []string
	}{
		{"", true, objects},
		{"odd", true, objects},
		{"odd", false, []string{"odd/a/", "odd/m/", "odd/tab\tkey", "odd/trail/", "odd/x/", "odd/z"}},
		{"odd/a", true, []string{"odd/a//b"}},
		{"odd/m", true, []string{}},
		{"odd/m", false, []string{}},
		{"odd/trail", false, []string{"odd/trail/ "}},
		{"odd/x", true, []string{"odd/x/../y"}},
		{"odd/x", false, []string{"odd/x/../"}},
	} {
		paths, err := list(t.Context(), store, c.folder, c.recursive)
		require.NoError(t, err)
		assert.Equal(t, c.want, paths, "%q recursive %t", c.folder, c.recursive)
	}
	for _, path := range []string{"odd/tab\tkey", "odd/trail/ "} {
		text, err := read(t.Context(), store, path, core.GetOptions{})
		require.NoError(t, err, "%q", path)
		assert.Equal(t, "x", text)
	}
}

// A page of markers alone must not end the listing: pages are never empty.
func TestPageOfMarkersDoesNotEndTheListing(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	client, bucket := raw(server), bucketOf(t, server)
	for _, key := range []string{"a/", "b/", "c"} {
		_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: &key})
		require.NoError(t, err)
	}
	pages, err := openIn(t, serverVariables(t, server), server.URL()).List("", core.ListOptions{Recursive: true, PageSize: 1})
	require.NoError(t, err)
	page, err := pages.Next(t.Context())
	require.NoError(t, err)
	require.Len(t, page, 1)
	assert.Equal(t, "c", page[0].Path)
	_, err = pages.Next(t.Context())
	assert.True(t, errors.Is(err, io.EOF))
}

func keysOf(objects []types.Object) []string {
	var keys []string
	for _, o := range objects {
		keys = append(keys, aws.ToString(o.Key))
	}
	return keys
}

// A put whose first answer is lost may find its own object at the second try.
func TestLostAnswerIsNoAlreadyExists(t *testing.T) {
	t.Parallel()
	var puts atomic.Int32
	store := fake(t, func(w http.ResponseWriter, r *http.Request) {
		if puts.Add(1) == 1 {
			_, _ = io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler) // carried out, and then the connection breaks
		}
		answer(w, http.StatusPreconditionFailed, "PreconditionFailed")
	})
	_, err := store.Put(t.Context(), "a", []byte("mine"), core.PutOptions{})
	e := requireError(t, err, errs.Unavailable)
	assert.Contains(t, e.Message, "not known who wrote it")
	assert.Equal(t, 2, e.Attempts)
}

func TestConflictOfConditionalWritesIsRepeated(t *testing.T) {
	t.Parallel()
	var puts atomic.Int32
	store := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		if puts.Add(1) == 1 {
			answer(w, http.StatusConflict, "ConditionalRequestConflict")
			return
		}
		w.Header().Set("ETag", `"e"`)
	})
	_, err := store.Put(t.Context(), "a", []byte("x"), core.PutOptions{})
	require.NoError(t, err)
	assert.EqualValues(t, 2, puts.Load())
}

// A put that is refused by its headers alone must not send its body.
func TestRefusedPutDoesNotSendItsBody(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	store := fake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Expect") == "" { // to read a body is to ask for it
			n, _ := io.Copy(io.Discard, r.Body)
			sent.Add(n)
		}
		answer(w, http.StatusPreconditionFailed, "PreconditionFailed")
	})
	_, err := store.Put(t.Context(), "a", make([]byte, 8<<20), core.PutOptions{})
	e := requireError(t, err, errs.AlreadyExists)
	assert.Equal(t, 1, e.Attempts)
	assert.Zero(t, sent.Load())
}

// A web page instead of S3 must not look like an empty bucket or a success.
func TestAnEndpointThatIsNotS3(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><body>Welcome</body></html>")
	})
	for _, o := range operations {
		if o.name == "get" || o.name == "head" || o.name == "delete" || o.name == "range" {
			continue // the page is an object as good as any
		}
		assert.Error(t, o.do(t.Context(), store), o.name)
	}
}

func TestAListingThatBreaksOffIsRetryable(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<?xml version="1.0"?><ListBucketResult><Name>bucket</Name><Contents><Key>a`)
	})
	_, err := list(t.Context(), store, "", true)
	assert.True(t, requireError(t, err, errs.Unavailable).Retryable)
}

func TestARangeThatWasNotAskedForIsCorrupt(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", "bytes 0-3/100")
		w.WriteHeader(http.StatusPartialContent)
		_, _ = io.WriteString(w, "oops")
	})
	for _, o := range []core.GetOptions{
		{Offset: 10, Length: 20}, {Suffix: 4}, {Offset: 0, Length: 5}, {Suffix: 100}, // fewer bytes than there are
	} {
		_, err := read(t.Context(), store, "a", o)
		requireError(t, err, errs.Corrupt)
	}
}

func TestAnEndpointThatEchoesSecrets(t *testing.T) {
	t.Parallel()
	env := variables(t, "")
	env["AWS_SESSION_TOKEN"] = "TOKENMARK"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(w, "<Error><Code>AccessDenied</Code><Message>%s %s</Message></Error>",
			r.Header.Get("X-Amz-Security-Token"), secret)
	}))
	t.Cleanup(server.Close)
	env["AWS_ENDPOINT_URL"] = server.URL
	_, err := read(t.Context(), openIn(t, env, "s3://bucket"), "a", core.GetOptions{})
	e := requireError(t, err, errs.PermissionDenied)
	assert.Equal(t, "*** ***", e.Message)
}

// A listing that goes on must say how, or its end would be taken for the whole.
func TestATruncatedListingWithoutATokenIsNoEnd(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<ListBucketResult><Name>bucket</Name><IsTruncated>true</IsTruncated>`+
			`<Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>`)
	})
	_, err := list(t.Context(), store, "", true)
	requireError(t, err, errs.Corrupt)
}

// A page that cannot be read must not be skipped by the next call.
func TestAPageThatCannotBeReadStaysTheNextOne(t *testing.T) {
	t.Parallel()
	store := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<ListBucketResult><Name>bucket</Name><EncodingType>url</EncodingType>`+
			`<Contents><Key>%zz</Key><Size>1</Size></Contents></ListBucketResult>`)
	})
	pages, err := store.List("", core.ListOptions{Recursive: true})
	require.NoError(t, err)
	for range 2 {
		_, err = pages.Next(t.Context())
		requireError(t, err, errs.Corrupt)
	}
}
