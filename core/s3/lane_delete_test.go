package s3_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/s3"
)

// Whatever an endpoint answers, the lane makes of it what the SDK does, with as many requests.
func TestDeleteObjectsInBothLanes(t *testing.T) {
	t.Parallel()
	const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`
	for name, c := range map[string]struct {
		body string
		want string
	}{
		"all":                 {head + `/>`, "[]"},
		"all, with space":     {head + ">\n</DeleteResult>\n", "[]"},
		"one refused":         {head + `><Error><Key>b &lt;</Key><Code>AccessDenied</Code></Error></DeleteResult>`, "[b <]"},
		"Quiet ignored":       {head + `><Deleted><Key>a</Key></Deleted><Deleted><Key>b &lt;</Key></Deleted></DeleteResult>`, "[]"},
		"another one refused": {head + `><Error><Key>c</Key><Code>AccessDenied</Code></Error></DeleteResult>`, "CORRUPT"},
		"an error":            {`<Error><Code>InternalError</Code><Message>m</Message></Error>`, ""},
		"broken off":          {head + `><Error><Key>a`, ""},
		"no XML":              {"deleted", ""},
		"nothing":             {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var said [2]string
			for i, sdk := range []bool{false, true} {
				var requests atomic.Int32
				config := toLane(stubFor(t, func(w http.ResponseWriter, r *http.Request) {
					requests.Add(1)
					_, _ = io.Copy(io.Discard, r.Body)
					_, _ = io.WriteString(w, c.body)
				}))
				config.WithoutFastLane = sdk
				failed, err := openLane(t, config).(driver.Flat).DeleteMany(t.Context(), []driver.Version{{Key: "a"}, {Key: "b <"}})
				var names []string
				for _, f := range failed {
					names = append(names, f.Key)
				}
				said[i] = fmt.Sprint(names)
				if err != nil {
					said[i] = err.Error()
				}
				said[i] += fmt.Sprint(" ", requests.Load())
			}
			assert.Equal(t, said[1], said[0])
			assert.True(t, strings.Contains(said[0], c.want), said[0])
		})
	}
}

// The body of a request of the lane is that of the SDK, character by character.
func TestLaneDeletesAsTheSDKDoes(t *testing.T) {
	t.Parallel()
	var bodies [2]string
	var headers [2]http.Header
	for i, sdk := range []bool{false, true} {
		before := s3.Served()["fast lane"]
		config := toLane(stubFor(t, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			bodies[i], headers[i] = string(body), r.Header
			_, _ = io.WriteString(w, "<DeleteResult/>")
		}))
		config.WithoutFastLane = sdk
		failed, err := openLane(t, config).(driver.Flat).DeleteMany(t.Context(), []driver.Version{
			{Key: "a"}, {Key: `<&>"'`, VersionID: "v&1"}, {Key: "é \u0085\u2028\U0001F600"}})
		require.NoError(t, err)
		assert.Empty(t, failed)
		if !sdk {
			assert.Greater(t, s3.Served()["fast lane"], before)
		}
	}
	assert.Equal(t, bodies[1], bodies[0])
	for _, name := range []string{"Content-Md5", "Content-Type", "X-Amz-Checksum-Crc32", "X-Amz-Content-Sha256", "Content-Length"} {
		assert.Equal(t, headers[1][name], headers[0][name], name)
		assert.NotEmpty(t, headers[0][name], name)
	}
}
