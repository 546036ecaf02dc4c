package core

import (
	"context"
	"io"
	"regexp"
	"slices"
	"unicode/utf8"

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
	Prefix    string // that what follows the path must begin with: text, not whole segments
	After     string // list what comes behind this path, whether it is there or not; "" is all
	Token     string // of [Lister.Token]: list what comes behind that; then there is no After
	Versions  bool   // all versions of the objects, the latest first, with the marks of their deletion
	MustExist bool   // a missing bucket is NotFound, not an empty listing
	Limit     int64  // entries at most; 0 is all
	PageSize  int    // entries in a page at most, 1 to 1000; 0 is 1000
}

// List lists the folder at path ("" or "." is the root). Nothing is requested
// before the first page. In a pattern '*' is any text, '?' any character, and
// [abc], [a-z], [!abc] one of a set; a '[' that is not closed is itself.
func (s *Store) List(path string, o ListOptions) (*Lister, error) {
	var prefix string
	var begin position
	l, err := s.lister("list", path, func() (driver.Lister, func(*Info) bool, error) {
		levels, err := levels(o.Recursive, o.MaxDepth)
		if err != nil {
			return nil, nil, err
		}
		keep, err := o.filter()
		if err != nil {
			return nil, nil, err
		}
		if o.Limit < 0 {
			return nil, nil, errs.New(errs.InvalidArgument, "limit is %d, but must be 0 (all) or more", o.Limit)
		}
		if err := s.can(need{o.Versions, driver.CanVersions, "this backend keeps one version of an object only"}); err != nil {
			return nil, nil, err
		}
		key, err := s.folder(path)
		if err != nil {
			return nil, nil, err
		}
		if err := s.checkText(o.Prefix); err != nil {
			return nil, nil, err
		}
		prefix = driver.AsPrefix(key) + o.Prefix
		if begin, err = s.position(prefix, o); err != nil {
			return nil, nil, err
		}
		return s.driver.List(driver.ListOptions{
			Prefix:       prefix,
			Levels:       levels,
			Folders:      o.Only == Folder || o.Only == AnyKind && levels == 1,
			Versions:     o.Versions,
			After:        begin.After,
			AfterVersion: begin.Version,
			PageSize:     o.PageSize,
		}), keep, nil
	}, o.PageSize)
	if err == nil {
		l.limit, l.mustExist, l.prefix, l.at = o.Limit, o.MustExist, prefix, begin
	}
	return l, err
}

// filter tells what of a driver's listing is wanted.
func (o ListOptions) filter() (func(*Info) bool, error) {
	var name *regexp.Regexp
	if o.Pattern != "" {
		var err error
		if name, err = compilePattern(o.Pattern); err != nil {
			return nil, err
		}
	}
	return func(info *Info) bool {
		return (o.Only == AnyKind || info.Folder == (o.Only == Folder)) &&
			(name == nil || name.MatchString(lastSegment(info.Path)))
	}, nil
}

// Glob lists the objects whose path matches a pattern, in which the segments
// are as in [List], and "**" stands for any number of segments. Nothing is
// requested before the first page.
func (s *Store) Glob(pattern string, pageSize int) (*Lister, error) {
	return s.lister("glob", pattern, func() (driver.Lister, func(*Info) bool, error) {
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
		}), func(info *Info) bool { return g.path.MatchString(info.Path) }, nil
	}, pageSize)
}

