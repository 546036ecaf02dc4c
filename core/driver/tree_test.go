package driver_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// A page that could not be completed must not be lost: the next call goes on.
func TestTreeListerGoesOnAfterAnError(t *testing.T) {
	tree := map[string][]driver.Object{
		"":  {{Key: "d"}, {Key: "b", Folder: true}, {Key: "a"}, {Key: "c", Folder: true}},
		"b": {{Key: "b/x"}},
		"c": {{Key: "c/y"}},
	}
	fail := true
	lister := driver.NewTreeLister(func(_ context.Context, folder string) ([]driver.Object, error) {
		if folder == "c" && fail {
			fail = false
			return nil, errs.New(errs.Deadline, "too slow")
		}
		return tree[folder], nil
	}, driver.ListOptions{})

	_, err := lister.Next(t.Context())
	require.Equal(t, errs.Deadline, errs.CodeOf(err))
	page, err := lister.Next(t.Context())
	require.NoError(t, err)
	var keys []string
	for _, o := range page {
		keys = append(keys, o.Key)
	}
	assert.Equal(t, []string{"a", "b/x", "c/y", "d"}, keys)
	_, err = lister.Next(t.Context())
	assert.Equal(t, io.EOF, err)
}
