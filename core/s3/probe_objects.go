package s3

import (
	"bytes"
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// askBulkDelete asks for DeleteObjects, with the Content-MD5 that many endpoints
// want, and without.
func (p *probe) askBulkDelete() {
	for _, c := range []struct {
		name   string
		with   []func(*middleware.Stack) error
		effect string
	}{
		{"delete_objects", []func(*middleware.Stack) error{smithyhttp.AddContentChecksumMiddleware}, "1000 objects can be deleted by one request"},
		{"delete_objects_without_md5", nil, "it needs no Content-MD5"},
	} {
		const object = "deleted"
		if _, a := p.put(object, content, nil); a.err != nil {
			p.noteFailure(c.name, a, "the object to delete cannot be written")
			continue
		}
		out, a := send(p, p.client.DeleteObjects, &s3.DeleteObjectsInput{
			Bucket: &p.bucket,
			Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: p.key(object)}}},
		}, func(o *s3.Options) { o.APIOptions = append(o.APIOptions, c.with...) })
		for _, refused := range out.Errors {
			a.err = errs.New(codeOf(aws.ToString(refused.Code), 0), "%s", aws.ToString(refused.Message))
			a.err.S3Code = aws.ToString(refused.Code)
		}
		if a.err != nil {
			p.noteFailure(c.name, a, "a DeleteObjects fails")
			continue
		}
		if _, head := p.head(object, nil); head.is(errs.NotFound) {
			p.note(c.name, driver.Honoured, a, "%s", c.effect)
		} else {
			p.note(c.name, driver.Ignored, a, "a DeleteObjects deletes nothing")
		}
	}
}

// askReads asks for ranges.
func (p *probe) askReads() {
	for _, c := range []struct {
		name, header string
		want         []byte
	}{
		{"get_range", "bytes=3-6", content[3:7]},
		{"get_suffix", "bytes=-4", content[len(content)-4:]},
	} {
		found, a := p.get(plain, func(in *s3.GetObjectInput) { in.Range = &c.header })
		switch {
		case a.err != nil:
			p.noteFailure(c.name, a, "a read of "+c.header+" fails")
		case a.status == http.StatusPartialContent && bytes.Equal(found, c.want):
			p.note(c.name, driver.Honoured, a, "the bytes that were asked for are sent")
		case bytes.Equal(found, content):
			p.note(c.name, driver.Ignored, a, "the whole object is sent instead of %s", c.header)
		default:
			p.note(c.name, driver.Corrupted, a, "other bytes than %s are sent", c.header)
		}
	}
}

// askAttributes asks for what comes with an object, and with its bytes.
func (p *probe) askAttributes() {
	p.askMetadata()
	p.askTagging()
	p.askUnsigned()
	p.askCustomerKey()
}

func (p *probe) askMetadata() {
	const name, text = "metadata", "gr\u00fc\u00dfe \u2603"
	_, a := p.put(name, content, func(in *s3.PutObjectInput) {
		in.Metadata = encodeMetadata(map[string]string{"probe": text})
	})
	if a.err != nil {
		p.noteFailure(name, a, "a put with metadata fails")
		return
	}
	head, a := p.head(name, nil)
	switch {
	case a.err != nil:
		p.noteFailure(name, a, "what was written with metadata cannot be described")
	case decodeMetadata(head.Metadata)["probe"] == text:
		p.note(name, driver.Honoured, a, "metadata comes back as it was written, also what is not ASCII")
	default:
		p.note(name, driver.Ignored, a, "metadata that is not ASCII does not come back as it was written")
	}
}

