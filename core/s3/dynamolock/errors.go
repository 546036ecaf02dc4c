package dynamolock

import (
	"errors"
	"fmt"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/libremotestore/libremotestore/core/errs"
)

// codes maps what DynamoDB says ("Error handling with DynamoDB", Developer
// Guide, and "Common errors", API Reference).
var codes = map[string]errs.Code{
	"ResourceNotFoundException": errs.InvalidOption,
	"ValidationException":       errs.InvalidOption,
	"UnknownOperationException": errs.InvalidOption,

	"AccessDeniedException": errs.PermissionDenied,
	"AccessDenied":          errs.PermissionDenied,

	"UnrecognizedClientException":         errs.Unauthenticated,
	"IncompleteSignatureException":        errs.Unauthenticated,
	"InvalidSignatureException":           errs.Unauthenticated,
	"MissingAuthenticationTokenException": errs.Unauthenticated,
	"ExpiredTokenException":               errs.Unauthenticated,
	"InvalidClientTokenId":                errs.Unauthenticated,
	"SignatureDoesNotMatch":               errs.Unauthenticated,

	"ProvisionedThroughputExceededException": errs.RateLimited,
	"RequestLimitExceeded":                   errs.RateLimited,
	"ThrottlingException":                    errs.RateLimited,
	"LimitExceededException":                 errs.RateLimited,
}

// explain makes an answer of DynamoDB an error that names the table. Any other
// error stays what it is.
func (c *client) explain(err error, refused refusal) error {
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok {
		return err
	}
	said, status := refused.code(), response.HTTPStatusCode()
	code, known := codes[said]
	why := fmt.Sprintf("DynamoDB answered %s, status %d", said, status)
	switch {
	case said == "ResourceNotFoundException":
		why = "there is no such table in the region " + c.Region
	case said == "ValidationException":
		why = `its keys must be the strings "path" (partition key) and "etag" (sort key)`
	case code == errs.PermissionDenied:
		why = "the permission dynamodb:PutItem is missing"
	case known:
	case status >= 500:
		code = errs.Unavailable
	case said == "":
		code, why = errs.InvalidOption, fmt.Sprintf("%s, status %d, does not answer as DynamoDB does", c.Endpoint, status)
	default:
		code = errs.Unknown
	}
	e := errs.Wrap(err, code, "the DynamoDB table %q of %s: %s", c.table, c.Option, why)
	e.S3Code, e.HTTPStatus, e.RequestID = said, status, response.RequestID
	e.Retryable = code == errs.Unavailable || code == errs.RateLimited
	return e
}
