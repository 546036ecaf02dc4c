package driver

import (
	"strings"
	"time"

	"github.com/libremotestore/libremotestore/core/errs"
)

// Check tells whether the conditions hold for an object, in the order of RFC
// 9110, section 13.2.2.
func (c Conditions) Check(o Object) error {
	modified := o.Modified.Truncate(time.Second) // as HTTP has it
	if o.Modified.IsZero() {                     // not known
		c.IfModifiedSince, c.IfUnmodifiedSince = time.Time{}, time.Time{}
	}
	switch {
	case c.IfMatch != "" && !namesETag(withoutWeak(c.IfMatch, o.ETag), o.ETag):
		return Mismatch()
	case c.IfMatch == "" && !c.IfUnmodifiedSince.IsZero() && modified.After(c.IfUnmodifiedSince):
		return errs.New(errs.PreconditionFailed, "the object was modified after %s", c.IfUnmodifiedSince.UTC().Format(time.RFC3339))
	case c.IfNoneMatch != "" && namesETag(c.IfNoneMatch, o.ETag):
		return Unmodified()
	case c.IfNoneMatch == "" && !c.IfModifiedSince.IsZero() && !modified.After(c.IfModifiedSince.Truncate(time.Second)):
		return Unmodified()
	}
	return nil
}

// namesETag tells whether a list of ETags, or "*", names one. Quotes may be
// missing, as they are where a host has stripped them.
func namesETag(list, etag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "*" || one != "" && opaque(one) == opaque(etag) {
			return true
		}
	}
	return false
}

// withoutWeak leaves weak ETags out of a list that only strong ones may match (RFC
// 9110, section 13.1.1), but where the object has a weak one itself.
func withoutWeak(list, etag string) string {
	if isWeak(etag) {
		return list
	}
	strong := []string{}
	for one := range strings.SplitSeq(list, ",") {
		if !isWeak(strings.TrimSpace(one)) {
			strong = append(strong, one)
		}
	}
	return strings.Join(strong, ",")
}

func isWeak(etag string) bool { return strings.HasPrefix(etag, "W/") }

// opaque is an ETag without its quotes, and without the sign of a weak one, which
// a proxy that compresses adds.
func opaque(etag string) string { return strings.Trim(strings.TrimPrefix(etag, "W/"), `"`) }
