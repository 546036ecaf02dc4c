package core

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// The checks of what a caller says about an object, before any request: first
// the shape of it, then what the backend can do.

// putOptions are the driver's for o.
func (s *Store) putOptions(o PutOptions) (driver.PutOptions, error) {
	mode := mode(o.Overwrite)
	if o.IfMatch != "" {
		mode = driver.Update
	}
	metadata, err := checkMetadata(o.Metadata)
	if err == nil {
		err = checkAttributes(o.Attributes)
	}
	if err == nil {
		err = checkTags(o.Tags)
	}
	if err == nil {
		err = checkACL(o.ACL)
	}
	if err == nil {
		err = checkReplaced(o)
	}
	if err != nil {
		return driver.PutOptions{}, err
	}
	return driver.PutOptions{
			Mode: mode, IfMatch: quotedETags(o.IfMatch), Metadata: metadata, Attributes: o.Attributes, Tags: o.Tags, ACL: o.ACL,
		}, s.can(
			need{metadata != nil, driver.CanUserMetadata, "this backend keeps no metadata of the user with an object"},
			need{o.Attributes != Attributes{}, driver.CanAttributes, "this backend keeps no attributes with an object"},
			need{len(o.Tags) > 0, driver.CanTags, "this backend keeps no tags with an object"},
			need{o.ACL != "", driver.CanACL, "this backend has no lists of permissions"},
			need{o.IfMatch != "", driver.CanUpdate, "this backend cannot replace just the object with an ETag"})
}

// need is a capability that something needs.
type need struct {
	needed bool
	what   driver.Capabilities
	lacks  string // what to say without it
}

// can refuses the first thing that the backend cannot do.
func (s *Store) can(needs ...need) error {
	for _, n := range needs {
		if n.needed && !s.Capabilities().Has(n.what) {
			return driver.NotSupported(n.what, "%s", n.lacks)
		}
	}
	return nil
}

func (s *Store) copyOptions(o CopyOptions) (driver.CopyOptions, error) {
	options := driver.CopyOptions{
		Mode: mode(o.Overwrite), SourceVersion: o.SourceVersion, SourceIfMatch: quotedETags(o.SourceIfMatch),
	}
	if err := checkETag(o.SourceIfMatch); err != nil {
		return options, err
	}
	if o.Replace != nil {
		replace, err := s.putOptions(*o.Replace)
		if err != nil {
			return options, err
		}
		options.Replace = &replace
	}
	return options, s.checkVersion(o.SourceVersion)
}

// checkRead also puts quotes around ETags that lost them.
func (s *Store) checkRead(c *Conditions, versionID string) error {
	for _, etags := range []*string{&c.IfMatch, &c.IfNoneMatch} {
		if !isHeader(*etags) {
			return errs.New(errs.InvalidArgument, "an ETag is printable ASCII without space around it")
		}
		*etags = quotedETags(*etags)
	}
	for _, t := range []time.Time{c.IfModifiedSince, c.IfUnmodifiedSince} {
		if year := t.Year(); year < 1 || year > 9999 {
			return errs.New(errs.InvalidArgument, "the time of a condition is in the year %d, which HTTP cannot say", year)
		}
	}
	return s.checkVersion(versionID)
}

func (s *Store) checkDelete(o *DeleteOptions) error {
	if o.VersionID != "" && o.IfMatch != "" {
		return errs.New(errs.InvalidArgument, "a version has one ETag for ever: give the version or the ETag")
	}
	if err := checkETag(o.IfMatch); err != nil {
		return err
	}
	if err := s.checkVersion(o.VersionID); err != nil {
		return err
	}
	o.IfMatch = quotedETags(o.IfMatch)
	return s.can(need{o.IfMatch != "", driver.CanUpdate, "this backend cannot delete just the object with an ETag"})
}

func (s *Store) checkVersion(versionID string) error {
	if !isHeader(versionID) {
		return errs.New(errs.InvalidArgument, "a version is printable ASCII without space around it")
	}
	return s.can(need{versionID != "", driver.CanVersions, "this backend keeps one version of an object only"})
}

// checkReplaced checks the ETag of what a write replaces.
func checkReplaced(o PutOptions) error {
	if o.IfMatch != "" && o.Overwrite {
		return errs.New(errs.InvalidArgument, "to overwrite, and to replace just the object with an ETag, exclude each other")
	}
	return checkETag(o.IfMatch)
}

// checkETag checks that of the one object that is replaced, deleted or copied. S3
// takes no list there, and versitygw and moto no "*".
func checkETag(etag string) error {
	if !isHeader(etag) || etag == "*" || strings.ContainsRune(etag, ',') {
		return errs.New(errs.InvalidArgument, "the object must be named by one ETag, as a read or a listing gives it")
	}
	return nil
}

