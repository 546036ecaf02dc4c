package s3

import (
	"net/http"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/s3/fastlane"
)

// laneRequest is a request of the lane. It is a part of its call, so that both are one
// piece of memory.
type laneRequest struct {
	fastlane.Request
	room [8]fastlane.Header // for more than most requests have
}

// request begins the request of the lane. Its Headers, which are put into it behind that,
// are in lower case.
func (c *call) request(method, key string) *laneRequest {
	r := &c.lane
	r.Request = fastlane.Request{Method: method, Key: key, Headers: r.room[:0]}
	return r
}

// addEven adds a header, also an empty one.
func (r *laneRequest) addEven(name, value string) {
	r.Headers = append(r.Headers, fastlane.Header{Name: name, Value: value})
}

// add adds one that is not empty.
func (r *laneRequest) add(name, value string) {
	if value != "" {
		r.addEven(name, value)
	}
}

// addIf adds one that is given.
func (r *laneRequest) addIf(name string, value *string) {
	if value != nil {
		r.addEven(name, *value)
	}
}

func (r *laneRequest) addConditions(c driver.Conditions) {
	c = inRequest(c)
	r.add("if-match", c.IfMatch)
	r.add("if-none-match", c.IfNoneMatch)
	r.addTime("if-modified-since", c.IfModifiedSince)
	r.addTime("if-unmodified-since", c.IfUnmodifiedSince)
}

func (r *laneRequest) addTime(name string, at time.Time) {
	if !at.IsZero() {
		r.addEven(name, at.UTC().Format(http.TimeFormat))
	}
}

// versionQuery is the query for a version; "" is the present one.
func versionQuery(id string) string {
	if id == "" {
		return ""
	}
	return string(fastlane.AppendQuery([]byte("versionId="), id))
}
