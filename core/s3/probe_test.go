package s3_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// probeTable is what the servers do, in the order of the report: by http, and
// behind a front that speaks https.
const probeTable = `
finding                       versitygw  moto      versitygw+tls  moto+tls

versions                      unknown    unknown   unknown        unknown
delete_objects                honoured   honoured  honoured       honoured
delete_objects_without_md5    honoured   honoured  honoured       honoured
put_if_none_match             honoured   honoured  honoured       honoured
put_if_match                  honoured   honoured  honoured       honoured
get_if_none_match             honoured   honoured  honoured       honoured
get_if_match                  honoured   honoured  honoured       honoured
copy_if_none_match            ignored    ignored   ignored        ignored
copy                          honoured   honoured  honoured       honoured
delete_if_match               honoured   honoured  honoured       honoured
multipart                     honoured   honoured  honoured       honoured
complete_if_none_match        honoured   honoured  honoured       honoured
complete_if_match             honoured   ignored   honoured       ignored
list_uploads                  honoured   honoured  honoured       honoured
upload_part_copy              honoured   honoured  honoured       honoured
upload_part_copy_range        honoured   honoured  honoured       honoured
upload_part_copy_if_match     honoured   ignored   honoured       ignored
checksum_header_crc64nvme     honoured   ignored   honoured       ignored
checksum_kept_crc64nvme       honoured   honoured  honoured       honoured
checksum_trailer_crc64nvme    unknown    unknown   honoured       honoured
checksum_multipart_crc64nvme  honoured   honoured  honoured       honoured
checksum_header_crc32         honoured   ignored   honoured       ignored
checksum_kept_crc32           honoured   honoured  honoured       honoured
checksum_trailer_crc32        unknown    unknown   honoured       honoured
checksum_multipart_crc32      honoured   honoured  honoured       honoured
get_range                     honoured   honoured  honoured       honoured
get_suffix                    honoured   honoured  honoured       honoured
metadata                      honoured   honoured  honoured       honoured
tagging                       honoured   honoured  honoured       honoured
unsigned_payload              honoured   honoured  honoured       honoured
sse_c                         unknown    unknown   ignored        ignored
list_v2                       honoured   honoured  honoured       honoured
list_order                    honoured   honoured  honoured       honoured
list_encoding                 ignored    honoured  ignored        honoured
list_start_after              honoured   honoured  honoured       honoured
list_continuation             honoured   honoured  honoured       honoured
key_special                   honoured   honoured  honoured       honoured
key_empty_segment             ignored    honoured  ignored        honoured
key_dot_segments              ignored    honoured  ignored        honoured
key_trailing_slash            honoured   honoured  honoured       honoured
`

// probeOptions are the options that suit them.
var probeOptions = map[string]settings{
	"versitygw": {"checksum_algorithm": "CRC64NVME"}, "versitygw+tls": {"checksum_algorithm": "CRC64NVME"},
	"moto": {}, "moto+tls": {},
}

// probeRequests is what the header promises, with some to spare.
const probeRequests = 90

func TestProbe(t *testing.T) {
	t.Parallel()
	rows := strings.Split(strings.TrimSpace(probeTable), "\n")
	for column, name := range strings.Fields(rows[0])[1:] {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target, tls := strings.CutSuffix(name, "+tls")
			server := s3test.Start(t, target)
			if server.Target != target {
				t.Skipf("the table has what %s does", target)
			}
			place := server.Place(t)
			env := serverVariables(t, server)
			if tls {
				env["AWS_ENDPOINT_URL"] = newFront(t, server, nil)
			}
			store := openSet(t, env, place.URL, settings{"allow_invalid_certificates": "true"})
			put(t, store, "mine", "text")
			report, err := store.Probe(t.Context())
			require.NoError(t, err)

			var want, found [][2]string
			for _, row := range rows[2:] {
				fields := strings.Fields(row)
				want = append(want, [2]string{fields[0], fields[column+1]})
			}
			for _, f := range report.Findings {
				found = append(found, [2]string{f.Name, string(f.Outcome)})
				assert.NotEmpty(t, f.Message, f.Name)
				assert.NotContains(t, f.Message, "\n", f.Name)
				if strings.HasPrefix(f.Message, "not asked: ") {
					assert.Zero(t, f.HTTPStatus, f.Name)
				} else {
					assert.NotZero(t, f.HTTPStatus, f.Name)
				}
			}
			assert.Equal(t, want, found)
			assert.Equal(t, probeOptions[name], optionsOf(report))
			assert.Equal(t, env["AWS_ENDPOINT_URL"], report.Endpoint)
			assert.Equal(t, place.Bucket, report.Bucket)
			assert.Contains(t, strings.ToLower(report.Server), map[string]string{"versitygw": "versitygw", "moto": "werkzeug"}[target])
			assert.Less(t, report.Requests, int64(probeRequests))
			assert.Empty(t, report.Left)
			assert.Equal(t, []string{"mine"}, everything(t, server, place))
		})
	}
}