// quotedETags puts the quotes of RFC 9110, section 8.8.3, around an ETag that lost
// them, as remote-store's do.
func quotedETags(etags string) string {
	if etags == "" || etags == "*" || strings.ContainsRune(etags, '"') {
		return etags
	}
	names := strings.Split(etags, ",")
	for i, name := range names {
		names[i] = `"` + strings.TrimSpace(name) + `"`
	}
	return strings.Join(names, ", ")
}

// isHeader tells whether HTTP can carry a value as it is.
func isHeader(value string) bool {
	return strings.TrimSpace(value) == value && strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

func checkAttributes(a Attributes) error {
	if a == (Attributes{}) {
		return nil
	}
	for _, known := range attributeTable {
		if !isHeader(*known.of(&a)) {
			return errs.New(errs.InvalidArgument, "the attribute %s must be printable ASCII without space around it", known.name)
		}
	}
	return nil
}

// attributeTable names the attributes as HTTP does.
var attributeTable = []struct {
	name string
	of   func(*Attributes) *string
}{
	{"cache-control", func(a *Attributes) *string { return &a.CacheControl }},
	{"content-disposition", func(a *Attributes) *string { return &a.ContentDisposition }},
	{"content-encoding", func(a *Attributes) *string { return &a.ContentEncoding }},
	{"content-language", func(a *Attributes) *string { return &a.ContentLanguage }},
	{"content-type", func(a *Attributes) *string { return &a.ContentType }},
	{"storage-class", func(a *Attributes) *string { return &a.StorageClass }},
}

// ParseAttributes reads attributes by their names, in which case does not count.
func ParseAttributes(named map[string]string) (a Attributes, err error) {
	for name, value := range named {
		i := slices.IndexFunc(attributeTable, func(known struct {
			name string
			of   func(*Attributes) *string
		}) bool {
			return known.name == strings.ToLower(name)
		})
		if i < 0 {
			names := make([]string, len(attributeTable))
			for i, known := range attributeTable {
				names[i] = known.name
			}
			return a, errs.New(errs.InvalidArgument, "unknown attribute %q: there are %s", name, strings.Join(names, ", "))
		}
		if *attributeTable[i].of(&a) != "" {
			return a, errs.New(errs.InvalidArgument, "the attribute %s is there twice: case does not count", attributeTable[i].name)
		}
		*attributeTable[i].of(&a) = value
	}
	return a, nil
}

// NameAttributes is what [ParseAttributes] reads, of those that are known.
func NameAttributes(a Attributes) map[string]string {
	if a == (Attributes{}) {
		return nil
	}
	named := map[string]string{}
	for _, known := range attributeTable {
		if value := *known.of(&a); value != "" {
			named[known.name] = value
		}
	}
	return named
}

// The limits of S3 on the tags of an object ("Categorizing your objects using
// tags", Amazon S3 User Guide).
const (
	maxTags     = 10
	maxTagKey   = 128 // characters
	maxTagValue = 256
)

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return errs.New(errs.InvalidArgument, "the object would have %d tags, but may have %d at most", len(tags), maxTags)
	}
	for key, value := range tags {
		switch {
		case key == "", utf8.RuneCountInString(key) > maxTagKey, !isTag(key), strings.HasPrefix(strings.ToLower(key), "aws:"):
			return errs.New(errs.InvalidArgument, "the key of a tag is 1 to %d letters, digits, spaces and +-=._:/@, "+
				"and does not begin with aws:, which %q is not", maxTagKey, key)
		case utf8.RuneCountInString(value) > maxTagValue, !isTag(value):
			return errs.New(errs.InvalidArgument, "the value of the tag %q must be %d letters, digits, spaces and +-=._:/@ at most",
				key, maxTagValue)
		}
	}
	return nil
}

func isTag(text string) bool {
	return utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsSpace(r) && !strings.ContainsRune("+-=._:/@", r)
	}) < 0
}

// cannedACLs are those of an object ("Access control list overview", Amazon S3
// User Guide).
var cannedACLs = []string{
	"private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read",
	"bucket-owner-full-control",
}

func checkACL(acl string) error {
	if acl != "" && !slices.Contains(cannedACLs, acl) {
		return errs.New(errs.InvalidArgument, "the ACL is unknown: there are %s", strings.Join(cannedACLs, ", "))
	}
	return nil
}

// checkRange refuses a range that cannot be one.
func checkRange(r driver.Range) error {
	switch {
	case r.Offset < 0:
		return errs.New(errs.InvalidArgument, "offset is %d, but must be 0 or more", r.Offset)
	case r.Length < 0:
		return errs.New(errs.InvalidArgument, "length is %d, but must be 0 (up to the end) or more", r.Length)
	case r.Suffix < 0:
		return errs.New(errs.InvalidArgument, "suffix is %d, but must be 0 (no suffix) or more", r.Suffix)
	case r.Suffix > 0 && (r.Offset > 0 || r.Length > 0):
		return errs.New(errs.InvalidArgument, "a suffix is a range by itself: leave out offset and length")
	}
	return nil
}
