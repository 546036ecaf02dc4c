package core

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// scripted lists pages as they are; an empty one is a failure, once. A path
// that ends in '/' is a folder.
type scripted struct {
	driver.Tree
	pages []string
	asked int
}

func (*scripted) Name() string                            { return "scripted" }
func (s *scripted) List(driver.ListOptions) driver.Lister { return s }

func (s *scripted) Next(context.Context) ([]driver.Object, error) {
	s.asked++
	if len(s.pages) == 0 {
		return nil, io.EOF
	}
	page := s.pages[0]
	s.pages = s.pages[1:]
	if page == "" {
		return nil, errs.New(errs.Unavailable, "not now")
	}
	var objects []driver.Object
	for path := range strings.FieldsSeq(page) {
		objects = append(objects, driver.Object{Key: strings.TrimSuffix(path, "/"), Folder: strings.HasSuffix(path, "/")})
	}
	return objects, nil
}

func scriptedList(t *testing.T, pageSize int, pages ...string) (*Lister, *scripted) {
	d := &scripted{pages: pages}
	l, err := newStore(d, "").List("", ListOptions{PageSize: pageSize})
	require.NoError(t, err)
	return l, d
}

func said(infos []Info, err error) string {
	paths := ""
	for _, info := range infos {
		paths += info.Path + " "
	}
	switch {
	case err == io.EOF:
		return paths + "EOF"
	case err != nil:
		return paths + errs.CodeOf(err).String()
	}
	return strings.TrimSpace(paths)
}

func rows(t *testing.T, l *Lister, n int) string { return said(l.Rows(t.Context(), n)) }
func next(t *testing.T, l *Lister) string        { return said(l.Next(t.Context())) }

func TestRowsGatherPages(t *testing.T) {
	l, d := scriptedList(t, 0, "a b c", "d", "e f g")
	assert.Equal(t, "a b", rows(t, l, 2))
	assert.Equal(t, 1, d.asked)
	assert.Equal(t, "c d e", rows(t, l, 3))
	assert.Equal(t, "f g", rows(t, l, 1000))
	assert.Equal(t, "EOF", rows(t, l, 1000))
	assert.Equal(t, "EOF", rows(t, l, 0))
	assert.Equal(t, 4, d.asked, "the end is asked for once")
}

func TestRowsTakesAllThatAreLeft(t *testing.T) {
	l, _ := scriptedList(t, 0, "a b c", "d", "e")
	assert.Equal(t, "a", rows(t, l, 1))
	assert.Equal(t, "b c d e", rows(t, l, 0))
	assert.Equal(t, "EOF", next(t, l))
}

func TestRowsLeavesTheFoldersToThePages(t *testing.T) {
	l, d := scriptedList(t, 2, "a b/ c", "d/ e/", "f g")
	assert.Equal(t, "a c f", rows(t, l, 3))
	assert.Equal(t, "b d", next(t, l), "pages have their size")
	assert.Equal(t, "e", next(t, l))
	assert.Equal(t, "g", next(t, l))
	assert.Equal(t, "EOF", next(t, l))
	assert.Equal(t, 4, d.asked)
}

func TestRowsLoseNothingByAnError(t *testing.T) {
	l, _ := scriptedList(t, 0, "a b/ c", "", "d", "", "", "e")
	assert.Equal(t, "UNAVAILABLE", rows(t, l, 3))
	assert.Equal(t, "a c d", rows(t, l, 3))
	assert.Equal(t, "UNAVAILABLE", rows(t, l, 0))
	assert.Equal(t, "UNAVAILABLE", rows(t, l, 0))
	assert.Equal(t, "e", rows(t, l, 0))
	assert.Equal(t, "b", next(t, l))

	l, _ = scriptedList(t, 0, "a c", "")
	assert.Equal(t, "UNAVAILABLE", rows(t, l, 3))
	assert.Equal(t, "a", rows(t, l, 1), "what was read needs no request")
	assert.Equal(t, "c", next(t, l))
}

