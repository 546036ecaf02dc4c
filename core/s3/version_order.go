package s3

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"io"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/libremotestore/libremotestore/core/driver"
)

// versionOrder is the order of what an answer lists, which the SDK loses: it has
// versions and marks of deletion apart, and S3 tells whole seconds, in which
// several may have come.
type versionOrder struct{ answer bytes.Buffer }

// keep lets the SDK read the answer through it.
func (v *versionOrder) keep(o *s3.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Deserialize.Insert(middleware.DeserializeMiddlewareFunc("VersionOrder", func(
			ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
		) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleDeserialize(ctx, in)
			v.answer.Reset() // of an attempt before
			if response, ok := out.RawResponse.(*smithyhttp.Response); ok && err == nil {
				response.Body = tee{io.TeeReader(response.Body, &v.answer), response.Body}
			}
			return out, metadata, err
		}), "OperationDeserializer", middleware.After)
	})
}

// tee is a body that is kept as it is read.
type tee struct {
	io.Reader
	io.Closer
}

// sort puts into the order of the answer what is in the order of the SDK: first
// the versions, then the marks.
func (v *versionOrder) sort(page []driver.Object) {
	place := map[bool][]int{} // in the answer, of the versions and of the marks
	decoder := xml.NewDecoder(&v.answer)
	for n := 0; ; {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		if element, ok := token.(xml.StartElement); ok && (element.Name.Local == "Version" || element.Name.Local == "DeleteMarker") {
			deleted := element.Name.Local == "DeleteMarker"
			place[deleted] = append(place[deleted], n)
			n++
		}
	}
	at := append(place[false], place[true]...)
	if len(at) != len(page) {
		return
	}
	ordered := make([]int, len(page))
	for i := range ordered {
		ordered[i] = i
	}
	slices.SortFunc(ordered, func(a, b int) int { return cmp.Compare(at[a], at[b]) })
	given := slices.Clone(page)
	for i, from := range ordered {
		page[i] = given[from]
	}
}
