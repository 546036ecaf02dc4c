package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"context"

	"github.com/libremotestore/libremotestore/core"
)

//export go_rstore_folder_info
func go_rstore_folder_info(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, out *C.rstore_folder, size C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if err := checkOut(out, size, "folder"); err != nil {
			return err
		}
		return withPath(store, ctx, path, pathLen, args, argsSize, C.RSTORE_RAW|C.RSTORE_MAX_DEPTH, 0,
			func(ctx context.Context, s *core.Store, p string, a arguments) error {
				info, err := s.FolderInfo(ctx, p, core.FolderInfoOptions{MaxDepth: a.maxDepth})
				if err != nil {
					return err
				}
				folder := C.rstore_folder{file_count: C.uint64_t(info.Files), total_size: C.uint64_t(info.Size)}
				if !info.Modified.IsZero() {
					folder.modified_ns = C.int64_t(info.Modified.UnixNano())
				}
				return fill(out, size, "folder", folder)
			})
	})
}

//export go_rstore_delete_folder
func go_rstore_delete_folder(store C.rstore_store, ctx C.rstore_ctx, path *C.char, pathLen C.size_t,
	args *C.rstore_args, argsSize C.size_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return withPath(store, ctx, path, pathLen, args, argsSize,
			C.RSTORE_RAW|C.RSTORE_RECURSIVE|C.RSTORE_MISSING_OK, 0,
			func(ctx context.Context, s *core.Store, p string, a arguments) error {
				return s.DeleteFolder(ctx, p, core.DeleteFolderOptions{
					Recursive: a.has(C.RSTORE_RECURSIVE),
					MissingOK: a.has(C.RSTORE_MISSING_OK),
				})
			})
	})
}
