package driver

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/libremotestore/libremotestore/core/errs"
)

func TestConditions(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 500, time.UTC)
	second := at.Truncate(time.Second)
	object := Object{ETag: `"x"`, Modified: at}
	weak := Object{ETag: `W/"x"`, Modified: at} // as a proxy that compresses makes it
	for _, c := range []struct {
		name string
		o    Object
		c    Conditions
		want errs.Code
	}{
		{"none", object, Conditions{}, errs.OK},
		{"match", object, Conditions{IfMatch: `"x"`}, errs.OK},
		{"match without quotes", object, Conditions{IfMatch: `x`}, errs.OK},
		{"match in a list", object, Conditions{IfMatch: `"a", "x"`}, errs.OK},
		{"match any", object, Conditions{IfMatch: `*`}, errs.OK},
		{"match another", object, Conditions{IfMatch: `"y"`}, errs.PreconditionFailed},
		{"match no object's", Object{}, Conditions{IfMatch: `W/"x"`}, errs.PreconditionFailed},
		{"match a weak one", object, Conditions{IfMatch: `W/"x"`}, errs.PreconditionFailed},
		{"match in a list with a weak one", object, Conditions{IfMatch: `W/"y", "x"`}, errs.OK},
		{"match what a proxy has weakened", weak, Conditions{IfMatch: `"x"`}, errs.OK},
		{"match as a proxy told it", weak, Conditions{IfMatch: `W/"x"`}, errs.OK},
		{"none match", object, Conditions{IfNoneMatch: `"x"`}, errs.NotModified},
		{"none match weakly", object, Conditions{IfNoneMatch: `W/"x"`}, errs.NotModified},
		{"none match any", object, Conditions{IfNoneMatch: `*`}, errs.NotModified},
		{"none match another", object, Conditions{IfNoneMatch: `"y"`}, errs.OK},
		{"modified since", object, Conditions{IfModifiedSince: second.Add(-time.Second)}, errs.OK},
		{"modified in that second", object, Conditions{IfModifiedSince: second}, errs.NotModified},
		{"an ETag outranks the time", object, Conditions{IfNoneMatch: `"y"`, IfModifiedSince: second}, errs.OK},
		{"unmodified since", object, Conditions{IfUnmodifiedSince: second}, errs.OK},
		{"modified after", object, Conditions{IfUnmodifiedSince: second.Add(-time.Second)}, errs.PreconditionFailed},
		{"an ETag outranks that too", object, Conditions{IfMatch: `"x"`, IfUnmodifiedSince: second.Add(-time.Second)}, errs.OK},
	} {
		assert.Equal(t, c.want, errs.CodeOf(c.c.Check(c.o)), c.name)
	}
}
