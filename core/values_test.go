package core

import (
	"encoding/pem"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

// aCertificate is one in PEM form.
func aCertificate(t *testing.T) string {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"2.5":                  2500 * time.Millisecond,
		"0":                    0,
		"1e1":                  10 * time.Second,
		"500ms":                500 * time.Millisecond,
		"2m 30s":               150 * time.Second,
		"2h 37min":             2*time.Hour + 37*time.Minute,
		"1h30m":                90 * time.Minute,
		"1.5h":                 90 * time.Minute,
		"60 seconds":           time.Minute,
		"1 second":             time.Second,
		"1 sec":                time.Second,
		"3 minutes 1 minute":   4 * time.Minute,
		"1hr 1 hour 2 hours":   4 * time.Hour,
		"1d 1 day 2days":       96 * time.Hour,
		"1w 1week 2 weeks":     28 * 24 * time.Hour,
		"1 M":                  time.Duration(30.44 * 24 * float64(time.Hour)),
		"1 month 1months":      time.Duration(2 * 30.44 * 24 * float64(time.Hour)),
		"1y 1year 2 years":     4 * 8766 * time.Hour,
		"1ns 2nsec":            3,
		"1us 1usec 1µs":        3000,
		"32msec":               32 * time.Millisecond,
		" 7  s ":               7 * time.Second,
		"0.29":                 290 * time.Millisecond,
		"0.000000001":          1,
		"1 day 1 hr 1 min 1 s": 25*time.Hour + time.Minute + time.Second,
	} {
		var d time.Duration
		require.NoError(t, parseDuration("x", text, &d), text)
		assert.Equal(t, want, d, text)
	}
	for _, text := range []string{
		"", " ", "-1", "-1s", "1 s -1 s", "+1s", "s", "1x", "1 S", "1 H", "one second", "1s,2s", "1:30", "nan", "inf", "1e300",
		"1000000000000000000000 years", "101y", "1..5s", "1s2", "5 5", "١s",
	} {
		d := time.Duration(7)
		requireError(t, parseDuration("x", text, &d), errs.InvalidOption)
		assert.EqualValues(t, 7, d, text)
	}
}

func TestTruths(t *testing.T) {
	for text, want := range map[string]bool{
		"true": true, "True": true, "TRUE": true, "1": true, "yes": true, "Y": true, "on": true,
		"false": false, "False": false, "0": false, "no": false, "N": false, "OFF": false,
	} {
		got := !want
		require.NoError(t, parseBool("x", text, &got), text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "2", "t", "f", " true", "wahr"} {
		requireError(t, parseBool("x", text, new(bool)), errs.InvalidOption)
	}
}
