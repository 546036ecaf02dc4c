package core

import (
	"context"
	"io"
	"regexp"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// ListOptions says what List lists: what is in the folder itself, unless one
// of Recursive and MaxDepth says otherwise.
type ListOptions struct {
	Recursive bool   // every level below the folder
	MaxDepth  *int   // so many levels below the folder itself, whatever Recursive says; nil is no such limit
	Only      Kind   // objects or folders; AnyKind is both for one level, else objects
	Pattern   string // that the last segment of the path must match, see [List]; "" is any
	PageSize  int    // entries in a page at most, 1 to 1000; 0 is 1000
}

// List lists the folder at path ("" or "." is the root). Nothing is requested
// before the first page. In a pattern '*' is any text, '?' any character, and
// [abc], [a-z], [!abc] one of a set; a '[' that is not closed is itself.
func (s *Store) List(path string, o ListOptions) (*Lister, error) {
	return s.lister("list", path, func() (driver.Lister, func(Info) bool, error) {
		levels, err := levels(o.Recursive, o.MaxDepth)
		if err != nil {
			return nil, nil, err
		}
		keep, err := o.filter()
		if err != nil {
			return nil, nil, err
		}
		key, err := s.folder(path)
		if err != nil {
			return nil, nil, err
		}
		return s.driver.List(driver.ListOptions{
			Prefix:   driver.AsPrefix(key),
			Levels:   levels,
			Folders:  o.Only == Folder || o.Only == AnyKind && levels == 1,
			PageSize: o.PageSize,
		}), keep, nil
	}, o.PageSize)
}

// filter tells what of a driver's listing is wanted.
func (o ListOptions) filter() (func(Info) bool, error) {
	var name *regexp.Regexp
	if o.Pattern != "" {
		var err error
		if name, err = compilePattern(o.Pattern); err != nil {
			return nil, err
		}
	}
	return func(info Info) bool {
		return (o.Only == AnyKind || info.Folder == (o.Only == Folder)) &&
			(name == nil || name.MatchString(lastSegment(info.Path)))
	}, nil
}

// Glob lists the objects whose path matches a pattern, in which the segments
// are as in [List], and "**" stands for any number of segments. Nothing is
// requested before the first page.
func (s *Store) Glob(pattern string, pageSize int) (*Lister, error) {
	return s.lister("glob", pattern, func() (driver.Lister, func(Info) bool, error) {
		g, err := compileGlob(pattern)
		if err != nil {
			return nil, nil, err
		}
		key := s.root
		if g.folder != "" {
			key = driver.Join(s.root, g.folder)
		}
		return s.driver.List(driver.ListOptions{
			Prefix:   driver.AsPrefix(key),
			Levels:   g.levels,
			PageSize: pageSize,
		}), func(info Info) bool { return g.path.MatchString(info.Path) }, nil
	}, pageSize)
}

// Uploads lists the multipart uploads to the folder at path that were begun
// and neither committed nor aborted: their Info has an UploadID, and Modified
// is when they were begun.
func (s *Store) Uploads(path string, pageSize int) (*Lister, error) {
	return s.lister("uploads", path, func() (driver.Lister, func(Info) bool, error) {
		d, err := s.multiparter()
		if err != nil {
			return nil, nil, err
		}
		key, err := s.folder(path)
		if err != nil {
			return nil, nil, err
		}
		return d.Uploads(driver.ListOptions{Prefix: driver.AsPrefix(key), PageSize: pageSize}), nil, nil
	}, pageSize)
}

// Lister walks through a listing. It serves one call at a time.
type Lister struct {
	store   *Store
	name    string
	path    string
	pages   driver.Lister
	keep    func(Info) bool // nil keeps all
	started bool
}

// Waits is [Store.Waits].
func (l *Lister) Waits() bool { return l.store.waits }

func (s *Store) lister(name, path string, open func() (driver.Lister, func(Info) bool, error), pageSize int) (*Lister, error) {
	l := &Lister{store: s, name: name, path: path}
	err := s.run(context.Background(), name, path, func(context.Context) (err error) {
		if pageSize < 0 || pageSize > 1000 {
			return errs.New(errs.InvalidArgument, "page size is %d, but must be 1 to 1000, or 0 for 1000", pageSize)
		}
		l.pages, l.keep, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Next returns the next page, in the byte order of the paths and never empty,
// or io.EOF. A folder that does not exist, or a bucket, is an empty listing.
func (l *Lister) Next(ctx context.Context) (page []Info, err error) {
	err = l.store.run(ctx, l.name, l.path, func(ctx context.Context) error {
		for len(page) == 0 {
			objects, err := l.pages.Next(ctx)
			switch {
			case err == io.EOF:
				return nil
			case !l.started && errs.CodeOf(err) == errs.NotFound:
				return nil // a bucket that vanishes later is an error, not an end
			case err != nil:
				return err
			}
			l.started = true
			page = l.wanted(objects)
		}
		return nil
	})
	if err == nil && len(page) == 0 {
		return nil, io.EOF
	}
	return page, err
}

func (l *Lister) wanted(objects []driver.Object) []Info {
	page := make([]Info, 0, len(objects))
	for _, o := range objects {
		if info := l.store.info(o); l.keep == nil || l.keep(info) {
			page = append(page, info)
		}
	}
	return page
}
