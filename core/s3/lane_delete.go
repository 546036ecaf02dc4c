package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
)

// deleteObjects deletes objects whose keys XML can say, if none is refused: the SDK reads
// what is.
func (l *lane) deleteObjects(c *call, objects []driver.Version) error {
	if reason := l.known(deleteObjects); reason != FastLane { // the SDK makes a body of its own
		l.count(reason)
		return errSDK
	}
	r := c.request(http.MethodPost, "")
	r.Query = "delete="
	r.Body = deletion(objects)
	sums := l.sumsBy(deleteObjects, types.ChecksumAlgorithmCrc32, false, len(r.Body)) // S3 requires one
	if err := sums.addAll(c.ctx, r.Body); err != nil {
		return err
	}
	sums.protectUnnamed(r)
	if l.backend.options.BaseEndpoint != nil { // as withContentMD5
		sum := md5.Sum(r.Body)
		r.add("content-md5", base64.StdEncoding.EncodeToString(sum[:]))
	}
	return l.readWhole(c, deleteObjects, new(bytes.Buffer), isAllDeleted)
}

// deletion is the body of a DeleteObjects, as the SDK writes it.
func deletion(objects []driver.Version) []byte {
	var b bytes.Buffer
	size := 128
	for _, o := range objects {
		size += len("<Object><Key></Key></Object>") + len(o.Key) + len(o.VersionID)
	}
	b.Grow(size)
	b.WriteString(`<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`)
	for _, o := range objects {
		b.WriteString("<Object>")
		writeElement(&b, "Key", o.Key)
		if o.VersionID != "" {
			writeElement(&b, "VersionId", o.VersionID)
		}
		b.WriteString("</Object>")
	}
	b.WriteString("<Quiet>true</Quiet></Delete>")
	return b.Bytes()
}

// escaped is text for XML. The last two end a line in XML 1.1.
var escaped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;",
	"\u0085", "&#x85;", "\u2028", "&#x2028;")

func writeElement(b *bytes.Buffer, name, text string) {
	b.WriteString("<" + name + ">")
	_, _ = escaped.WriteString(b, text) // a Buffer takes all
	b.WriteString("</" + name + ">")
}

// isAllDeleted tells whether an answer names no object that stays: it is nothing but an
// empty DeleteResult.
func isAllDeleted(answer []byte) bool {
	var result struct {
		XMLName xml.Name `xml:"DeleteResult"`
		Other   []any    `xml:",any"`
		Text    string   `xml:",chardata"`
	}
	return xml.Unmarshal(answer, &result) == nil && len(result.Other) == 0
}