func TestRowsOfNamesThatAreNoText(t *testing.T) {
	l, _ := scriptedList(t, 0, "a \xff/ b\xfe", "c")
	assert.Equal(t, "a c", rows(t, l, 0))
	infos, err := l.Rows(t.Context(), 0)
	assert.Empty(t, infos)
	require.Equal(t, errs.InvalidPath, errs.CodeOf(err))
	assert.Equal(t, "b\uFFFD", err.(*errs.Error).Path)
	assert.Equal(t, "\xff b\xfe", next(t, l))
	assert.Equal(t, "EOF", rows(t, l, 0))
}

func TestRowsOfAFolderWithANameThatIsNoText(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "\xff"), nil, 0o600))
	s, err := Open("file://"+folder, nil)
	require.NoError(t, err)
	l, err := s.List("", ListOptions{Recursive: true})
	require.NoError(t, err)
	assert.Equal(t, "INVALID_PATH", rows(t, l, 0))
	page, err := l.Next(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "\xff", page[0].Path)
	assert.True(t, page[0].Odd)
}

func TestUnreadIsReadAgain(t *testing.T) {
	l, _ := scriptedList(t, 0, "a b/ c", "d")
	page, err := l.Next(t.Context())
	l.Unread(page)
	assert.Equal(t, "a b c", said(page, err))
	assert.Equal(t, "a b c", next(t, l))
	l, _ = scriptedList(t, 0, "a b/ c", "d")
	some, err := l.Rows(t.Context(), 1)
	require.NoError(t, err)
	l.Unread(some)
	assert.Equal(t, "a c d", rows(t, l, 0))
}

func TestRowsEndWithTheirContext(t *testing.T) {
	s, err := Open("memory://", nil)
	require.NoError(t, err)
	for i := range 3 {
		_, err := s.Put(t.Context(), fmt.Sprintf("%d/a", i), nil, PutOptions{})
		require.NoError(t, err)
	}
	l, err := s.List("", ListOptions{Recursive: true})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, "CANCELLED", said(l.Rows(ctx, 0)))
	assert.Equal(t, "0/a 1/a 2/a", rows(t, l, 0))
	require.NoError(t, s.Close())
	assert.Equal(t, "CLOSED", rows(t, l, 0))
}

// bucketless is a flat backend whose bucket is missing.
type bucketless struct{ scripted }

func (b *bucketless) List(driver.ListOptions) driver.Lister { return b }

func (b *bucketless) Next(context.Context) ([]driver.Object, error) {
	return nil, errs.New(errs.NotFound, "no such bucket")
}

func TestAMissingBucketIsEmptyUnlessItMustExist(t *testing.T) {
	for _, mustExist := range []bool{false, true} {
		l, err := newStore(&bucketless{}, "").List("", ListOptions{MustExist: mustExist})
		require.NoError(t, err)
		want := "EOF"
		if mustExist {
			want = errs.NotFound.String()
		}
		assert.Equal(t, want, next(t, l))
		assert.Equal(t, want, rows(t, l, 0))
	}
}

func TestMemoryOfPagesIsUsedAgain(t *testing.T) {
	l, _ := scriptedList(t, 2, "a b c d", "e f")
	first, err := l.Next(t.Context())
	require.NoError(t, err)
	l.Recycle(first)
	second, err := l.Next(t.Context())
	assert.Equal(t, "c d", said(second, err), "what is ahead is another part")
	before, err := l.Token()
	require.NoError(t, err)
	l.Recycle(second)
	clear(second)
	after, err := l.Token()
	require.NoError(t, err)
	assert.Equal(t, before, after, "the position is no part of a page")
	third, err := l.Next(t.Context())
	assert.Equal(t, "e f", said(third, err))
	assert.Same(t, &second[0], &third[0])
}