func (p *probe) askTagging() {
	const name = "tagging"
	_, a := p.put(name, content, func(in *s3.PutObjectInput) { in.Tagging = aws.String("probe=yes") })
	if a.err != nil {
		p.noteFailure(name, a, "a put with tags fails")
		return
	}
	out, read := send(p, p.client.GetObjectTagging, &s3.GetObjectTaggingInput{Bucket: &p.bucket, Key: p.key(name)})
	kept := slices.ContainsFunc(out.TagSet, func(tag types.Tag) bool {
		return aws.ToString(tag.Key) == "probe" && aws.ToString(tag.Value) == "yes"
	})
	switch {
	case read.err != nil:
		p.note(name, driver.Ignored, read, "a put with tags is taken, but the tags cannot be read: %s", read.err.Message)
	case kept:
		p.note(name, driver.Honoured, read, "tags are kept with an object")
	default:
		p.note(name, driver.Ignored, read, "a put with tags is taken, but they are not kept")
	}
}

func (p *probe) askUnsigned() {
	const name = "unsigned_payload"
	_, a := p.put(name, content, nil, func(o *s3.Options) {
		o.APIOptions = append(o.APIOptions, v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
	})
	if a.err != nil {
		p.noteFailure(name, a, "a put whose bytes are no part of the signature fails")
		return
	}
	p.noteBytes(name, a, name, content, "a put whose bytes are no part of the signature is taken")
}

// askCustomerKey asks for encryption with a key that the endpoint does not keep.
func (p *probe) askCustomerKey() {
	const name = "sse_c"
	if !p.overTLS() {
		p.notAsked("needs https", name)
		return
	}
	if p.config.CustomerKey != "" {
		p.notAsked("all requests of the store have a key of its own", name)
		return
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // which never fails
	sum := md5.Sum(secret)
	algorithm, key, digest := "AES256", base64.StdEncoding.EncodeToString(secret), base64.StdEncoding.EncodeToString(sum[:])
	_, a := p.put(name, content, func(in *s3.PutObjectInput) {
		in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = &algorithm, &key, &digest
	})
	if a.err != nil {
		p.noteFailure(name, a, "a put with a key for its encryption fails")
		return
	}
	found, read := p.get(name, func(in *s3.GetObjectInput) {
		in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = &algorithm, &key, &digest
	})
	_, without := p.get(name, nil)
	switch {
	case without.err == nil:
		p.note(name, driver.Ignored, without, "what was written with a key can be read without it")
	case read.err != nil:
		p.noteFailure(name, read, "what was written with a key cannot be read with it")
	case !bytes.Equal(found, content):
		p.note(name, driver.Corrupted, read, "what was written with a key is not what is read with it")
	default:
		p.note(name, driver.Honoured, a, "an object is encrypted with a key that the endpoint does not keep")
	}
}

// askVersions asks whether something of what is deleted stays, for the clean-up
// too. Who may not ask that learns it by the writes.
func (p *probe) askVersions() {
	const name = "versions"
	out, a := send(p, p.client.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: &p.bucket})
	switch {
	case a.err != nil:
		p.noteFailure(name, a, "it cannot be told whether the bucket keeps versions")
	case out.Status == "":
		p.note(name, driver.Undecided, a, "the bucket keeps no versions; whether the endpoint could was not asked")
	default:
		p.versioned = true
		p.note(name, driver.Honoured, a, "the bucket keeps versions, or did before: what is deleted may stay as one")
	}
}

// oddKeys are in the order of their findings.
var oddKeys = []struct{ finding, name, what string }{
	{"key_special", "keys/a +%&\u00fc~", "with spaces, signs and letters that are not ASCII"},
	{"key_empty_segment", "keys/b//c", `with "//" in it`},
	{"key_dot_segments", "keys/d/../e", `with ".." in it`},
	{"key_trailing_slash", "keys/f/", `with a "/" at its end`},
}

// askKeys asks for keys that are no usual paths, and for ListObjectsV2, which
// shows them.
func (p *probe) askKeys() {
	answers := make([]answer, len(oddKeys))
	for i, odd := range oddKeys {
		_, answers[i] = p.put(odd.name, nil, nil) // a file system holds no bytes for what ends in '/'
	}
	keys, listed := p.askList()
	for i, odd := range oddKeys {
		switch a := answers[i]; {
		case a.err != nil:
			p.noteFailure(odd.finding, a, "a key "+odd.what+" cannot be written")
		case !listed:
			p.notAsked("the listing does not show keys", odd.finding)
		case slices.Contains(keys, p.prefix+odd.name):
			p.note(odd.finding, driver.Honoured, a, "a key %s is kept as it is", odd.what)
		default:
			p.note(odd.finding, driver.Ignored, a, "a key %s is taken, but the listing has another one", odd.what)
		}
	}
}

// askList asks for the listing of what was written so far.
func (p *probe) askList() (keys []string, ok bool) {
	const name, order, encoding, after, goesOn = "list_v2", "list_order", "list_encoding", "list_start_after", "list_continuation"
	out, keys, a := p.list(nil)
	switch {
	case a.err != nil:
		p.noteFailure(name, a, "ListObjectsV2 fails, without which nothing can be listed")
	case !slices.Contains(keys, p.prefix+plain):
		p.note(name, driver.Ignored, a, "the listing does not show an object that was just written")
		a.err = notS3()
	}
	if a.err != nil {
		p.notAsked("the listing does not show keys", order, encoding, after, goesOn)
		return nil, false
	}
	p.note(name, driver.Honoured, a, "keys are listed")
	if slices.IsSorted(keys) {
		p.note(order, driver.Honoured, a, "keys are listed in the order of their bytes")
	} else {
		p.note(order, driver.Ignored, a, "keys are not listed in the order of their bytes")
	}
	if out.EncodingType == types.EncodingTypeUrl {
		p.note(encoding, driver.Honoured, a, "keys are listed URL-encoded, so that XML can say all of them")
	} else {
		p.note(encoding, driver.Ignored, a, "keys are not listed URL-encoded: XML cannot say some of them")
	}

	from := p.prefix + "created"
	_, rest, a := p.list(func(in *s3.ListObjectsV2Input) { in.StartAfter = &from })
	behind := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return key <= from })
	switch {
	case a.err != nil:
		p.noteFailure(after, a, "a listing from a key on fails")
	case slices.Equal(rest, behind):
		p.note(after, driver.Honoured, a, "a listing can begin behind a key")
	default:
		p.note(after, driver.Ignored, a, "a listing does not begin where it is to")
	}

	const some = 3
	page, begin, a := p.list(func(in *s3.ListObjectsV2Input) { in.MaxKeys = aws.Int32(some) })
	if a.err == nil && (len(begin) > some || page.NextContinuationToken == nil) {
		p.note(goesOn, driver.Ignored, a, "a listing does not end where it is to, or does not say how it goes on")
		return keys, true
	}
	if a.err == nil {
		_, rest, a = p.list(func(in *s3.ListObjectsV2Input) { in.ContinuationToken = page.NextContinuationToken })
	}
	switch {
	case a.err != nil:
		p.noteFailure(goesOn, a, "a listing in pages fails")
	case slices.Equal(slices.Concat(begin, rest), keys):
		p.note(goesOn, driver.Honoured, a, "a listing goes on where its last page ended")
	default:
		p.note(goesOn, driver.Ignored, a, "a listing does not go on where its last page ended")
	}
	return keys, true
}

// list lists the scratch keys; change may be nil.
func (p *probe) list(change func(*s3.ListObjectsV2Input)) (*s3.ListObjectsV2Output, []string, answer) {
	input := &s3.ListObjectsV2Input{Bucket: &p.bucket, Prefix: &p.prefix, EncodingType: types.EncodingTypeUrl}
	if change != nil {
		change(input)
	}
	out, a := send(p, p.client.ListObjectsV2, input)
	if a.err == nil && out.Name == nil {
		a.err = notS3()
	}
	var keys []string
	for _, o := range out.Contents {
		key, err := decode(out.EncodingType, o.Key)
		if err != nil {
			a.err = err.(*errs.Error)
			return out, nil, a
		}
		keys = append(keys, key)
	}
	if !slices.ContainsFunc(keys, func(key string) bool { return !strings.HasPrefix(key, p.prefix) }) {
		return out, keys, a
	}
	a.err = errs.New(errs.Corrupt, "the listing shows keys that do not begin with the prefix")
	return out, nil, a
}
