package core

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

func TestOnlyAnEndpointIsProbed(t *testing.T) {
	folder := url.URL{Scheme: "file", Path: t.TempDir()}
	for _, place := range []string{"memory://", folder.String()} {
		store, err := Open(place, nil)
		require.NoError(t, err)
		_, err = store.Probe(t.Context())
		require.Equal(t, errs.NotSupported, errs.CodeOf(err), place)
		assert.Equal(t, "probe", err.(*errs.Error).Capability)
		require.NoError(t, store.Close())
		_, err = store.Probe(t.Context())
		require.Equal(t, errs.Closed, errs.CodeOf(err), place)
	}
}

// The names are part of the C ABI.
func TestProbeJSON(t *testing.T) {
	text, err := ProbeJSON(ProbeReport{
		Endpoint: "http://e", Bucket: "b", Server: "s", Requests: 3,
		Findings: []driver.ProbeFinding{{Name: "n", Outcome: driver.Refused, HTTPStatus: 400, S3Code: "c", Message: "m"}},
		Options:  []driver.ProbeOption{{Name: "o", Value: "v", Reason: "r"}},
		Left:     []string{"k"},
	})
	require.NoError(t, err)
	assert.Equal(t, `{"endpoint":"http://e","bucket":"b","server":"s","requests":3,`+
		`"findings":[{"name":"n","outcome":"refused","http_status":400,"s3_code":"c","message":"m"}],`+
		`"options":[{"name":"o","value":"v","reason":"r"}],"left":["k"]}`, text)
}
