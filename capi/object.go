package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"
	"math"
	"unsafe"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

//export go_rstore_head
func go_rstore_head(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	out *C.rstore_object, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		p, err := pathAndOut(path, pathLen, out, size)
		if err != nil {
			return err
		}
		return inStore(store, ctx, func(ctx context.Context, s *core.Store) error {
			info, err := s.Head(ctx, p)
			if err != nil || out == nil {
				return err
			}
			return publishObject(out, size, info, nil)
		})
	})
}

//export go_rstore_get
func go_rstore_get(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t,
	out *C.rstore_object, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "object"); err != nil {
			return err
		}
		return get(store, ctx, path, pathLen, args, argsSize, func(r *core.Reader) error {
			return publishObject(out, size, r.Info, r)
		})
	})
}

//export go_rstore_get_into
func go_rstore_get_into(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, buffer unsafe.Pointer, bufferLen C.size_t,
	filled *C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		buf, err := memory(buffer, bufferLen, "buffer")
		if err != nil {
			return err
		}
		if filled == nil {
			return null("filled")
		}
		return get(store, ctx, path, pathLen, args, argsSize, func(r *core.Reader) error {
			n, err := r.ReadInto(buf)
			if err == nil {
				*filled = C.size_t(n)
			}
			return err
		})
	})
}

// get opens an object for do.
func get(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, do func(*core.Reader) error) error {
	p, err := text(path, pathLen, "path")
	if err != nil {
		return err
	}
	a, err := readArgs(args, argsSize, 0, rangeFields)
	if err != nil {
		return err
	}
	if uint64(a.offset) > math.MaxInt64 || uint64(a.length) > math.MaxInt64 {
		return errs.New(errs.InvalidArgument, "args.offset and args.length must be below 2^63")
	}
	return inStore(store, ctx, func(ctx context.Context, s *core.Store) error {
		r, err := s.Get(ctx, p, core.GetOptions{Offset: int64(a.offset), Length: int64(a.length)})
		if err != nil {
			return err
		}
		defer r.Close()
		return do(r)
	})
}

//export go_rstore_put
func go_rstore_put(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	data unsafe.Pointer, dataLen C.size_t, args *C.rstore_args, argsSize C.size_t,
	out *C.rstore_object, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		p, err := pathAndOut(path, pathLen, out, size)
		if err != nil {
			return err
		}
		d, err := memory(data, dataLen, "data")
		if err != nil {
			return err
		}
		a, err := readArgs(args, argsSize, C.RSTORE_OVERWRITE, noFields)
		if err != nil {
			return err
		}
		return inStore(store, ctx, func(ctx context.Context, s *core.Store) error {
			info, err := s.Put(ctx, p, d, core.PutOptions{Overwrite: a.flags&C.RSTORE_OVERWRITE != 0})
			if err != nil || out == nil {
				return err
			}
			return publishObject(out, size, info, nil)
		})
	})
}

//export go_rstore_delete
func go_rstore_delete(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		p, err := text(path, pathLen, "path")
		if err != nil {
			return err
		}
		return inStore(store, ctx, func(ctx context.Context, s *core.Store) error {
			return s.Delete(ctx, p)
		})
	})
}

//export go_rstore_copy
func go_rstore_copy(store C.rstore_store, ctx C.rstore_ctx, source *C.char, sourceLen C.size_t,
	target *C.char, targetLen C.size_t, args *C.rstore_args, argsSize C.size_t,
	errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		from, err := text(source, sourceLen, "source")
		if err != nil {
			return err
		}
		to, err := text(target, targetLen, "target")
		if err != nil {
			return err
		}
		a, err := readArgs(args, argsSize, C.RSTORE_OVERWRITE, noFields)
		if err != nil {
			return err
		}
		return inStore(store, ctx, func(ctx context.Context, s *core.Store) error {
			return s.Copy(ctx, from, to, core.CopyOptions{Overwrite: a.flags&C.RSTORE_OVERWRITE != 0})
		})
	})
}

// pathAndOut checks the arguments of a call with an optional out record.
func pathAndOut(path *C.char, pathLen C.size_t, out *C.rstore_object, size C.size_t) (string, error) {
	if out != nil {
		if err := checkOut(out, size, "object"); err != nil {
			return "", err
		}
	}
	return text(path, pathLen, "path")
}

// publishObject hands out what is known of an object, and the bytes of r if
// there is one, in one block of memory.
func publishObject(out *C.rstore_object, size C.size_t, info core.Info, r *core.Reader) error {
	b := &block{}
	var length uintptr
	if r != nil {
		length = uintptr(r.Length)
		b.reserve(length)
	}
	reserveObject(b, info)
	if err := b.allocate(); err != nil {
		return err
	}
	var data unsafe.Pointer
	if r != nil {
		data = b.add(length)
		if _, err := r.ReadInto(unsafe.Slice((*byte)(data), length)); err != nil {
			b.free()
			return err
		}
	}
	object := makeObject(b, info)
	object.data, object.data_len = data, C.size_t(length)
	owner, err := table.New(handle.Block, b)
	if err != nil {
		b.free()
		return err
	}
	object.owner = C.rstore_handle(owner)
	return fill(out, size, "object", object)
}

func reserveObject(b *block, info core.Info) {
	b.reserveText(info.Path)
	b.reserveText(info.ETag)
	b.reserveText(info.ContentType)
}

// makeObject puts the texts of info into b.
func makeObject(b *block, info core.Info) C.rstore_object {
	object := C.rstore_object{kind: C.RSTORE_KIND_OBJECT, size: C.uint64_t(info.Size)}
	object.path, object.path_len = b.addText(info.Path)
	object.etag, object.etag_len = b.addText(info.ETag)
	object.content_type, object.content_type_len = b.addText(info.ContentType)
	if info.Folder {
		object.kind = C.RSTORE_KIND_FOLDER
	}
	if info.Odd {
		object.odd = 1
	}
	if !info.Modified.IsZero() {
		object.modified_ns = C.int64_t(info.Modified.UnixNano())
	}
	return object
}
