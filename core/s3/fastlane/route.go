package fastlane

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Route is how one operation reaches a bucket. It is learned from a request of the SDK, so
// that the rules of endpoints, and what the options add to requests, are those of the SDK.
type Route struct {
	lane     *Lane
	host     string
	prefix   string        // of the path, in front of the key; it ends with '/' if there is one
	signed   []Header      // that all requests have
	unsigned []Header      // the same, that are no part of the signature
	signer   *Signer       // nil for requests without a signature
	skew     time.Duration // what the clock of the endpoint is ahead of ours
}

// perRequest are the headers of a request that the next one has anew, or not at all.
var perRequest = map[string]bool{
	"authorization": true, "x-amz-date": true, "x-amz-content-sha256": true, "x-amz-security-token": true,
	"amz-sdk-invocation-id": true, // nobody needs it: there is no second attempt
	"content-length":        true, "x-amzn-trace-id": true, "host": true, "x-amz-checksum-crc32": true,
}

const algorithm = "AWS4-HMAC-SHA256 "

// Learn takes a route from a request about a key, or with "" about the bucket, which the SDK
// has signed, if it was to.
// It is nil for one that this package cannot send, such as one signed in another way.
func Learn(lane *Lane, request *http.Request, key string, signs bool) *Route {
	r := &Route{lane: lane, host: request.Host}
	if r.host == "" {
		r.host = request.URL.Host
	}
	r.prefix = request.URL.EscapedPath()
	if key != "" {
		before, ok := strings.CutSuffix(r.prefix, key)
		if !ok {
			return nil
		}
		r.prefix = before
	}
	inSignature := func(string) bool { return true }
	if signs {
		authorization, ok := strings.CutPrefix(request.Header.Get("Authorization"), algorithm)
		fields := strings.Split(authorization, ", ")
		if !ok || len(fields) != 3 {
			return nil
		}
		scope := strings.Split(strings.TrimPrefix(fields[0], "Credential="), "/")
		names := strings.Split(strings.TrimPrefix(fields[1], "SignedHeaders="), ";")
		at, err := time.Parse("20060102T150405Z", request.Header.Get("X-Amz-Date"))
		if len(scope) < 5 || scope[len(scope)-2] != "s3" || err != nil {
			return nil
		}
		r.signer = NewSigner(scope[len(scope)-3], "s3")
		if skew := time.Until(at); skew.Abs() > time.Minute {
			r.skew = skew
		}
		inSignature = func(name string) bool { return slices.Contains(names, name) }
	}
	for name, values := range request.Header {
		name := strings.ToLower(name)
		if perRequest[name] {
			continue
		}
		if len(values) != 1 || !isPlain(values[0]) {
			return nil
		}
		h := Header{name, values[0]}
		if inSignature(name) {
			r.signed = append(r.signed, h)
		} else {
			r.unsigned = append(r.unsigned, h)
		}
	}
	return r
}
