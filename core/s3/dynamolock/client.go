package dynamolock

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/libremotestore/libremotestore/core/errs"
)

// Config says how DynamoDB is reached: as S3 is. All fields are required.
type Config struct {
	Option      string // what the user calls the option that names the table, for errors
	Endpoint    string // a URL
	Region      string
	Credentials aws.CredentialsProvider
	HTTPClient  smithyhttp.ClientDo
	Retryer     aws.Retryer

	// Begin begins a request, which may be sent several times. fail translates
	// an error of the SDK; it leaves alone what is an *errs.Error.
	Begin func(context.Context) (own context.Context, fail func(error) error)
}

// client sends the one request that the protocol needs. The SDK's client for
// DynamoDB would do it too, but takes 0.8 MiB of the library; signing, retries
// and their errors are the SDK's here.
type client struct {
	Config
	table string
}

// attribute is a value of a record ("AttributeValue", DynamoDB API Reference).
type attribute struct {
	S string `json:",omitempty"`
	N string `json:",omitempty"`
}

func number[T int64 | uint64](n T) attribute { return attribute{N: strconv.FormatUint(uint64(n), 10)} }

type putItem struct {
	TableName                           string
	Item                                map[string]attribute
	ConditionExpression                 string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           map[string]attribute `json:",omitempty"`
	ReturnValuesOnConditionCheckFailure string
}

// put puts a record where there is none, or with replaces in the place of the
// one of the generation before it. theirs is nil if it did; else it is the
// record that is in the way, or gone.
func (c *client) put(ctx context.Context, r record, replaces bool) (theirs *record, err error) {
	input := putItem{
		TableName: c.table,
		Item: map[string]attribute{
			"path":       {S: r.path},
			"etag":       {S: r.etag},
			"generation": number(r.generation),
			"timeout":    number(r.timeout.Milliseconds()),
			"ttl":        number(time.Now().Add(max(timeToLive, 2*maxSkew*r.timeout)).Unix()),
		},
		ConditionExpression:                 "attribute_not_exists(#key)",
		ExpressionAttributeNames:            map[string]string{"#key": "path"},
		ReturnValuesOnConditionCheckFailure: "ALL_OLD",
	}
	if replaces {
		input.ConditionExpression = "#generation = :before"
		input.ExpressionAttributeNames = map[string]string{"#generation": "generation"}
		input.ExpressionAttributeValues = map[string]attribute{":before": number(r.generation - 1)}
	}
	body, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	own, fail := c.Begin(ctx)
	refused, err := c.send(own, "PutItem", body)
	switch {
	case err == nil:
		return nil, nil
	case refused.code() != "ConditionalCheckFailedException":
		return nil, fail(c.explain(err, refused))
	case refused.Item == nil && replaces:
		return gone, nil
	}
	return c.read(refused.Item)
}

// read reads the record of another client.
func (c *client) read(item map[string]attribute) (*record, error) {
	generation, err := strconv.ParseUint(item["generation"].N, 10, 64)
	timeout, timeoutErr := strconv.ParseUint(item["timeout"].N, 10, 64)
	if cmp.Or(err, timeoutErr) != nil {
		return nil, errs.New(errs.InvalidOption, "the DynamoDB table %q of %s answers with a record that is no lock: "+
			"it must have the numbers generation and timeout", c.table, c.Option)
	}
	const most = 1 << 40 // 35 years; more would overflow
	return &record{generation: generation, timeout: time.Duration(min(timeout, most)) * time.Millisecond}, nil
}

// refusal is the answer to a request that was refused.
type refusal struct {
	Type    string `json:"__type"`
	Message string // also as "message"
	Item    map[string]attribute
}

// code is the type without its namespace.
func (r refusal) code() string { return r.Type[strings.LastIndexByte(r.Type, '#')+1:] }

// send sends a request, again if the retryer says so.
func (c *client) send(ctx context.Context, operation string, body []byte) (refused refusal, err error) {
	request := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	request.Method = http.MethodPost
	if request.URL, err = url.Parse(c.Endpoint); err != nil {
		return refusal{}, err
	}
	request.URL.Path = cmp.Or(request.URL.Path, "/")
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("User-Agent", "libremotestore")
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	if request, err = request.SetStream(bytes.NewReader(body)); err != nil {
		return refusal{}, err
	}
	hash := sha256.Sum256(body)
	attempt := func(ctx context.Context, in middleware.FinalizeInput) (
		out middleware.FinalizeOutput, metadata middleware.Metadata, err error) {
		refused, err = c.attempt(ctx, in.Request.(*smithyhttp.Request), hex.EncodeToString(hash[:]))
		return out, metadata, err
	}
	_, _, err = retry.NewAttemptMiddleware(c.Retryer, smithyhttp.RequestCloner).HandleFinalize(ctx,
		middleware.FinalizeInput{Request: request}, middleware.FinalizeHandlerFunc(attempt))
	if err != nil {
		err = &smithy.OperationError{ServiceID: "DynamoDB", OperationName: operation, Err: err}
	}
	return refused, err
}

func (c *client) attempt(ctx context.Context, request *smithyhttp.Request, hash string) (refused refusal, err error) {
	keys, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		return refusal{}, err
	}
	if err := v4.NewSigner().SignHTTP(ctx, keys, request.Request, hash, "dynamodb", c.Region, time.Now()); err != nil {
		return refusal{}, err
	}
	out, _, err := smithyhttp.NewClientHandler(c.HTTPClient).Handle(ctx, request)
	if err != nil {
		return refusal{}, err
	}
	response := out.(*smithyhttp.Response)
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20)) // a record has 400 KB at most
	if err != nil {
		return refusal{}, &smithyhttp.RequestSendError{Err: err}
	}
	if response.StatusCode == http.StatusOK && json.Valid(answer) {
		return refusal{}, nil
	}
	_ = json.Unmarshal(answer, &refused) // what is not JSON has no code
	return refused, &awshttp.ResponseError{
		ResponseError: &smithyhttp.ResponseError{
			Response: response, Err: &smithy.GenericAPIError{Code: refused.code(), Message: refused.Message},
		},
		RequestID: response.Header.Get("X-Amzn-Requestid"),
	}
}