func outcomesOf(r core.ProbeReport) map[string]driver.ProbeOutcome {
	outcomes := map[string]driver.ProbeOutcome{}
	for _, f := range r.Findings {
		outcomes[f.Name] = f.Outcome
	}
	return outcomes
}

func optionsOf(r core.ProbeReport) settings {
	options := settings{}
	for _, o := range r.Options {
		options[o.Name] = o.Value
	}
	return options
}

// everything is what there is in a place: the versions of all objects, the marks of
// those that are deleted, and the uploads.
func everything(t *testing.T, server *s3test.Server, place s3test.Place) (found []string) {
	t.Helper()
	client := raw(server)
	out, err := client.ListObjectVersions(context.Background(),
		&s3.ListObjectVersionsInput{Bucket: &place.Bucket, Prefix: &place.Prefix})
	require.NoError(t, err)
	for _, v := range out.Versions {
		found = append(found, strings.TrimPrefix(*v.Key, place.Prefix))
	}
	for _, mark := range out.DeleteMarkers {
		found = append(found, "deleted: "+*mark.Key)
	}
	for _, path := range uploadsOf(t, server, place) {
		found = append(found, "upload: "+path)
	}
	return found
}

// newFront is a proxy that speaks https. change, if not nil, may change a request.
func newFront(t *testing.T, server *s3test.Server, change func(*http.Request)) (endpoint string) {
	t.Helper()
	behind, err := url.Parse(server.Getenv("AWS_ENDPOINT_URL"))
	require.NoError(t, err)
	front := httptest.NewTLSServer(&httputil.ReverseProxy{
		Transport: &http.Transport{DisableCompression: true},
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(behind)
			p.Out.Host = p.In.Host // what the signature is about
			if change != nil {
				change(p.Out)
			}
		},
	})
	t.Cleanup(front.Close)
	return front.URL
}

// probeThrough probes a server through a relay: moto checks no signatures, of
// which the headers are a part.
func probeThrough(t *testing.T, r *relay, server *s3test.Server) (core.ProbeReport, s3test.Place) {
	t.Helper()
	place := server.Place(t)
	report, err := r.open(t, server, place.URL, nil).Probe(t.Context())
	require.NoError(t, err)
	assert.Empty(t, report.Left)
	assert.Empty(t, everything(t, server, place))
	return report, place
}

