package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"
	"time"

	"github.com/libremotestore/libremotestore/core"
)

//export go_rstore_sign
func go_rstore_sign(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, method *C.char, methodLen C.size_t, expires C.uint64_t,
	out *C.rstore_text, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "url"); err != nil {
			return err
		}
		m, err := text(method, methodLen, "method")
		if err != nil {
			return err
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, C.RSTORE_RAW, attributeFields|versionField,
			func(ctx context.Context, s *core.Store, p string, a arguments) error {
				url, err := s.Sign(ctx, p, core.SignOptions{
					Method:     m,
					Expires:    time.Duration(min(uint64(expires), 1<<31)) * time.Second, // more is refused anyway
					Attributes: a.attributes,
					VersionID:  a.versionID,
				})
				if err != nil {
					return err
				}
				return publishText(out, size, "url", url)
			})
	})
}

//export go_rstore_set_acl
func go_rstore_set_acl(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, acl *C.char, aclLen C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		list, err := text(acl, aclLen, "acl")
		if err != nil {
			return err
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, C.RSTORE_RAW, 0,
			func(ctx context.Context, s *core.Store, p string, _ arguments) error { return s.SetACL(ctx, p, list) })
	})
}
