package core

import (
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
	"github.com/libremotestore/libremotestore/core/s3/dynamolock"
)

// What the values mean of options that shape requests.

// parseChecksum takes the names of S3 in any case, as object_store has them in
// small letters.
func parseChecksum(key, value string, out *string) error {
	if value = strings.ToUpper(value); value == "NONE" {
		value = "none"
	}
	return oneOf(key, value, out, map[string]string{
		"CRC32": "CRC32", "CRC32C": "CRC32C", "CRC64NVME": "CRC64NVME", "SHA1": "SHA1", "SHA256": "SHA256", "none": "none"})
}

// parsePayer takes who pays, and whether it is the requester.
func parsePayer(key, value string, out *bool) error {
	if strings.EqualFold(value, "requester") {
		*out = true
		return nil
	}
	if parseBool(key, value, out) != nil {
		return errs.New(errs.InvalidOption, "%s must be true, false or requester", key)
	}
	return nil
}

func parseExpress(key, value string, out *s3.Express) error {
	express := false
	err := parseBool(key, value, &express)
	if *out = s3.ExpressWithoutSession; express {
		*out = s3.ExpressOnly
	}
	return err
}

// parseCopyMode takes the names of modes, and headers: "header:NAME:VALUE" and
// "header-with-status:NAME:VALUE:STATUS".
func parseCopyMode(key, value string, c *s3.Config) error {
	mode, rest, _ := strings.Cut(value, ":")
	switch mode {
	case "header":
		return parseCopyHeader(key, rest, http.StatusPreconditionFailed, c)
	case "header-with-status":
		last := strings.LastIndexByte(rest, ':')
		status, err := strconv.Atoi(strings.TrimSpace(rest[last+1:]))
		if last < 0 || err != nil {
			return malformedCopyHeader(key)
		}
		return parseCopyHeader(key, rest[:last], status, c)
	}
	err := oneOfOrLock(key, value, &c.CopyIfNotExists, &c.CopyLock, map[string]s3.CopyIfNotExists{
		"multipart": s3.CopyIfNotExistsMultipart, "native": s3.CopyIfNotExistsNative})
	if err != nil && mode != "dynamo" {
		return errs.New(errs.InvalidOption, "%s, header:NAME:VALUE or header-with-status:NAME:VALUE:STATUS", err.(*errs.Error).Message)
	}
	return err
}

func parseCopyHeader(key, text string, status int, c *s3.Config) error {
	name, value, found := strings.Cut(text, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !found || !httpguts.ValidHeaderFieldName(name) || value == "" || !isHeader(value) ||
		status < http.StatusMultipleChoices || status > 599 {
		return malformedCopyHeader(key)
	}
	if ownHeader().MatchString(name) {
		return errs.New(errs.InvalidOption, "%s may not name a header that every request has: the signature, the source, "+
			"or what HTTP needs", key)
	}
	c.CopyLock = dynamolock.Lock{}
	c.CopyIfNotExists, c.CopyHeader = s3.CopyIfNotExistsHeader, s3.CopyHeader{Name: name, Value: value, Status: status}
	return nil
}

func malformedCopyHeader(key string) error {
	return errs.New(errs.InvalidOption, "%s must be header:NAME:VALUE or header-with-status:NAME:VALUE:STATUS, with a header of "+
		"HTTP in printable ASCII, and a status of 300 to 599", key)
}

// ownHeader are the headers that a copy has anyway.
var ownHeader = lazyRegexp(`(?i)^(authorization|host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|` +
	`accept-encoding|user-agent|x-amz-date|x-amz-content-sha256|x-amz-security-token|x-amz-s3session-token|x-amz-copy-source)$`)
