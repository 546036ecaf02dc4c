package main

import (
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// column is a column of text as Arrow reads it; a null is "-".
func column(t *testing.T, of texts) []string {
	var values []string
	require.Zero(t, of.offsets[0])
	for i := range len(of.offsets) - 1 {
		value := string(unsafe.Slice((*byte)(unsafe.Add(of.bytes, of.offsets[i])), of.offsets[i+1]-of.offsets[i]))
		if of.validity != nil && of.validity[i/8]>>(i%8)&1 == 0 {
			assert.Empty(t, value)
			value = "-"
		}
		values = append(values, value)
	}
	return values
}

func TestRowsThatMissSomething(t *testing.T) {
	const path, lastModified, size, eTag, version = 0, 1, 2, 3, 4 // arrow.h, whose names a test cannot use
	var infos []core.Info
	for i := range 10 { // the bits of validity take two bytes
		infos = append(infos, core.Info{Path: strings.Repeat("ü", i), ETag: []string{`"e"`, "", "\xff"}[i%3], Size: int64(i)})
	}
	infos[2].VersionID = "v"
	infos[3].Modified = time.Unix(1, 1999)
	infos[4].Modified = time.Unix(-1, 0)
	rows, err := makeRows(infos)
	require.NoError(t, err)
	assert.EqualValues(t, 10, rows.length)
	assert.Equal(t, []string{"", "ü", "üü", "üüü"}, column(t, textsOf(rows, path))[:4])
	assert.Equal(t, []string{`"e"`, "-", "\uFFFD", `"e"`, "-", "\uFFFD", `"e"`, "-", "\uFFFD", `"e"`}, column(t, textsOf(rows, eTag)))
	assert.Equal(t, []string{"-", "-", "v", "-", "-", "-", "-", "-", "-", "-"}, column(t, textsOf(rows, version)))
	assert.EqualValues(t, 3, rows.columns[eTag].null_count)
	assert.EqualValues(t, 9, rows.columns[version].null_count)
	assert.Zero(t, rows.columns[path].null_count)
	assert.Equal(t, []int64{0, 0, 0, 1_000_001, -1_000_000, 0}, valuesOf[int64](rows, lastModified)[:6])
	assert.EqualValues(t, 9, valuesOf[uint64](rows, size)[9])
}

func TestMoreTextThanOffsetsCanSay(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	infos := make([]core.Info, 1<<11)
	for i := range infos {
		infos[i].Path = long
	}
	_, err := makeRows(infos)
	require.Equal(t, errs.InvalidArgument, errs.CodeOf(err))
	assert.ErrorContains(t, err, "2048 rows have 2147483648 bytes")
}
