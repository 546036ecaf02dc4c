package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"
	"io"
	"sync"
	"unsafe"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// listHandle is a listing. It does not keep its store open.
type listHandle struct {
	store C.rstore_store
	pages *core.Lister
	busy  sync.Mutex
	page  []core.Info // read, but not handed out yet
}

//export go_rstore_list_open
func go_rstore_list_open(store C.rstore_store, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, out *C.rstore_list, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		p, err := text(path, pathLen, "path")
		if err != nil {
			return err
		}
		a, err := readArgs(args, argsSize, C.RSTORE_RECURSIVE, pageFields)
		if err != nil {
			return err
		}
		return inStore(store, 0, func(_ context.Context, s *core.Store) error {
			pages, err := s.List(p, core.ListOptions{
				Recursive: a.flags&C.RSTORE_RECURSIVE != 0,
				PageSize:  int(a.page_size),
			})
			if err != nil {
				return err
			}
			return publish(out, "list", handle.List, &listHandle{store: store, pages: pages})
		})
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
			if !l.busy.TryLock() {
				return errs.New(errs.Busy, "the list serves another call")
			}
			defer l.busy.Unlock()
			return inStore(l.store, ctx, func(ctx context.Context, _ *core.Store) error {
				if l.page == nil {
					page, err := l.pages.Next(ctx)
					if err == io.EOF {
						return errs.New(errs.End, "there are no more pages")
					}
					if err != nil {
						return err
					}
					l.page = page
				}
				err := publishPage(out, size, l.page)
				if err == nil {
					l.page = nil
				}
				return err
			})
		})
	})
}

// publishPage hands out a page as one block: the records, then their texts.
func publishPage(out *C.rstore_page, size C.size_t, infos []core.Info) error {
	b := &block{}
	records := uintptr(len(infos)) * unsafe.Sizeof(C.rstore_object{})
	b.reserve(records)
	for _, info := range infos {
		reserveObject(b, info)
	}
	if err := b.allocate(); err != nil {
		return err
	}
	first := (*C.rstore_object)(b.add(records))
	objects := unsafe.Slice(first, len(infos))
	for i, info := range infos {
		copyOut(&objects[i], makeObject(b, info))
	}
	owner, err := table.New(handle.Block, b)
	if err != nil {
		b.free()
		return err
	}
	return fill(out, size, "page", C.rstore_page{
		owner:       C.rstore_handle(owner),
		objects:     first,
		object_size: C.size_t(unsafe.Sizeof(C.rstore_object{})),
		count:       C.size_t(len(infos)),
	})
}
