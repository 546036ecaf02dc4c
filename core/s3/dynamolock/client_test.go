package dynamolock_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3/dynamolock"
)

// What moto cannot show: refusals, throttling, lost answers, other servers.

const dynamoType = "com.amazonaws.dynamodb.v20120810#"

// stub answers requests in turn, the last answer for all that follow.
type stub struct {
	*httptest.Server

	mu      sync.Mutex
	answers []answer
	headers []http.Header
	bodies  []map[string]any
}

type answer struct {
	status int // 0 is a connection that breaks off
	body   string
}

var done = answer{http.StatusOK, "{}"}

func newStub(t *testing.T, answers ...answer) *stub {
	t.Helper()
	s := &stub{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		body := map[string]any{}
		assert.NoError(t, json.Unmarshal(text, &body))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.headers, s.bodies = append(s.headers, r.Header), append(s.bodies, body)
		next := s.answers[0]
		if len(s.answers) > 1 {
			s.answers = s.answers[1:]
		}
		if next.status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("X-Amzn-Requestid", "the-request")
		w.WriteHeader(next.status)
		_, _ = io.WriteString(w, next.body)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *stub) open() *dynamolock.Table {
	return dynamolock.New(dynamolock.Lock{Table: "locks", Timeout: 100 * time.Millisecond}, config(s.URL))
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	refused := func(kind string) answer {
		return answer{http.StatusBadRequest, `{"__type":"` + kind + `","message":"` + secret + `"}`}
	}
	for _, c := range []struct {
		name    string
		answers []answer
		code    errs.Code // OK: the write was done
		says    string
		sent    int
	}{
		{"denied", []answer{refused("com.amazon.coral.service#AccessDeniedException")},
			errs.PermissionDenied, "the permission dynamodb:PutItem is missing", 1},
		{"unknown key", []answer{refused("com.amazon.coral.service#UnrecognizedClientException")},
			errs.Unauthenticated, "UnrecognizedClientException", 1},
		{"wrong signature", []answer{refused("com.amazon.coral.service#InvalidSignatureException")},
			errs.Unauthenticated, "InvalidSignatureException", 1},
		{"throttled", []answer{refused(dynamoType + "ProvisionedThroughputExceededException")},
			errs.RateLimited, "ProvisionedThroughputExceededException", 3},
		{"throttled once", []answer{refused(dynamoType + "ThrottlingException"), done}, errs.OK, "", 3},
		{"failing", []answer{{http.StatusInternalServerError, `{"__type":"` + dynamoType + `InternalServerError"}`}},
			errs.Unavailable, "InternalServerError", 3},
		{"failing proxy", []answer{{http.StatusBadGateway, "<html>"}}, errs.Unavailable, "status 502", 3},
		{"failing once", []answer{{http.StatusServiceUnavailable, ""}, done}, errs.OK, "", 3},
		{"broken off once", []answer{{}, done}, errs.OK, "", 3},
		{"another refusal", []answer{refused(dynamoType + "SomethingElse")}, errs.Unknown, "SomethingElse, status 400", 1},
		{"an S3 server", []answer{{http.StatusForbidden, "<Error><Code>AccessDenied</Code></Error>"}},
			errs.InvalidOption, "status 403, does not answer as DynamoDB does", 1},
		{"a web server", []answer{{http.StatusOK, "<html>welcome</html>"}},
			errs.InvalidOption, "status 200, does not answer as DynamoDB does", 1},
		{"no record", []answer{refused(dynamoType + "ConditionalCheckFailedException")},
			errs.InvalidOption, "a record that is no lock", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStub(t, c.answers...)
			var o object
			err := s.open().Conditionally(t.Context(), "a", dynamolock.Absent, o.absent, o.write)
			require.Equal(t, c.code, errs.CodeOf(err), "%v", err)
			assert.Len(t, s.bodies, c.sent)
			assert.Equal(t, c.code == errs.OK, o.writes.Load() == 1, "it wrote without the lock")
			if err == nil {
				return
			}
			assert.ErrorContains(t, err, c.says)
			assert.ErrorContains(t, err, `the DynamoDB table "locks" of conditional_put`)
			assert.NotContains(t, err.Error(), secret)
			e := err.(*errs.Error)
			assert.Equal(t, c.code == errs.RateLimited || c.code == errs.Unavailable, e.Retryable)
			if c.name != "no record" {
				assert.Equal(t, "the-request", e.RequestID)
				assert.Equal(t, c.answers[0].status, e.HTTPStatus)
			}
		})
	}
}