// An endpoint that ignores conditions, or refuses them, is found out, and the
// options that the report gives make writes work that may not overwrite.
func TestProbeFindsWhatConditionsAreGoodFor(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	for _, c := range []struct {
		outcome driver.ProbeOutcome
		status  int
		meddle  func(http.ResponseWriter, *http.Request) bool
	}{
		{driver.Ignored, http.StatusOK, func(_ http.ResponseWriter, r *http.Request) bool {
			r.Header.Del("If-None-Match")
			return false
		}},
		{driver.Refused, http.StatusNotImplemented, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("If-None-Match") == "" || r.Method == http.MethodGet {
				return false
			}
			_, _ = io.Copy(io.Discard, r.Body)
			answer(w, http.StatusNotImplemented, "NotImplemented")
			return true
		}},
	} {
		t.Run(string(c.outcome), func(t *testing.T) {
			t.Parallel()
			relay := newRelay(t)
			relay.meddle(c.meddle)
			report, place := probeThrough(t, relay, server)
			outcomes := outcomesOf(report)
			for _, name := range []string{"put_if_none_match", "complete_if_none_match", "copy_if_none_match"} {
				assert.Equal(t, c.outcome, outcomes[name], name)
			}
			assert.Equal(t, driver.Honoured, outcomes["multipart"])
			assert.Equal(t, driver.Honoured, outcomes["copy"])
			assert.Equal(t, driver.Honoured, outcomes["put_if_match"])
			finding := report.Findings[slices.IndexFunc(report.Findings, func(f driver.ProbeFinding) bool { return f.Name == "put_if_none_match" })]
			assert.Equal(t, c.status, finding.HTTPStatus)
			require.Equal(t, settings{"conditional_put": "check"}, optionsOf(report))
			assert.Contains(t, report.Options[0].Reason, "not atomic", "it is weaker")

			for _, w := range writers {
				if w.name == "large put" {
					continue // takes long, and shows nothing more
				}
				direct := openIn(t, serverVariables(t, server), place.URL)
				for path, text := range map[string]string{"source": "text", "old": "old"} {
					_, err := direct.Put(t.Context(), path, []byte(text), core.PutOptions{Overwrite: true})
					require.NoError(t, err)
				}
				err := w.do(t, relay.open(t, server, place.URL, nil), "old")
				if c.outcome == driver.Ignored {
					require.NoError(t, err, "%s: the endpoint does not ignore conditions", w.name)
				} else {
					requireError(t, err, errs.NotSupported)
				}
				for path, text := range map[string]string{"source": "text", "old": "old"} {
					_, err := direct.Put(t.Context(), path, []byte(text), core.PutOptions{Overwrite: true})
					require.NoError(t, err)
				}

				suited := relay.open(t, server, place.URL, optionsOf(report))
				requireError(t, w.do(t, suited, "old"), errs.AlreadyExists)
				text, err := read(t.Context(), direct, "old", core.GetOptions{})
				require.NoError(t, err)
				assert.Equal(t, "old", text, w.name)
				require.NoError(t, w.do(t, suited, "new"), w.name)
				require.NoError(t, direct.Delete(t.Context(), "new", core.DeleteOptions{}))
			}
		})
	}
}

