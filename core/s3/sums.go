package s3

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/s3/fastlane"
)

// sums is what the body of a request of the lane is to be compared with: its checksum, and
// its SHA-256, where the user wants it or neither TLS nor a checksum protects it, as boto3
// does.
type sums struct {
	algorithm         types.ChecksumAlgorithm
	checksum, payload hash.Hash // nil if there is none
	unsigned          bool
}

// summedAtOnce is how many bytes stay in the cache of a processor for the second sum, and
// how many are summed up before a call may end.
const summedAtOnce = 256 << 10

// newSums is for a body of so many bytes, with the checksum of the options.
func (l *lane) newSums(op operation, size int) *sums {
	algorithm := l.backend.checksum()
	return l.sumsBy(op, algorithm, l.backend.config.UnsignedPayload || algorithm != "" && l.backend.isSecure(), size)
}

// sumsBy is newSums with this checksum.
func (l *lane) sumsBy(op operation, algorithm types.ChecksumAlgorithm, unsigned bool, size int) *sums {
	s := &sums{algorithm: algorithm, unsigned: unsigned}
	if l.known(op) != FastLane { // it is the SDK's
		return s
	}
	if algorithm != "" {
		s.checksum = newHash(strings.ToLower(string(algorithm)))
	}
	_, signed := l.backend.options.Credentials.(noted)
	if signed && !unsigned && size > summedAtOnce { // else the lane does it, without memory
		s.payload = sha256.New()
	}
	return s
}

// add takes the next bytes.
func (s *sums) add(piece []byte) {
	if s.checksum != nil {
		_, _ = s.checksum.Write(piece) // never fails ("hash".Hash)
	}
	if s.payload != nil {
		_, _ = s.payload.Write(piece)
	}
}

func (s *sums) addAll(ctx context.Context, data []byte) error {
	if s.checksum == nil && s.payload == nil {
		return nil
	}
	for piece := range slices.Chunk(data, summedAtOnce) {
		if err := driver.Done(ctx); err != nil {
			return err
		}
		s.add(piece)
	}
	return nil
}

// protect puts them into a request.
func (s *sums) protect(r *laneRequest) {
	if s.checksum != nil {
		r.add("x-amz-sdk-checksum-algorithm", string(s.algorithm))
	}
	s.protectUnnamed(r)
}

// protectUnnamed does not say which checksum to expect: the SDK does that for data only.
func (s *sums) protectUnnamed(r *laneRequest) {
	if s.checksum != nil {
		r.add("x-amz-checksum-"+strings.ToLower(string(s.algorithm)), base64.StdEncoding.EncodeToString(s.checksum.Sum(nil)))
	}
	switch {
	case s.unsigned:
		r.Payload = fastlane.UnsignedPayload
	case s.payload != nil:
		r.Payload = hex.EncodeToString(s.payload.Sum(nil))
	}
}
