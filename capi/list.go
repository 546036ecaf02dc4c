package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"
	"io"
	"unsafe"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// listHandle is a listing.
type listHandle struct {
	exclusive
	pages *core.Lister
}

func (l *listHandle) Finalize() { l.pages.Close() }

//export go_rstore_list_open
func go_rstore_list_open(store C.rstore_store, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, out *C.rstore_list, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return openList(store, path, pathLen, args, argsSize,
			C.RSTORE_RECURSIVE|C.RSTORE_RAW|C.RSTORE_OBJECTS|C.RSTORE_FOLDERS|C.RSTORE_MAX_DEPTH|C.RSTORE_VERSIONS|
				C.RSTORE_MUST_EXIST,
			pageField|listFields, out,
			func(s *core.Store, p string, a arguments) (*core.Lister, error) {
				return s.List(p, core.ListOptions{
					Recursive: a.has(C.RSTORE_RECURSIVE),
					MaxDepth:  a.maxDepth,
					Only:      a.kind(),
					Pattern:   a.pattern,
					Prefix:    a.prefix,
					After:     a.startAfter,
					Token:     a.token,
					Versions:  a.has(C.RSTORE_VERSIONS),
					MustExist: a.has(C.RSTORE_MUST_EXIST),
					Limit:     a.limit,
					PageSize:  a.pageSize,
				})
			})
	})
}

//export go_rstore_glob_open
func go_rstore_glob_open(store C.rstore_store, pattern *C.char, patternLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, out *C.rstore_list, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return openList(store, pattern, patternLen, args, argsSize, 0, pageField, out,
			func(s *core.Store, p string, a arguments) (*core.Lister, error) { return s.Glob(p, a.pageSize) })
	})
}

//export go_rstore_uploads_open
func go_rstore_uploads_open(store C.rstore_store, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, out *C.rstore_list, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return openList(store, path, pathLen, args, argsSize, C.RSTORE_RAW, pageField, out,
			func(s *core.Store, p string, a arguments) (*core.Lister, error) { return s.Uploads(p, a.pageSize) })
	})
}

func openList(store C.rstore_store, path *C.char, pathLen C.size_t, args *C.rstore_args, argsSize C.size_t,
	flags C.uint32_t, reads argField, out *C.rstore_list,
	open func(s *core.Store, path string, a arguments) (*core.Lister, error)) error {
	return withPath(store, 0, path, pathLen, args, argsSize, flags, reads,
		func(_ context.Context, s *core.Store, p string, a arguments) error {
			pages, err := open(s, p, a)
			if err != nil {
				return err
			}
			return publish(out, "list", handle.List, &listHandle{pages: pages})
		})
}

//export go_rstore_list_next
func go_rstore_list_next(list C.rstore_list, ctx C.rstore_ctx,
	out *C.rstore_page, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "page"); err != nil {
			return err
		}
		return use(list, handle.List, func(l *listHandle) error {
			return l.during("list", func() error {
				return within(ctx, l.pages.Waits(), func(ctx context.Context) error { return l.next(ctx, out, size) })
			})
		})
	})
}

//export go_rstore_list_token
func go_rstore_list_token(list C.rstore_list, out *C.rstore_text, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "token"); err != nil {
			return err
		}
		return use(list, handle.List, func(l *listHandle) error {
			return l.during("list", func() error {
				token, err := l.pages.Token()
				if err != nil {
					return err
				}
				return publishText(out, size, "token", token)
			})
		})
	})
}

func (l *listHandle) next(ctx context.Context, out *C.rstore_page, size C.size_t) error {
	page, err := l.pages.Next(ctx)
	if err == io.EOF {
		return errs.New(errs.End, "there are no more pages")
	}
	if err != nil {
		return err
	}
	return l.handedOut(page, publishPage(out, size, page))
}

// handedOut gives back what was copied for the caller, or could not be.
func (l *listHandle) handedOut(infos []core.Info, err error) error {
	if err != nil {
		l.pages.Unread(infos)
	} else {
		l.pages.Recycle(infos)
	}
	return err
}

// publishPage hands out a page as one block: the records, then their texts, the names of
// all before the rest. Attributes, which most objects have alike, are there once.
func publishPage(out *C.rstore_page, size C.size_t, infos []core.Info) error {
	b := &block{}
	records := uintptr(len(infos)) * unsafe.Sizeof(C.rstore_object{})
	b.reserve(records)
	var last core.Attributes
	for i := range infos {
		info := &infos[i]
		reserveNames(b, info)
		reserveRest(b, info)
		if info.Attributes != last {
			last = info.Attributes
			b.reservePairs(core.NameAttributes(last))
		}
	}
	if err := b.allocate(); err != nil {
		return err
	}
	page := C.rstore_page{
		objects:     (*C.rstore_object)(b.add(records)),
		object_size: C.size_t(unsafe.Sizeof(C.rstore_object{})),
		count:       C.size_t(len(infos)),
		texts:       (*C.char)(b.nextText()),
	}
	clear(unsafe.Slice((*byte)(unsafe.Pointer(page.objects)), records)) // see copyOut: after this they are zero
	objects := unsafe.Slice(page.objects, len(infos))
	for i := range infos {
		setNames(b, &objects[i], &infos[i])
	}
	page.texts_len = C.size_t(b.written)
	last = core.Attributes{}
	var attributes *C.rstore_pair
	var count C.size_t
	for i := range infos {
		setRest(b, &objects[i], &infos[i])
		if infos[i].Attributes != last {
			last = infos[i].Attributes
			named := core.NameAttributes(last)
			attributes, count = addPairs(b, named), C.size_t(len(named))
		}
		objects[i].attributes, objects[i].attributes_count = attributes, count
	}
	owner, err := b.own()
	if err != nil {
		return err
	}
	page.owner = C.rstore_handle(owner)
	return fill(out, size, "page", page)
}
