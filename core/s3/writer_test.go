package s3

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The limits are those of "Amazon S3 multipart upload limits", User Guide.
func TestPartsGrowUpToTheLargestObject(t *testing.T) {
	const largestPart, largestObject = int64(5) << 30, int64(5) << 40
	for _, first := range []int64{5 << 20, defaultPartSize, 64 << 20} {
		var sum int64
		for number := 1; number <= maxParts; number++ {
			size := partSize(first, number)
			assert.GreaterOrEqual(t, size, first)
			assert.LessOrEqual(t, size, largestPart)
			sum += size
		}
		assert.GreaterOrEqual(t, sum, largestObject, "parts of %d at first", first)
	}
	// The memory that a stream of such a size needs, in the sizes that are common.
	assert.EqualValues(t, defaultPartSize, partSize(defaultPartSize, evenParts))
}

func TestPartsOfAKnownSize(t *testing.T) {
	b := &backend{}
	for size, parts := range map[int64]int64{
		maxPut + 1:         9,
		100 << 30:          maxParts,
		int64(5) << 40:     maxParts,
		maxParts * 8 << 20: maxParts,
	} {
		part := b.partSizeOf(size)
		assert.LessOrEqual(t, (size+part-1)/part, int64(maxParts), size)
		assert.Equal(t, parts, (size+part-1)/part, size)
	}
}

func TestPartsThatDoNotGrow(t *testing.T) {
	assert.EqualValues(t, defaultPartSize, (&backend{config: Config{EvenParts: true}}).sizeOfPart(maxParts))
	assert.Greater(t, (&backend{}).sizeOfPart(maxParts), int64(1<<30))
}
