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
	switch {
	case c.IfMatch != "" && !namesETag(c.IfMatch, o.ETag):
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
		one = strings.TrimSpace(one)
		if one == "*" || strings.Trim(one, `"`) == strings.Trim(etag, `"`) {
			return true
		}
	}
	return false
}
