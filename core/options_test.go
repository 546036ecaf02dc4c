package core

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

// Names are found folded, so they must be unique and stand in the table so.
func TestNamesOfOptions(t *testing.T) {
	seen := map[string]bool{}
	for i := range optionTable {
		require.NotEmpty(t, optionTable[i].spellings())
		for _, name := range optionTable[i].spellings() {
			assert.False(t, seen[name], "%s is twice in the table", name)
			seen[name] = true
			assert.Equal(t, name, fold(name))
			for _, spelling := range []string{
				name, strings.ToUpper(name), "aws_" + name, "AWS_" + strings.ToUpper(name), "Aws_" + name,
			} {
				found, err := findOption(spelling)
				require.NoError(t, err, spelling)
				assert.Same(t, &optionTable[i], found, spelling)
			}
		}
	}
}

func TestSpellingsOfOptions(t *testing.T) {
	for _, c := range []struct {
		set  []string // "spelling=value"
		says string   // the error of the last; "" is none
	}{
		{set: []string{"region=a", "region=b"}},
		{set: []string{"region=a", "AWS_REGION=a"}},
		{set: []string{"region=a", "AWS_REGION=b"}, says: "region and AWS_REGION are the same option, with different values"},
		{set: []string{"REGION=a", "region=b"}, says: "REGION and region are the same option, with different values"},
		{set: []string{"token=a", "session_token=" + secret}, says: "token and session_token are the same option"},
		{set: []string{"endpoint_url=h:1", "aws_endpoint=https://h:1/"}},
		{set: []string{"endpoint_url=h:1", "aws_endpoint=http://h:1/"}, says: "endpoint_url and aws_endpoint are the same option"},
		{set: []string{"max_retries=2", "max_attempts=3"}},
		{set: []string{"max_retries=2", "max_attempts=2"}, says: "max_retries and max_attempts are the same option"},
		{set: []string{"connect_timeout=60", "AWS_CONNECT_TIMEOUT=1m"}},
		{set: []string{"region=a b"}, says: "region must be letters"},
		{set: []string{"AWS_Region=a b"}, says: "AWS_Region must be letters"},
	} {
		var o Options
		for i, set := range c.set {
			spelling, value, _ := strings.Cut(set, "=")
			err := o.Set(spelling, value)
			if c.says == "" || i < len(c.set)-1 {
				require.NoError(t, err, c.set)
				continue
			}
			assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, c.says)
		}
	}
}

// A copy of options, as the C ABI makes one for each store, stays as it is.
func TestCopiesOfOptions(t *testing.T) {
	o := Options{}
	require.NoError(t, o.Set("region", "a"))
	copied := o
	require.NoError(t, o.Set("region", "b"))
	require.NoError(t, o.Set("bucket", "b"))
	setup := s3Setup{}
	require.NoError(t, copied.given.apply(&setup, ""))
	assert.Equal(t, "a", setup.Region)
	assert.Empty(t, setup.Bucket)
}
