package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"math"
	"unsafe"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// arguments is rstore_args in Go.
type arguments struct {
	flags          C.uint32_t
	pageSize       int
	offset, length int64
	maxDepth       *int // nil without RSTORE_MAX_DEPTH
	pattern        string
	metadata       map[string]string
}

// argField is a part of rstore_args that an operation may read, beside flags.
type argField int

const (
	rangeFields argField = 1 << iota
	pageField
	patternFields
	metadataFields
)

// readArgs copies rstore_args in and refuses what the operation does not read.
func readArgs(in *C.rstore_args, size C.size_t, flags C.uint32_t, reads argField) (arguments, error) {
	args, err := read(in, size, "args")
	if err != nil {
		return arguments{}, err
	}
	refuse := func(format string, values ...any) (arguments, error) {
		return arguments{}, errs.New(errs.InvalidArgument, format, values...)
	}
	switch {
	case args.flags&^flags != 0:
		return refuse("args.flags is %#x, of which this operation knows only %#x", uint32(args.flags), uint32(flags))
	case args.page_size != 0 && reads&pageField == 0:
		return refuse("args.page_size is for listings and must be 0 here")
	case (args.offset != 0 || args.length != 0) && reads&rangeFields == 0:
		return refuse("args.offset and args.length are for reads and must be 0 here")
	case args.max_depth != 0 && args.flags&C.RSTORE_MAX_DEPTH == 0:
		return refuse("args.max_depth is heeded with RSTORE_MAX_DEPTH only, and must be 0 here")
	case args.pattern_len != 0 && reads&patternFields == 0:
		return refuse("args.pattern is for listings of a folder and must be empty here")
	case args.metadata_count != 0 && reads&metadataFields == 0:
		return refuse("args.metadata is for writes and must be empty here")
	case args.flags&C.RSTORE_OBJECTS != 0 && args.flags&C.RSTORE_FOLDERS != 0:
		return refuse("RSTORE_OBJECTS and RSTORE_FOLDERS exclude each other: leave out both")
	case uint64(args.offset) > math.MaxInt64 || uint64(args.length) > math.MaxInt64:
		return refuse("args.offset and args.length must be below 2^63")
	}
	a := arguments{
		flags:    args.flags,
		pageSize: int(args.page_size),
		offset:   int64(args.offset),
		length:   int64(args.length),
	}
	if a.has(C.RSTORE_MAX_DEPTH) {
		a.maxDepth = new(int(args.max_depth))
	}
	if a.pattern, err = text(args.pattern, args.pattern_len, "args.pattern"); err != nil {
		return arguments{}, err
	}
	a.metadata, err = pairs(args.metadata, args.metadata_count)
	return a, err
}

func (a arguments) has(flag C.uint32_t) bool { return a.flags&flag != 0 }

func (a arguments) kind() core.Kind {
	switch {
	case a.has(C.RSTORE_OBJECTS):
		return core.Object
	case a.has(C.RSTORE_FOLDERS):
		return core.Folder
	}
	return core.AnyKind
}

func (a arguments) put() core.PutOptions {
	return core.PutOptions{Overwrite: a.has(C.RSTORE_OVERWRITE), Metadata: a.metadata}
}

// in is the store as the path is meant.
func (a arguments) in(s *core.Store) *core.Store {
	if a.has(C.RSTORE_RAW) {
		return s.Raw()
	}
	return s
}

// maxPairs is more metadata than anybody may send.
const maxPairs = 4096

// pairs copies metadata in.
func pairs(first *C.rstore_pair, count C.size_t) (map[string]string, error) {
	switch {
	case count == 0:
		return nil, nil
	case first == nil:
		return nil, errs.New(errs.InvalidArgument, "args.metadata is NULL, but its count is %d", uint64(count))
	case count > maxPairs:
		return nil, errs.New(errs.InvalidArgument, "args.metadata_count is %d, more than any object may have", uint64(count))
	}
	metadata := make(map[string]string, count)
	for _, p := range unsafe.Slice(first, count) {
		key, err := text(p.key, p.key_len, "a key of args.metadata")
		if err != nil {
			return nil, err
		}
		if _, twice := metadata[key]; twice {
			return nil, errs.New(errs.InvalidArgument, "the metadata key %q is there twice", key)
		}
		if metadata[key], err = text(p.value, p.value_len, "a value of args.metadata"); err != nil {
			return nil, err
		}
	}
	return metadata, nil
}
