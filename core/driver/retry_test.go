package driver

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestDelayGrows(t *testing.T) {
	p := RetryPolicy{BackoffBase: time.Second, BackoffMax: time.Minute}
	for factor, want := range map[float64][]time.Duration{0: {1, 2, 4, 8}, 1: {1, 1, 1, 1}, 3: {1, 3, 9, 27}, 1e300: {1, 60, 60, 60}} {
		p.BackoffFactor = factor
		for i, seconds := range want {
			assert.Equal(t, seconds*time.Second, p.Delay(i+1, 0), "factor %g", factor)
		}
	}
	assert.Zero(t, RetryPolicy{BackoffFactor: 1e300, BackoffMax: time.Minute}.Delay(9, 0))
	assert.Equal(t, time.Hour, p.Delay(1, time.Hour), "the endpoint asked for it")
}
