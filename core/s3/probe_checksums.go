package s3

import (
	"encoding/base64"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/internal/crc"
)

// probedChecksum is an algorithm that is tried, the best first.
type probedChecksum struct {
	algorithm types.ChecksumAlgorithm
	header    func(in *s3.PutObjectInput) **string
	of        func(head *s3.HeadObjectOutput) *string
}

var probedChecksums = []probedChecksum{
	{
		types.ChecksumAlgorithmCrc64nvme,
		func(in *s3.PutObjectInput) **string { return &in.ChecksumCRC64NVME },
		func(head *s3.HeadObjectOutput) *string { return head.ChecksumCRC64NVME },
	},
	{
		types.ChecksumAlgorithmCrc32,
		func(in *s3.PutObjectInput) **string { return &in.ChecksumCRC32 },
		func(head *s3.HeadObjectOutput) *string { return head.ChecksumCRC32 },
	},
}

// name is that of a digest.
func (c probedChecksum) name() string { return strings.ToLower(string(c.algorithm)) }

// compute is the checksum as a header has it.
func (c probedChecksum) compute(data []byte) string {
	a := crc.Algorithms[c.name()]
	return base64.StdEncoding.EncodeToString(a.Encode(a.Sum(data)))
}

func (c probedChecksum) finding(kind string) string { return "checksum_" + kind + "_" + c.name() }

// askChecksums asks for the checksums of uploads: in a header, and over https,
// where the SDK sends them behind the body, as a trailer.
func (p *probe) askChecksums() {
	for _, c := range probedChecksums {
		p.askHeader(c)
		if p.overTLS() {
			p.askTrailer(c)
		} else {
			p.notAsked("a checksum comes behind the body over https only", c.finding("trailer"))
		}
		p.askPartChecksum(c)
	}
}

// overTLS tells whether the endpoint is asked by https.
func (p *probe) overTLS() bool { return !strings.HasPrefix(p.endpointURL(), "http:") }

func (p *probe) askHeader(c probedChecksum) {
	name, kept := c.finding("header"), c.finding("kept")
	object := "header-" + string(c.algorithm)
	with := func(data []byte) func(*s3.PutObjectInput) {
		return func(in *s3.PutObjectInput) {
			in.ChecksumAlgorithm = c.algorithm
			*c.header(in) = aws.String(c.compute(data))
		}
	}
	if _, a := p.put(object, content, with(content)); a.err != nil {
		p.noteFailure(name, a, "a put with a checksum fails")
		p.notAsked("a put with a checksum fails", kept)
		return
	}
	intact := p.has(object, content)
	head, described := p.head(object, func(in *s3.HeadObjectInput) { in.ChecksumMode = types.ChecksumModeEnabled })
	_, a := p.put(object, content, with(others))
	switch {
	case !intact:
		p.note(name, driver.Corrupted, a, "a put with a checksum is taken, but other bytes are stored")
	case a.err == nil:
		p.note(name, driver.Ignored, a, "a put whose checksum is wrong is taken")
	case a.status >= 400 && a.status < 500:
		p.note(name, driver.Honoured, a, "a put whose checksum is wrong is refused")
	default:
		p.noteFailure(name, a, "a put whose checksum is wrong does not end as it should")
	}
	switch {
	case described.err != nil:
		p.noteFailure(kept, described, "a HEAD with ChecksumMode fails")
	case aws.ToString(c.of(head)) == c.compute(content):
		p.note(kept, driver.Honoured, described, "a HEAD tells the checksum of the whole object")
	default:
		p.note(kept, driver.Ignored, described, "a HEAD does not tell the checksum that the object was written with")
	}
}

func (p *probe) askTrailer(c probedChecksum) {
	name, object := c.finding("trailer"), "trailer-"+string(c.algorithm)
	_, a := p.put(object, content, func(in *s3.PutObjectInput) { in.ChecksumAlgorithm = c.algorithm })
	if a.err != nil {
		p.noteFailure(name, a, "a put with a checksum behind its body fails")
		return
	}
	p.noteBytes(name, a, object, content, "a put with a checksum behind its body is taken")
}

// askPartChecksum asks for an upload in parts as the option checksum_algorithm
// makes it.
func (p *probe) askPartChecksum(c probedChecksum) {
	name, object := c.finding("multipart"), "parts-"+string(c.algorithm)
	u := p.upload(object, c.algorithm)
	a := u.complete(nil, nil)
	if a.err != nil {
		p.noteFailure(name, a, "an upload in parts with checksums fails")
		return
	}
	p.noteBytes(name, a, object, content, "an upload in parts with checksums is taken")
}

// verifies tells whether uploads with that checksum work, and are checked by it.
func (p *probe) verifies(c probedChecksum) bool {
	return p.outcomes[c.finding("header")] == driver.Honoured &&
		p.outcomes[c.finding("multipart")] == driver.Honoured &&
		(!p.overTLS() || p.outcomes[c.finding("trailer")] == driver.Honoured)
}
