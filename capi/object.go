package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"
	"unsafe"

	"github.com/libremotestore/libremotestore/core"
)

//export go_rstore_head
func go_rstore_head(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, out *C.rstore_object, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkObject(out, size); err != nil {
			return err
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, C.RSTORE_RAW, conditionFields|versionField,
			func(ctx context.Context, s *core.Store, p string, a arguments) error {
				info, err := s.Head(ctx, p, core.HeadOptions{Conditions: a.conditions, VersionID: a.versionID})
				if err != nil {
					return err
				}
				return publishObject(out, size, info)
			})
	})
}

//export go_rstore_exists
func go_rstore_exists(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, out *C.int32_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if out == nil {
			return null("exists")
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, C.RSTORE_RAW|C.RSTORE_OBJECTS|C.RSTORE_FOLDERS, 0,
			func(ctx context.Context, s *core.Store, p string, a arguments) error {
				found, err := s.Exists(ctx, p, a.kind())
				if err == nil {
					*out = 0
					if found {
						*out = 1
					}
				}
				return err
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
		return get(store, ctx, path, pathLen, args, argsSize, func(_ context.Context, r *core.Reader) error {
			return publishContent(out, size, r)
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
		return get(store, ctx, path, pathLen, args, argsSize, func(_ context.Context, r *core.Reader) error {
			prepare(buf[:min(int64(len(buf)), r.Length)])
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
	args *C.rstore_args, argsSize C.size_t, do func(context.Context, *core.Reader) error) error {
	return withPath(store, ctx, path, pathLen, args, argsSize, C.RSTORE_RAW|C.RSTORE_PARALLEL|C.RSTORE_VERIFY, readFields,
		func(ctx context.Context, s *core.Store, p string, a arguments) error {
			r, err := s.Get(ctx, p, a.get())
			if err != nil {
				return err
			}
			defer r.Close()
			return do(ctx, r)
		})
}

//export go_rstore_put
func go_rstore_put(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	data unsafe.Pointer, dataLen C.size_t, args *C.rstore_args, argsSize C.size_t,
	out *C.rstore_object, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkObject(out, size); err != nil {
			return err
		}
		d, err := memory(data, dataLen, "data")
		if err != nil {
			return err
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, putFlags, writeFields|matchFields,
			func(ctx context.Context, s *core.Store, p string, a arguments) error {
				info, err := s.Put(ctx, p, d, a.put())
				if err != nil {
					return err
				}
				return publishObject(out, size, info)
			})
	})
}

const putFlags = C.RSTORE_OVERWRITE | C.RSTORE_RAW

//export go_rstore_append
func go_rstore_append(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	data unsafe.Pointer, dataLen C.size_t, args *C.rstore_args, argsSize C.size_t,
	out *C.rstore_object, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkObject(out, size); err != nil {
			return err
		}
		d, err := memory(data, dataLen, "data")
		if err != nil {
			return err
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, C.RSTORE_RAW, writeFields,
			func(ctx context.Context, s *core.Store, p string, a arguments) error {
				info, err := s.Append(ctx, p, d, a.put())
				if err != nil {
					return err
				}
				return publishObject(out, size, info)
			})
	})
}

//export go_rstore_copy
func go_rstore_copy(store C.rstore_store, ctx C.rstore_ctx, source *C.char, sourceLen C.size_t,
	target *C.char, targetLen C.size_t, args *C.rstore_args, argsSize C.size_t,
	errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return transfer(store, ctx, source, sourceLen, target, targetLen, args, argsSize,
			C.RSTORE_REPLACE, writeFields|matchFields|versionField, (*core.Store).Copy)
	})
}

//export go_rstore_move
func go_rstore_move(store C.rstore_store, ctx C.rstore_ctx, source *C.char, sourceLen C.size_t,
	target *C.char, targetLen C.size_t, args *C.rstore_args, argsSize C.size_t,
	errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return transfer(store, ctx, source, sourceLen, target, targetLen, args, argsSize, 0, 0, (*core.Store).Move)
	})
}

func transfer(store C.rstore_store, ctx C.rstore_ctx, source *C.char, sourceLen C.size_t,
	target *C.char, targetLen C.size_t, args *C.rstore_args, argsSize C.size_t, flags C.uint32_t, reads argField,
	do func(s *core.Store, ctx context.Context, from, to string, o core.CopyOptions) error) error {
	to, err := text(target, targetLen, "target")
	if err != nil {
		return err
	}
	return withPath(store, ctx, source, sourceLen, args, argsSize, putFlags|C.RSTORE_RAW_TARGET|flags, reads,
		func(ctx context.Context, s *core.Store, from string, a arguments) error {
			o, err := a.copy()
			if err != nil {
				return err
			}
			return do(s, ctx, from, to, o)
		})
}

// withPath runs do with what most operations have: a store, a context, a path
// and arguments.
func withPath(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, flags C.uint32_t, reads argField,
	do func(ctx context.Context, s *core.Store, path string, a arguments) error) error {
	p, err := text(path, pathLen, "path")
	if err != nil {
		return err
	}
	a, err := readArgs(args, argsSize, flags, reads)
	if err != nil {
		return err
	}
	return inStore(store, ctx, func(ctx context.Context, s *core.Store) error {
		return do(ctx, a.in(s), p, a)
	})
}