// Uploads lists the multipart uploads to the folder at path that were begun
// and neither committed nor aborted: their Info has an UploadID, and Modified
// is when they were begun.
func (s *Store) Uploads(path string, pageSize int) (*Lister, error) {
	return s.lister("uploads", path, func() (driver.Lister, func(*Info) bool, error) {
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
	store     *Store
	name      string // of the operation
	path      string
	pageSize  int
	pages     driver.Lister
	keep      func(*Info) bool // nil keeps all
	limit     int64            // entries at most; 0 is all
	prefix    string           // of the driver's keys
	read      int64            // entries
	mustExist bool             // the bucket
	fetched   int              // pages
	ended     bool
	coming    *prefetch // nil if there is none
	left      []Info    // what Rows has passed over
	ahead     []Info    // what was read, but not handed out yet
	spare     []Info    // memory for a page
	at        position  // behind the last one that was handed out, or where it begins
	before    position  // the same, before the last call
}

// Waits is [Store.Waits].
func (l *Lister) Waits() Wait { return l.store.Waits() }

func (s *Store) lister(name, path string, open func() (driver.Lister, func(*Info) bool, error), pageSize int) (*Lister, error) {
	l := &Lister{store: s, name: name, path: path, pageSize: driver.ListOptions{PageSize: pageSize}.PageLimit()}
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
// What [Lister.Rows] has passed over comes first.
func (l *Lister) Next(ctx context.Context) (page []Info, err error) {
	err = l.store.runHere(ctx, l.name, l.path, func(ctx context.Context) error {
		from := &l.left
		if len(l.left) == 0 {
			from = &l.ahead
			if err := l.fetch(ctx); err != nil {
				return err
			}
		}
		n := min(len(*from), l.pageSize)
		page, *from = (*from)[:n:n], (*from)[n:]
		l.gave(page)
		return nil
	})
	if err == nil && len(page) == 0 {
		return nil, io.EOF
	}
	return page, err
}

// Rows returns the next objects, n at most, or with 0 all that are left; or
// io.EOF. It passes over folders, and over objects whose path is not UTF-8, since
// a table has no text for it: Next gives them then. For those objects it is
// InvalidPath, in the place of io.EOF, until Next has. After an error nothing
// is lost: what was read before it comes with the next call.
func (l *Lister) Rows(ctx context.Context, n int) (rows []Info, err error) {
	err = l.store.runHere(ctx, l.name, l.path, func(ctx context.Context) error {
		if l.name == "uploads" {
			return errs.New(errs.InvalidArgument, "a listing of uploads has no objects: read its pages")
		}
		for n == 0 || len(rows) < n {
			if err := l.fetch(ctx); err != nil {
				l.ahead, rows = rows, nil
				return err
			}
			if len(l.ahead) == 0 {
				break
			}
			rows = l.pick(rows, n)
		}
		if len(rows) > 0 {
			l.gave(rows)
			return nil
		}
		return l.unsayable()
	})
	if err == nil && len(rows) == 0 {
		return nil, io.EOF
	}
	return rows, err
}

// gave notes what is handed out.
func (l *Lister) gave(infos []Info) {
	if n := len(infos); n > 0 {
		l.before, l.at = l.at, l.store.behind(&infos[n-1])
	}
}

// Unread puts back what Next or Rows returned last.
func (l *Lister) Unread(infos []Info) { l.ahead, l.at = append(infos, l.ahead...), l.before }

// Recycle takes the memory of what Next or Rows returned last, for a page to come: one
// that was new for each would be most of what a listing leaves for the collector.
func (l *Lister) Recycle(infos []Info) { l.spare = infos[:0] }

// pick adds what is ahead to rows, up to n of them.
func (l *Lister) pick(rows []Info, n int) []Info {
	for len(l.ahead) > 0 && (n == 0 || len(rows) < n) {
		run := 0
		for run < len(l.ahead) && (n == 0 || len(rows)+run < n) && l.ahead[run].isRow() {
			run++
		}
		if run == 0 {
			l.left, l.ahead = append(l.left, l.ahead[0]), l.ahead[1:]
			continue
		}
		if rows == nil { // mostly a page is all that is wanted
			rows = l.ahead[:run:run]
		} else {
			rows = append(rows, l.ahead[:run]...)
		}
		l.ahead = l.ahead[run:]
	}
	return rows
}

// isRow tells whether a table can have it.
func (i *Info) isRow() bool { return !i.Folder && !i.Deleted && utf8.ValidString(i.Path) }

// unsayable is the error about objects that Rows has passed over.
func (l *Lister) unsayable() error {
	for _, info := range l.left {
		if !info.Folder && !info.Deleted {
			return about(info.Path, errs.New(errs.InvalidPath, "the name is not UTF-8, so it is in no row: a page of the listing has it"))
		}
	}
	return nil
}

// fetch reads on if nothing is ahead; if nothing is then either, that is the end.
func (l *Lister) fetch(ctx context.Context) error {
	for len(l.ahead) == 0 && !l.ended && (l.limit == 0 || l.read < l.limit) {
		objects, err := l.page(ctx)
		switch {
		case err == io.EOF || l.fetched == 0 && !l.mustExist && errs.CodeOf(err) == errs.NotFound:
			l.ended = true // a bucket that vanishes later is an error, not an end
		case err != nil:
			return err
		default:
			l.fetched++
			l.ahead = l.wanted(objects)
			l.lookAhead()
		}
	}
	return nil
}

func (l *Lister) wanted(objects []driver.Object) []Info {
	page := slices.Grow(l.spare, len(objects))[:len(objects)]
	l.spare = nil
	n := 0
	for i := range objects {
		if l.limit > 0 && l.read == l.limit {
			break
		}
		if l.store.describe(&page[n], &objects[i]); l.keep == nil || l.keep(&page[n]) {
			n++
			l.read++
		}
	}
	return page[:n]
}