// What an endpoint refuses is in the report, with what it says, and all else is as
// it is without.
func TestProbeFindsWhatIsRefused(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	tagged := func(r *http.Request) bool {
		return r.Header.Get("X-Amz-Tagging") != "" || operationOf(r) == "GetObjectTagging"
	}
	operation := func(name string) func(*http.Request) bool {
		return func(r *http.Request) bool { return operationOf(r) == name }
	}
	checksummed := func(r *http.Request) bool {
		return len(checksumHeaders(r.Header)) > 0 && operationOf(r) != "DeleteObjects"
	}
	for _, c := range []struct {
		name    string
		refuses func(*http.Request) bool
		status  int
		code    string
		want    map[string]driver.ProbeOutcome // that differ; those that are unknown then are left out
		options settings
	}{
		{"DeleteObjects", operation("DeleteObjects"), 400, "InvalidRequest",
			map[string]driver.ProbeOutcome{"delete_objects": driver.Refused, "delete_objects_without_md5": driver.Refused},
			settings{"disable_bulk_delete": "true"}},
		{"no DeleteObjects", operation("DeleteObjects"), 501, "NotImplemented",
			map[string]driver.ProbeOutcome{"delete_objects": driver.Unsupported, "delete_objects_without_md5": driver.Unsupported},
			settings{"disable_bulk_delete": "true"}},
		{"Content-MD5 is missing",
			func(r *http.Request) bool {
				return operationOf(r) == "DeleteObjects" && r.Header.Get("Content-Md5") == ""
			},
			400, "MissingContentMD5",
			map[string]driver.ProbeOutcome{"delete_objects_without_md5": driver.Refused}, settings{}},
		{"UploadPartCopy", operation("UploadPartCopy"), 501, "NotImplemented",
			map[string]driver.ProbeOutcome{"upload_part_copy": driver.Unsupported}, settings{}},
		{"ranges of UploadPartCopy", func(r *http.Request) bool { return r.Header.Get("X-Amz-Copy-Source-Range") != "" }, 400, "InvalidRequest",
			map[string]driver.ProbeOutcome{"upload_part_copy_range": driver.Refused}, settings{}},
		{"multipart", operation("CreateMultipartUpload"), 501, "NotImplemented",
			map[string]driver.ProbeOutcome{"multipart": driver.Unsupported, "checksum_multipart_crc64nvme": driver.Unsupported,
				"checksum_multipart_crc32": driver.Unsupported}, settings{}},
		{"CopyObject", operation("CopyObject"), 405, "MethodNotAllowed",
			map[string]driver.ProbeOutcome{"copy": driver.Unsupported, "copy_if_none_match": driver.Refused}, settings{}},
		{"tags", tagged, 400, "InvalidArgument",
			map[string]driver.ProbeOutcome{"tagging": driver.Refused}, settings{"disable_tagging": "true"}},
		{"to tell tags", operation("GetObjectTagging"), 501, "NotImplemented",
			map[string]driver.ProbeOutcome{"tagging": driver.Ignored}, settings{}},
		{"ListObjectsV2", operation("ListObjectsV2"), 501, "NotImplemented",
			map[string]driver.ProbeOutcome{"list_v2": driver.Unsupported}, settings{}},
		{"ListMultipartUploads", operation("ListMultipartUploads"), 501, "NotImplemented",
			map[string]driver.ProbeOutcome{"list_uploads": driver.Unsupported}, settings{}},
		{"checksums", checksummed, 400, "InvalidRequest",
			map[string]driver.ProbeOutcome{"checksum_header_crc64nvme": driver.Refused, "checksum_multipart_crc64nvme": driver.Refused,
				"checksum_header_crc32": driver.Refused, "checksum_multipart_crc32": driver.Refused}, settings{}},
		{"any If-Match", func(r *http.Request) bool { return operationOf(r) == "PutObject" && r.Header.Get("If-Match") != "" }, 412, "PreconditionFailed",
			map[string]driver.ProbeOutcome{"put_if_match": driver.Refused}, settings{}},
		{"ranges", func(r *http.Request) bool { return r.Header.Get("Range") != "" }, 400, "InvalidArgument",
			map[string]driver.ProbeOutcome{"get_range": driver.Refused, "get_suffix": driver.Refused}, settings{}},
		{"metadata", func(r *http.Request) bool { return r.Header.Get("X-Amz-Meta-Probe") != "" }, 400, "InvalidArgument",
			map[string]driver.ProbeOutcome{"metadata": driver.Refused}, settings{}},
		{"unsigned payloads", func(r *http.Request) bool { return r.Header.Get("X-Amz-Content-Sha256") == "UNSIGNED-PAYLOAD" },
			403, "AccessDenied", map[string]driver.ProbeOutcome{"unsigned_payload": driver.Refused}, settings{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			relay := newRelay(t)
			relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
				if !c.refuses(r) {
					return false
				}
				_, _ = io.Copy(io.Discard, r.Body)
				answer(w, c.status, c.code)
				return true
			})
			report, _ := probeThrough(t, relay, server)
			assert.Equal(t, c.options, optionsOf(report))
			want := column(t, "moto")
			maps.Copy(want, c.want)
			for _, f := range report.Findings {
				if _, said := c.want[f.Name]; said {
					assert.Equal(t, c.status, f.HTTPStatus, f.Name)
					assert.Equal(t, c.code, f.S3Code, f.Name)
				} else if strings.HasPrefix(f.Message, "not asked: ") {
					want[f.Name] = driver.Undecided
				}
			}
			assert.Equal(t, want, outcomesOf(report))
		})
	}
}