// If the answer to the first request is lost, the second one meets the record
// that the first one put, like anybody else's.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	ours := answer{http.StatusBadRequest, `{"__type":"` + dynamoType + `ConditionalCheckFailedException",
		"Item":{"path":{"S":"a"},"etag":{"S":"*"},"generation":{"N":"0"},"timeout":{"N":"100"},"ttl":{"N":"1"}}}`}
	s := newStub(t, answer{}, ours, done)
	var o object
	begun := time.Now()
	require.NoError(t, s.open().Conditionally(t.Context(), "a", dynamolock.Absent, o.absent, o.write))
	assert.GreaterOrEqual(t, time.Since(begun), 300*time.Millisecond)
	assert.Len(t, s.bodies, 4)
}

// A record that time removed between two requests is put anew.
func TestRecordThatGoes(t *testing.T) {
	t.Parallel()
	conflict := `{"__type":"` + dynamoType + `ConditionalCheckFailedException"`
	s := newStub(t, answer{http.StatusBadRequest, conflict + `,"Item":{"generation":{"N":"3"},"timeout":{"N":"0"}}}`},
		answer{http.StatusBadRequest, conflict + `,"message":"The conditional request failed"}`}, done)
	var o object
	require.NoError(t, s.open().Conditionally(t.Context(), "a", dynamolock.Absent, o.absent, o.write))
	var conditions []any
	for _, body := range s.bodies {
		conditions = append(conditions, body["ConditionExpression"])
	}
	assert.Equal(t, []any{"attribute_not_exists(#key)", "#generation = :before", "attribute_not_exists(#key)", "#generation = :before"}, conditions)
}

// Nobody waits for a timeout that overflows.
func TestEndlessTimeout(t *testing.T) {
	t.Parallel()
	s := newStub(t, answer{http.StatusBadRequest, `{"__type":"` + dynamoType + `ConditionalCheckFailedException",
		"Item":{"generation":{"N":"0"},"timeout":{"N":"18446744073709551615"}}}`})
	var o object
	time.AfterFunc(200*time.Millisecond, func() { o.exists.Store(true) })
	err := s.open().Conditionally(t.Context(), "a", dynamolock.Absent, o.absent, o.write)
	assert.Equal(t, errs.AlreadyExists, errs.CodeOf(err))
	assert.Len(t, s.bodies, 1, "it took over a lock that is valid")
}

// Both requests are those that the SDK for Python sends for the same call.
func TestRequestsAsBoto3SendsThem(t *testing.T) {
	t.Parallel()
	conflict := answer{http.StatusBadRequest, `{"__type":"` + dynamoType + `ConditionalCheckFailedException",
		"Item":{"generation":{"N":"3"},"timeout":{"N":"0"}}}`}
	ours := newStub(t, conflict, done)
	var o object
	require.NoError(t, ours.open().Conditionally(t.Context(), "a/ü", dynamolock.Absent, o.absent, o.write))
	theirs := newStub(t, done)
	for _, body := range ours.bodies[:2] {
		text, err := json.Marshal(body)
		require.NoError(t, err)
		python, err := exec.Command("python3", filepath.Join("..", "..", "..", "tests", "tools.py"), "python").Output()
		require.NoError(t, err)
		out, err := exec.Command(strings.TrimSpace(string(python)), "-c", `import boto3, json, sys
client = boto3.client("dynamodb", endpoint_url=sys.argv[1], region_name="us-east-1",
                      aws_access_key_id="AKIA", aws_secret_access_key="secret")
client.put_item(**json.loads(sys.argv[2]))`, theirs.URL, string(text)).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	require.Len(t, theirs.bodies, 2)
	assert.Equal(t, theirs.bodies, ours.bodies[:2])
	for i, header := range theirs.headers {
		for _, name := range []string{"Content-Type", "X-Amz-Target"} {
			assert.Equal(t, header.Get(name), ours.headers[i].Get(name))
		}
		scope := func(h http.Header) string {
			_, scope, _ := strings.Cut(h.Get("Authorization"), "Credential=AKIA/")
			scope, _, _ = strings.Cut(scope[len("20060102"):], ",")
			return scope
		}
		assert.Equal(t, "/us-east-1/dynamodb/aws4_request", scope(ours.headers[i]))
		assert.Equal(t, scope(header), scope(ours.headers[i]))
		assert.Contains(t, ours.headers[i].Get("Authorization"), "x-amz-target")
	}
}
