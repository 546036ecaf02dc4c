package s3

import (
	"context"
	"maps"
	"net/http"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// What the options add to requests is the same wherever they come from, so it
// is added here, and not at each call of the SDK.

// knows is what the requests of an operation know beside their parameters.
type knows uint8

const (
	encryption  knows = 1 << iota // how a new object is encrypted
	customerKey                   // the key of an object
	sourceKey                     // the key of the source of a copy
	payer                         // that the requester pays
	data                          // a body, which need not be signed
)

// operations are those of the API Reference that this backend uses and that
// know something.
var operations = map[string]knows{
	"PutObject":               encryption | customerKey | payer | data,
	"CreateMultipartUpload":   encryption | customerKey | payer,
	"UploadPart":              customerKey | payer | data,
	"UploadPartCopy":          customerKey | sourceKey | payer,
	"CompleteMultipartUpload": customerKey | payer,
	"CopyObject":              encryption | customerKey | sourceKey | payer,
	"GetObject":               customerKey | payer,
	"HeadObject":              customerKey | payer,
	"GetObjectAttributes":     customerKey | payer,
	"AbortMultipartUpload":    payer,
	"DeleteObject":            payer,
	"DeleteObjects":           payer,
	"GetObjectTagging":        payer,
	"ListMultipartUploads":    payer,
	"ListObjectsV2":           payer,
	"ListObjectVersions":      payer,
	"PutObjectAcl":            payer,
	// The requests of a session may say no other encryption than that which the
	// session was begun with ("PutObject", directory buckets).
	"CreateSession": encryption,
}

const payerHeader = "X-Amz-Request-Payer"

// headersOf are those that the options add to the requests of an operation.
func (c Config) headersOf(operation string) http.Header {
	h := http.Header{}
	known := operations[operation]
	if known&encryption != 0 {
		c.encrypt(h)
	}
	if known&customerKey != 0 {
		c.unlock(h, "X-Amz-")
	}
	if known&sourceKey != 0 {
		c.unlock(h, "X-Amz-Copy-Source-")
	}
	if known&payer != 0 && c.RequesterPays {
		h.Set(payerHeader, "requester")
	}
	return h
}

// addHeaders adds headersOf to all requests, before they are signed.
func (c Config) addHeaders(stack *middleware.Stack) error {
	if c.UnsignedPayload && operations[stack.ID()]&data != 0 {
		if err := stack.Initialize.Add(unsigned, middleware.Before); err != nil {
			return err
		}
	}
	added := c.headersOf(stack.ID())
	if len(added) == 0 {
		return nil
	}
	return stack.Build.Add(middleware.BuildMiddlewareFunc("AddHeaders", func(
		ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler,
	) (middleware.BuildOutput, middleware.Metadata, error) {
		if request, ok := in.Request.(*smithyhttp.Request); ok {
			maps.Copy(request.Header, added)
		}
		return next.HandleBuild(ctx, in)
	}), middleware.Before)
}

// unsigned leaves the body out of the signature. The function that the SDK has for
// it comes behind the checksum, which would have hashed the body by then.
var unsigned = middleware.InitializeMiddlewareFunc("UnsignedPayload", func(
	ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
) (middleware.InitializeOutput, middleware.Metadata, error) {
	return next.HandleInitialize(v4.SetPayloadHash(ctx, "UNSIGNED-PAYLOAD"), in)
})