// column is what a server does.
func column(t *testing.T, name string) map[string]driver.ProbeOutcome {
	rows := strings.Split(strings.TrimSpace(probeTable), "\n")
	i := slices.Index(strings.Fields(rows[0]), name)
	require.Positive(t, i)
	outcomes := map[string]driver.ProbeOutcome{}
	for _, row := range rows[2:] {
		fields := strings.Fields(row)
		outcomes[fields[0]] = driver.ProbeOutcome(fields[i])
	}
	return outcomes
}

// What an endpoint ignores, it does not say: only what became of it does.
func TestProbeFindsWhatIsIgnored(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	without := func(names ...string) func(*http.Request) {
		return func(r *http.Request) {
			for _, name := range names {
				r.Header.Del(name)
			}
		}
	}
	query := func(operation, name string) func(*http.Request) {
		return func(r *http.Request) {
			if operationOf(r) == operation {
				values := r.URL.Query()
				values.Del(name)
				r.URL.RawQuery = values.Encode()
			}
		}
	}
	ignored := func(names ...string) map[string]driver.ProbeOutcome {
		outcomes := map[string]driver.ProbeOutcome{}
		for _, name := range names {
			outcomes[name] = driver.Ignored
		}
		return outcomes
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		want   map[string]driver.ProbeOutcome
	}{
		"If-Match":            {without("If-Match"), ignored("put_if_match", "get_if_match", "delete_if_match")},
		"ranges":              {without("Range"), ignored("get_range", "get_suffix")},
		"ranges of parts":     {without("X-Amz-Copy-Source-Range"), ignored("upload_part_copy_range")},
		"tags":                {without("X-Amz-Tagging"), ignored("tagging")},
		"metadata":            {without("X-Amz-Meta-Probe"), ignored("metadata")},
		"start-after":         {query("ListObjectsV2", "start-after"), ignored("list_start_after")},
		"continuation tokens": {query("ListObjectsV2", "continuation-token"), ignored("list_continuation")},
		"max-keys":            {query("ListObjectsV2", "max-keys"), ignored("list_continuation")},
		"encoding-type":       {query("ListObjectsV2", "encoding-type"), ignored("list_encoding")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			relay := newRelay(t)
			relay.meddle(func(_ http.ResponseWriter, r *http.Request) bool { c.change(r); return false })
			report, _ := probeThrough(t, relay, server)
			want := column(t, "moto")
			maps.Copy(want, c.want)
			assert.Equal(t, want, outcomesOf(report))
			assert.Empty(t, report.Options)
		})
	}
}

// An endpoint that does not know the encoding aws-chunked stores it: the bytes are
// others, and no status says so. The option for that is not to ask for it.
func TestProbeSeesAFramingThatIsStored(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	place := server.Place(t)
	env := serverVariables(t, server)
	env["AWS_ENDPOINT_URL"] = newFront(t, server, func(r *http.Request) {
		if r.Header.Get("Content-Encoding") == "aws-chunked" {
			for _, name := range []string{"Content-Encoding", "X-Amz-Trailer", "X-Amz-Decoded-Content-Length", "X-Amz-Sdk-Checksum-Algorithm"} {
				r.Header.Del(name)
			}
			r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
		}
	})
	anybody := settings{"allow_invalid_certificates": "true"}
	report, err := openSet(t, env, place.URL, anybody).Probe(t.Context())
	require.NoError(t, err)
	outcomes := outcomesOf(report)
	for _, name := range []string{"checksum_trailer_crc64nvme", "checksum_trailer_crc32", "checksum_multipart_crc64nvme", "checksum_multipart_crc32"} {
		assert.Equal(t, driver.Corrupted, outcomes[name], name)
	}
	assert.Empty(t, report.Options, "none is the default")
	assert.Empty(t, everything(t, server, place))

	for algorithm, want := range map[string]bool{"none": true, "CRC32": false} {
		store := openSet(t, env, place.URL, settings{"allow_invalid_certificates": "true",
			"checksum_algorithm": algorithm, "fast_lane": "false"}) // which sends no framing
		put(t, store, algorithm, "text")
		text, err := read(t.Context(), store, algorithm, core.GetOptions{})
		require.NoError(t, err)
		assert.Equal(t, want, text == "text", "%s: %q", algorithm, text)
	}
}

