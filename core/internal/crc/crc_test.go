package crc

import (
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The check values of the CRC catalogue, of "123456789".
func TestSum(t *testing.T) {
	for name, want := range map[string]string{
		"crc32": "cbf43926", "crc32c": "e3069283", "crc64nvme": "ae8b14860a799888",
	} {
		a := Algorithms[name]
		sum := a.Sum([]byte("123456789"))
		assert.Equal(t, want, hex.EncodeToString(a.Encode(sum)), name)
		assert.Equal(t, sum, a.Decode(a.Encode(sum)), name)
	}
}

func TestCombine(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 100_003)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	for name, a := range Algorithms {
		whole := a.Sum(data)
		for range 200 {
			at := random.IntN(len(data) + 1)
			first, second := data[:at], data[at:]
			assert.Equal(t, whole, a.Combine(a.Sum(first), a.Sum(second), int64(len(second))), "%s at %d", name, at)
		}
		combined, pieces := uint64(0), data
		for len(pieces) > 0 {
			n := min(len(pieces), random.IntN(9999)) // some of them empty
			combined = a.Combine(combined, a.Sum(pieces[:n]), int64(n))
			pieces = pieces[n:]
		}
		assert.Equal(t, whole, combined, name)
	}
}
