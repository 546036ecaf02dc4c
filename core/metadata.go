package core

import (
	"strings"
	"unicode/utf8"

	"github.com/libremotestore/libremotestore/core/errs"
)

// maxMetadata is what S3 takes of user metadata, in bytes of keys and values
// ("Working with object metadata", Amazon S3 User Guide).
const maxMetadata = 2048

// checkMetadata returns the user's metadata with its keys in lower case, as
// they come back from S3; nil if there is none. A key is ASCII letters, digits
// and "-._~!#$%&'*+^`|", and does not begin with '_'; two that differ in case
// only are one. A value is text without control characters and without space
// around it, which HTTP would lose. All together have 2048 bytes at most.
func checkMetadata(metadata map[string]string) (map[string]string, error) {
	if len(metadata) == 0 {
		return nil, nil
	}
	size := 0
	checked := make(map[string]string, len(metadata))
	for key, value := range metadata {
		lower := strings.ToLower(key)
		switch _, twice := checked[lower]; {
		case !isToken(key) || key[0] == '_':
			return nil, errs.New(errs.InvalidArgument,
				"the metadata key %q must be ASCII letters, digits and -._ and not begin with '_'", key)
		case twice:
			return nil, errs.New(errs.InvalidArgument, "the metadata key %q is there twice: case does not count", lower)
		case !utf8.ValidString(value), strings.IndexFunc(value, isControl) >= 0, strings.TrimSpace(value) != value:
			return nil, errs.New(errs.InvalidArgument,
				"the metadata value of %q must be valid UTF-8 without control characters, and without space around it", key)
		}
		size += len(key) + len(value)
		checked[lower] = value
	}
	if size > maxMetadata {
		return nil, errs.New(errs.InvalidArgument, "the metadata has %d bytes, but at most %d are possible", size, maxMetadata)
	}
	return checked, nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// isToken tells whether s can be part of the name of an HTTP header (RFC
// 9110, section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}