// An endpoint that honours the condition on CopyObject is one that copies without
// overwriting by one request.
func TestProbeFindsANativeCopy(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	place := server.Place(t)
	client := raw(server)
	relay := newRelay(t)
	relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
		if operationOf(r) != "CopyObject" || r.Header.Get("If-None-Match") == "" {
			return false
		}
		key := strings.TrimPrefix(r.URL.Path, "/"+place.Bucket+"/")
		if _, err := client.HeadObject(r.Context(), &s3.HeadObjectInput{Bucket: &place.Bucket, Key: &key}); err != nil {
			return false
		}
		answer(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return true
	})
	report, err := relay.open(t, server, place.URL, nil).Probe(t.Context())
	require.NoError(t, err)
	require.Equal(t, settings{"copy_if_not_exists": "native"}, optionsOf(report))

	store := relay.open(t, server, place.URL, optionsOf(report))
	put(t, store, "a", "text")
	relay.take()
	require.NoError(t, store.Copy(t.Context(), "a", "b", core.CopyOptions{}))
	assert.Equal(t, []string{"CopyObject"}, relay.took())
	requireError(t, store.Copy(t.Context(), "a", "b", core.CopyOptions{}), errs.AlreadyExists)
}

// An error is no proof that nothing was written.
func TestProbeSeesARefusedPutThatOverwrites(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	client := raw(server)
	relay := newRelay(t)
	relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
		if operationOf(r) != "PutObject" || r.Header.Get("If-None-Match") == "" {
			return false
		}
		bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		_, missing := client.HeadObject(r.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
		data, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		made, err := client.PutObject(r.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(data)})
		assert.NoError(t, err)
		if missing == nil {
			answer(w, http.StatusPreconditionFailed, "PreconditionFailed")
		} else {
			w.Header().Set("ETag", *made.ETag)
		}
		return true
	})
	report, _ := probeThrough(t, relay, server)
	assert.Equal(t, driver.Ignored, outcomesOf(report)["put_if_none_match"])
	assert.Equal(t, settings{"conditional_put": "check"}, optionsOf(report))
}

// Whenever it is cancelled, it returns at once and leaves nothing, and when the
// endpoint stops to answer, too.
func TestAProbeThatEndsEarlyLeavesNothing(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	step := int64(5)
	if testing.Short() {
		step = 25
	}
	for name, end := range map[string]func(n int64, cancel context.CancelFunc, w http.ResponseWriter) (answered bool){
		"cancelled": func(n int64, cancel context.CancelFunc, _ http.ResponseWriter) bool {
			if n == 0 {
				cancel()
			}
			return false
		},
		"no answers": func(n int64, _ context.CancelFunc, w http.ResponseWriter) bool {
			if n >= 0 && n < 2*3 { // attempts for two questions
				reset(w)
				return true
			}
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			place := server.Place(t)
			store := relay.open(t, server, place.URL, nil)
			ended := 0
			for last := int64(1); last < 75; last += step {
				ctx, cancel := context.WithCancel(t.Context())
				var sent atomic.Int64
				relay.meddle(func(w http.ResponseWriter, _ *http.Request) bool { return end(sent.Add(1)-last, cancel, w) })
				report, err := store.Probe(ctx)
				cancel()
				if err == nil {
					assert.Greater(t, last, int64(60), "in the clean-up")
					assert.Empty(t, report.Left)
					assert.Empty(t, everything(t, server, place))
					continue
				}
				ended++
				requireError(t, err, map[string]errs.Code{"cancelled": errs.Cancelled, "no answers": errs.Unavailable}[name])
				settle(t)
				if last < 40 {
					assert.Less(t, sent.Load(), int64(70), "it goes on, for nobody")
				}
				relay.meddle(nil)
				require.Empty(t, everything(t, server, place), "ended by request %d", last)
			}
			assert.Greater(t, ended, int(50/step))
		})
	}
}

