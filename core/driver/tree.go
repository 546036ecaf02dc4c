package driver

import (
	"context"
	"io"
	"slices"
	"strings"
)

const defaultPageSize = 1000

// PageLimit is the page size that o asks for.
func (o ListOptions) PageLimit() int {
	if o.PageSize > 0 {
		return o.PageSize
	}
	return defaultPageSize
}

// ReadDir returns the entries of one folder ("" is the root), in any order;
// their keys are whole keys. A folder that does not exist has no entries.
type ReadDir func(ctx context.Context, folder string) ([]Object, error)

// NewTreeLister lists a hierarchical backend through its ReadDir, depth first
// and in the order in which a flat backend lists the same keys.
func NewTreeLister(readDir ReadDir, o ListOptions) Lister {
	folder := o.Prefix[:strings.LastIndexByte(o.Prefix, '/')+1]
	return &treeLister{
		readDir: readDir,
		o:       o,
		enter:   &Object{Key: strings.TrimSuffix(folder, "/"), Folder: true},
	}
}

type treeLister struct {
	readDir ReadDir
	o       ListOptions
	enter   *Object    // a folder to be read next, or nil
	open    [][]Object // what is left of the folders on the way down
	page    []Object   // collected so far: it outlives a Next that fails
}

func (l *treeLister) Next(ctx context.Context) ([]Object, error) {
	for len(l.page) < l.o.PageLimit() {
		if l.enter != nil {
			entries, err := l.readDir(ctx, l.enter.Key)
			if err != nil {
				return nil, err
			}
			slices.SortFunc(entries, CompareKeys)
			l.enter = nil
			l.open = append(l.open, entries)
		}
		n := len(l.open)
		if n == 0 {
			break
		}
		if len(l.open[n-1]) == 0 {
			l.open = l.open[:n-1]
			continue
		}
		entry := l.open[n-1][0]
		l.open[n-1] = l.open[n-1][1:]
		if !strings.HasPrefix(sortKey(entry), l.o.Prefix) {
			continue
		}
		behind := sortKey(entry) > l.o.After
		if entry.Folder && (l.o.Levels == 0 || n < l.o.Levels) && (behind || strings.HasPrefix(l.o.After, sortKey(entry))) {
			l.enter = &entry
		}
		if behind && (!entry.Folder || l.o.Folders) {
			l.page = append(l.page, entry)
		}
	}
	page := l.page
	l.page = nil
	if len(page) == 0 {
		return nil, io.EOF
	}
	return page, nil
}

// CompareKeys orders objects and folders by the byte order of their keys.
func CompareKeys(a, b Object) int {
	return strings.Compare(sortKey(a), sortKey(b))
}

// sortKey makes a folder sort where the keys below it do: "a.txt" comes
// before what is in "a", because '.' is less than '/'.
func sortKey(o Object) string {
	if o.Folder {
		return o.Key + "/"
	}
	return o.Key
}
