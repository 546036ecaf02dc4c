// Package fastlane sends the most common requests to S3 at a small part of what they cost through the SDK.
package fastlane

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"
)

// Keys are what signs. Whatever prints, logs or encodes them writes "***", but where they
// are the value of a field that is not exported: fmt cannot ask them there.
type Keys struct{ AccessKeyID, SecretAccessKey, SessionToken string }

func (Keys) Format(w fmt.State, _ rune)   { io.WriteString(w, hidden) }
func (Keys) MarshalText() ([]byte, error) { return []byte(hidden), nil }

const hidden = "***"

// Header is a field of a request; Name is in lower case.
type Header struct{ Name, Value string }

// Signer signs requests of one service in one region by AWS Signature Version 4
// ("Signature Calculations for the Authorization Header", S3 API Reference), as the
// SDK's signer does, which allocates 38 times for each. Any number of threads may use
// it at once.
type Signer struct {
	region, service string
	now             atomic.Pointer[stamp]
	today           atomic.Pointer[dayKey]
}

func NewSigner(region, service string) *Signer { return &Signer{region: region, service: service} }

// stamp is a second and its text.
type stamp struct {
	second int64
	text   string
}

// Date is the X-Amz-Date of a time, such as 20261121T160000Z.
func (s *Signer) Date(at time.Time) string {
	second := at.Unix()
	if now := s.now.Load(); now != nil && now.second == second {
		return now.text
	}
	now := &stamp{second, at.UTC().Format("20060102T150405Z")}
	s.now.Store(now)
	return now.text
}

// AppendAuthorization appends the value of the header Authorization to dst.
//
// signed are all headers that are signed, sorted by name, each name once: also host,
// x-amz-content-sha256, x-amz-date, which is date, and the session token, if there is
// one. path and query are as in the request line, which has them in the canonical form,
// and may be parts of dst. payload is the hash of the body in hex, or a word such as
// UNSIGNED-PAYLOAD. scratch is memory to use: what comes back as again, for the next
// request. It holds secrets then.
func (s *Signer) AppendAuthorization(dst, scratch []byte, keys Keys, date, method string, path, query []byte,
	signed []Header, payload string) (authorization, again []byte) {
	day := s.dayKey(keys.SecretAccessKey, date[:8])

	b := append(scratch[:0], method...)
	b = append(b, '\n')
	b = append(b, path...)
	b = append(b, '\n')
	b = append(b, query...)
	b = append(b, '\n')
	for _, h := range signed {
		b = append(b, h.Name...)
		b = append(b, ':')
		b = appendCanonical(b, h.Value)
		b = append(b, '\n')
	}
	b = append(b, '\n')
	names := len(b)
	for i, h := range signed {
		if i > 0 {
			b = append(b, ';')
		}
		b = append(b, h.Name...)
	}

	dst = append(dst, "AWS4-HMAC-SHA256 Credential="...)
	dst = append(dst, keys.AccessKeyID...)
	dst = append(dst, '/')
	dst = append(dst, day.scope...)
	dst = append(dst, ", SignedHeaders="...)
	dst = append(dst, b[names:]...)
	dst = append(dst, ", Signature="...)

	b = append(b, '\n')
	b = append(b, payload...)
	hash := sha256.Sum256(b)

	b = append(b[:0], day.inner[:]...)
	b = append(b, "AWS4-HMAC-SHA256\n"...)
	b = append(b, date...)
	b = append(b, '\n')
	b = append(b, day.scope...)
	b = append(b, '\n')
	b = hex.AppendEncode(b, hash[:])
	hash = sha256.Sum256(b)

	b = append(b[:0], day.outer[:]...)
	b = append(b, hash[:]...)
	hash = sha256.Sum256(b)
	return hex.AppendEncode(dst, hash[:]), b
}

// appendCanonical appends the value of a header without the space around it, and
// with one space for many.
func appendCanonical(b []byte, value string) []byte {
	value = strings.TrimSpace(value)
	for {
		many := strings.Index(value, "  ")
		if many < 0 {
			return append(b, value...)
		}
		b = append(b, value[:many+1]...)
		value = strings.TrimLeft(value[many:], " ")
	}
}

// dayKey is what signs on one day.
type dayKey struct {
	// Keys has the secret that it was made of, since each request compares that: to keep
	// and compare a hash of it would cost each a hash. Being embedded, it hides all of a
	// dayKey from whatever prints it.
	Keys
	scope string // such as 20261121/us-east-1/s3/aws4_request
	// The two blocks that HMAC makes of a key (RFC 2104, section 2): with them a
	// signature needs no hash.Hash, which would be an allocation.
	inner, outer [sha256.BlockSize]byte
}

func (s *Signer) dayKey(secret, day string) *dayKey {
	if k := s.today.Load(); k != nil && k.SecretAccessKey == secret && k.scope[:len(day)] == day {
		return k
	}
	scope := []string{day, s.region, s.service, "aws4_request"}
	k := &dayKey{Keys: Keys{SecretAccessKey: secret}, scope: strings.Join(scope, "/")}
	key := []byte("AWS4" + secret)
	for _, part := range scope {
		mac := hmac.New(sha256.New, key)
		io.WriteString(mac, part)
		key = mac.Sum(nil)
	}
	copy(k.inner[:], key)
	copy(k.outer[:], key)
	for i := range k.inner {
		k.inner[i] ^= 0x36
		k.outer[i] ^= 0x5c
	}
	s.today.Store(k)
	return k
}