// The time that a question took is none that the clean-up has not.
func TestAProbeIsCleanedUpAfterAQuestionThatGetsNoAnswer(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	relay := newRelay(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	relay.meddle(func(_ http.ResponseWriter, r *http.Request) bool {
		if operationOf(r) != "CopyObject" {
			return false
		}
		cancel()
		stall(r)
		return true
	})
	_, err := relay.open(t, server, place.URL, nil).Probe(ctx)
	requireError(t, err, errs.Cancelled)
	assert.NotEmpty(t, everything(t, server, place), "the question goes on")
	settle(t)
	assert.Empty(t, everything(t, server, place))
}

// An upload whose answer is lost is found by its whole key, where a listing knows no
// prefixes (as on MinIO).
func TestAProbeAbortsAnUploadThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	client := raw(server)
	relay := newRelay(t)
	relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
		bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch {
		case operationOf(r) == "CreateMultipartUpload":
			_, err := client.CreateMultipartUpload(r.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
			assert.NoError(t, err)
			reset(w)
		case operationOf(r) == "ListMultipartUploads" && strings.HasSuffix(r.URL.Query().Get("prefix"), "/"):
			_, _ = io.WriteString(w, "<ListMultipartUploadsResult><Bucket>"+bucket+"</Bucket></ListMultipartUploadsResult>")
		default:
			return false
		}
		return true
	})
	_, err := relay.open(t, server, place.URL, nil).Probe(t.Context())
	requireError(t, err, errs.Unavailable)
	assert.NotEmpty(t, only(relay.take(), "AbortMultipartUpload"))
	assert.Empty(t, everything(t, server, place))
}

// One question that gets no answer, as of an endpoint that resets what it does not
// like, does not end it.
func TestProbeGoesOnWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	relay := newRelay(t)
	relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Amz-Tagging") == "" {
			return false
		}
		reset(w)
		return true
	})
	report, _ := probeThrough(t, relay, server)
	want := column(t, "moto")
	want["tagging"] = driver.Undecided
	assert.Equal(t, want, outcomesOf(report))
	assert.Empty(t, report.Options, "what is not known is no reason")
}

// Nobody waits long for an endpoint that never answers: not for the questions, nor
// for the clean-up.
func TestProbeOfASilentEndpoint(t *testing.T) {
	t.Parallel()
	endpoint, _ := silent(t)
	store := openSet(t, variables(t, endpoint), "s3://bucket", fast(settings{"read_timeout": "50ms"}))
	begun := time.Now()
	_, err := store.Probe(t.Context())
	requireError(t, err, errs.Unavailable)
	assert.Less(t, time.Since(begun), 3*prompt) // of several questions; 6.6 s were seen on a busy machine

	store = openSet(t, variables(t, endpoint), "s3://bucket", fast(nil))
	begun = time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = store.Probe(ctx)
	requireError(t, err, errs.Deadline)
	assert.Less(t, time.Since(begun), prompt)
	settle(t)
	assert.Less(t, time.Since(begun), 6*prompt) // 15.6 s were seen on a busy machine
}

// A bucket that keeps versions keeps none of a probe, nor that they were deleted.
func TestProbeInABucketWithVersions(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	place := server.Place(t)
	store := openSet(t, serverVariables(t, server), place.URL, nil)
	for _, status := range []types.BucketVersioningStatus{types.BucketVersioningStatusEnabled, types.BucketVersioningStatusSuspended} {
		_, err := raw(server).PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
			Bucket: &place.Bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
		})
		require.NoError(t, err)
		report, err := store.Probe(t.Context())
		require.NoError(t, err)
		assert.Equal(t, driver.Honoured, outcomesOf(report)["versions"], status)
		assert.Empty(t, report.Left)
		assert.Empty(t, everything(t, server, place), status)
	}
}

// What cannot be removed is named.
func TestProbeNamesWhatStays(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	relay := newRelay(t)
	refuse := func(w http.ResponseWriter, r *http.Request) bool {
		switch operationOf(r) {
		case "DeleteObject", "DeleteObjects", "AbortMultipartUpload":
			_, _ = io.Copy(io.Discard, r.Body)
			answer(w, http.StatusForbidden, "AccessDenied")
			return true
		}
		return false
	}
	relay.meddle(refuse)
	store := relay.open(t, server, place.URL, nil)
	report, err := store.Probe(t.Context())
	require.NoError(t, err)
	var left, uploads []string
	for _, key := range report.Left {
		path, upload, ok := strings.Cut(strings.TrimPrefix(key, place.Prefix), "?uploadId=")
		if ok {
			uploads = append(uploads, path)
			require.NoError(t, openSet(t, serverVariables(t, server), place.URL, nil).AbortUpload(t.Context(), path, upload))
		} else {
			left = append(left, path)
		}
	}
	assert.Len(t, uploads, 2, "whose completion was refused, as it was to be")
	assert.ElementsMatch(t, everything(t, server, place), left)
	assert.Contains(t, strings.Join(left, " "), "/plain")

	var sent atomic.Int64
	relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
		if n := sent.Add(1); n > 10 && n <= 16 {
			reset(w)
			return true
		}
		return refuse(w, r)
	})
	_, err = store.Probe(t.Context())
	assert.Contains(t, requireError(t, err, errs.Unavailable).Detail, place.Prefix+".remotestore-probe-")
}

func TestProbeIsRefused(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, nil)
	relay.refuse("PutObject", 1, http.StatusForbidden, "AccessDenied")
	_, err := store.Probe(t.Context())
	e := requireError(t, err, errs.PermissionDenied)
	assert.Equal(t, "probe", e.Op)
	assert.Equal(t, "AccessDenied", e.S3Code)
	assert.Equal(t, []string{"PutObject"}, relay.took(), "there is nothing to remove")

	_, err = openSet(t, serverVariables(t, server), "s3://no-such-bucket", nil).Probe(t.Context())
	requireError(t, err, errs.NotFound)
}

// The options of the store that say how to write have no effect on what is asked.
func TestProbeIsAboutTheEndpoint(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	store := openSet(t, serverVariables(t, server), server.Place(t).URL, settings{
		"conditional_put": "check", "copy_if_not_exists": "native", "checksum_algorithm": "SHA256", "reject_write_under_file_ancestor": "true",
	})
	report, err := store.Probe(t.Context())
	require.NoError(t, err)
	plain, err := openSet(t, serverVariables(t, server), server.Place(t).URL, nil).Probe(t.Context())
	require.NoError(t, err)
	assert.Equal(t, outcomesOf(plain), outcomesOf(report))
	assert.Equal(t, optionsOf(plain), optionsOf(report))
}

// A store with a customer's key sends it with what shall be read without, too.
func TestProbeOfAStoreWithAKey(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	keys, text := map[string]string{}, map[string][]byte{}
	endpoint := newAuthority(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		key := r.Header.Get("X-Amz-Server-Side-Encryption-Customer-Key")
		switch operationOf(r) {
		case "PutObject":
			data, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			keys[r.URL.Path], text[r.URL.Path] = key, data
			w.Header().Set("ETag", `"e"`)
		case "GetObject":
			if key == "" || key != keys[r.URL.Path] {
				answer(w, http.StatusBadRequest, "InvalidRequest")
				return
			}
			_, _ = w.Write(text[r.URL.Path])
		case "DeleteObject":
			w.WriteHeader(http.StatusNoContent)
		default:
			answer(w, http.StatusNotImplemented, "NotImplemented")
		}
	})
	outcome := func(s settings) driver.ProbeOutcome {
		s["tls_ca_bundle"] = endpoint.file
		report, err := openSet(t, variables(t, endpoint.server.URL), "s3://bucket", fast(s)).Probe(t.Context())
		require.NoError(t, err)
		return outcomesOf(report)["sse_c"]
	}
	assert.Equal(t, driver.Honoured, outcome(settings{}))
	assert.Equal(t, driver.Undecided, outcome(settings{"server_side_encryption": "sse-c",
		"sse_customer_key_base64": base64.StdEncoding.EncodeToString(make([]byte, 32))}))
}
