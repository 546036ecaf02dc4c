package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"math"
	"time"
	"unsafe"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// arguments is rstore_args in Go.
type arguments struct {
	flags                  C.uint32_t
	pageSize               int
	offset, length, suffix int64
	maxDepth               *int // nil without RSTORE_MAX_DEPTH
	pattern                string
	metadata               map[string]string
	conditions             core.Conditions
	versionID              string
	attributes             core.Attributes
	tags                   map[string]string
	acl                    string
	prefix                 string
	startAfter             string
	token                  string
	limit                  int64
	coalesce               int64
	options                map[string]string
}

// argField is a part of rstore_args that an operation may read, beside flags.
type argField int

const (
	rangeFields argField = 1 << iota
	conditionFields
	matchFields // if_match only
	versionField
	writeFields
	attributeFields
	pageField
	listFields
	coalesceField
	optionFields

	readFields = rangeFields | conditionFields | versionField
)

// readArgs copies rstore_args in and refuses what the operation does not read.
func readArgs(in *C.rstore_args, size C.size_t, flags C.uint32_t, reads argField) (arguments, error) {
	if in == nil && size == 0 { // as in most calls
		return arguments{}, nil
	}
	args, err := read(in, size, "args")
	if err != nil {
		return arguments{}, err
	}
	if err := checkArgs(&args, flags, reads); err != nil {
		return arguments{}, err
	}
	a := arguments{
		flags:    args.flags,
		pageSize: int(args.page_size),
		offset:   int64(args.offset),
		length:   int64(args.length),
		suffix:   int64(args.suffix),
		limit:    int64(args.limit),
		coalesce: int64(args.coalesce),
		conditions: core.Conditions{
			IfModifiedSince:   moment(args.if_modified_since_ns),
			IfUnmodifiedSince: moment(args.if_unmodified_since_ns),
		},
	}
	if a.has(C.RSTORE_MAX_DEPTH) {
		a.maxDepth = new(int(args.max_depth))
	}
	for _, field := range []struct {
		out    *string
		name   string
		first  *C.char
		length C.size_t
	}{
		{&a.pattern, "pattern", args.pattern, args.pattern_len},
		{&a.conditions.IfMatch, "if_match", args.if_match, args.if_match_len},
		{&a.conditions.IfNoneMatch, "if_none_match", args.if_none_match, args.if_none_match_len},
		{&a.versionID, "version_id", args.version_id, args.version_id_len},
		{&a.acl, "acl", args.acl, args.acl_len},
		{&a.prefix, "prefix", args.prefix, args.prefix_len},
		{&a.startAfter, "start_after", args.start_after, args.start_after_len},
		{&a.token, "token", args.token, args.token_len},
	} {
		if field.length == 0 {
			continue
		}
		if *field.out, err = text(field.first, field.length, "args."+field.name); err != nil {
			return arguments{}, err
		}
	}
	if a.metadata, err = pairs(args.metadata, args.metadata_count, "metadata"); err != nil {
		return arguments{}, err
	}
	if a.tags, err = pairs(args.tags, args.tags_count, "tags"); err != nil {
		return arguments{}, err
	}
	if a.options, err = pairs(args.options, args.options_count, "options"); err != nil {
		return arguments{}, err
	}
	named, err := pairs(args.attributes, args.attributes_count, "attributes")
	if err == nil {
		a.attributes, err = core.ParseAttributes(named)
	}
	return a, err
}

// checkArgs refuses what the operation does not read.
func checkArgs(args *C.rstore_args, flags C.uint32_t, reads argField) error {
	if args.flags&^flags != 0 {
		return errs.New(errs.InvalidArgument, "args.flags is %#x, of which this operation knows only %#x",
			uint32(args.flags), uint32(flags))
	}
	for _, part := range []struct {
		reads argField
		given bool
		name  string
		use   string
	}{
		{pageField, args.page_size != 0, "page_size", "listings"},
		{rangeFields, args.offset != 0 || args.length != 0 || args.suffix != 0, "offset, args.length and args.suffix", "reads and rstore_put_file"},
		{listFields, args.pattern_len != 0, "pattern", "listings of a folder"},
		{listFields, args.prefix_len != 0, "prefix", "listings of a folder"},
		{listFields, args.start_after_len != 0, "start_after", "listings of a folder"},
		{listFields, args.token_len != 0, "token", "listings of a folder"},
		{listFields, args.limit != 0, "limit", "listings of a folder"},
		{coalesceField, args.coalesce != 0, "coalesce", "rstore_get_ranges"},
		{optionFields, args.options_count != 0, "options", "rstore_backend_open"},
		{writeFields, args.metadata_count != 0, "metadata", "writes"},
		{writeFields, args.tags_count != 0, "tags", "writes"},
		{writeFields, args.acl_len != 0, "acl", "writes"},
		{writeFields | attributeFields, args.attributes_count != 0, "attributes", "writes and rstore_sign"},
		{conditionFields | matchFields, args.if_match_len != 0, "if_match", "reads, writes, deletes and copies"},
		{conditionFields, args.if_none_match_len != 0, "if_none_match", "reads"},
		{conditionFields, args.if_modified_since_ns != 0, "if_modified_since_ns", "reads"},
		{conditionFields, args.if_unmodified_since_ns != 0, "if_unmodified_since_ns", "reads"},
		{versionField, args.version_id_len != 0, "version_id", "reads, deletes, copies and rstore_sign"},
	} {
		if part.given && reads&part.reads == 0 {
			return errs.New(errs.InvalidArgument, "args.%s is for %s and must be 0 here", part.name, part.use)
		}
	}
	switch {
	case args.max_depth != 0 && args.flags&C.RSTORE_MAX_DEPTH == 0:
		return errs.New(errs.InvalidArgument, "args.max_depth is heeded with RSTORE_MAX_DEPTH only, and must be 0 here")
	case args.flags&C.RSTORE_OBJECTS != 0 && args.flags&C.RSTORE_FOLDERS != 0:
		return errs.New(errs.InvalidArgument, "RSTORE_OBJECTS and RSTORE_FOLDERS exclude each other: leave out both")
	case max(uint64(args.offset), uint64(args.length), uint64(args.suffix), uint64(args.limit), uint64(args.coalesce)) > math.MaxInt64:
		return errs.New(errs.InvalidArgument, "args.offset, args.length, args.suffix, args.limit and args.coalesce must be below 2^63")
	}
	return nil
}

// moment is a time of a condition; 0 is none.
func moment(ns C.int64_t) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(ns)).UTC()
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
	return core.PutOptions{
		Overwrite:  a.has(C.RSTORE_OVERWRITE),
		IfMatch:    a.conditions.IfMatch,
		Metadata:   a.metadata,
		Attributes: a.attributes,
		Tags:       a.tags,
		ACL:        a.acl,
	}
}

func (a arguments) get() core.GetOptions {
	return core.GetOptions{
		Offset: a.offset, Length: a.length, Suffix: a.suffix, Conditions: a.conditions, VersionID: a.versionID,
		Random: a.has(C.RSTORE_RANDOM), Parallel: a.has(C.RSTORE_PARALLEL), Verify: a.has(C.RSTORE_VERIFY),
	}
}

// copy are those of a copy, of which if_match and version_id are about the source.
func (a arguments) copy() (core.CopyOptions, error) {
	o := core.CopyOptions{
		Overwrite:     a.has(C.RSTORE_OVERWRITE),
		RawTarget:     a.has(C.RSTORE_RAW_TARGET),
		SourceVersion: a.versionID,
		SourceIfMatch: a.conditions.IfMatch,
	}
	replace := core.PutOptions{Metadata: a.metadata, Attributes: a.attributes, Tags: a.tags, ACL: a.acl}
	if a.has(C.RSTORE_REPLACE) {
		o.Replace = &replace
	} else if len(a.metadata)+len(a.tags) > 0 || a.attributes != (core.Attributes{}) || a.acl != "" {
		return o, errs.New(errs.InvalidArgument,
			"args.metadata, args.attributes, args.tags and args.acl are heeded with RSTORE_REPLACE only, and must be 0 here")
	}
	return o, nil
}

// in is the store as the path is meant.
func (a arguments) in(s *core.Store) *core.Store {
	if a.has(C.RSTORE_RAW) {
		return s.Raw()
	}
	return s
}

// maxPairs is more than any object may have.
const maxPairs = 4096

// pairs copies pairs in.
func pairs(first *C.rstore_pair, count C.size_t, field string) (map[string]string, error) {
	switch {
	case count == 0:
		return nil, nil
	case first == nil:
		return nil, errs.New(errs.InvalidArgument, "args.%s is NULL, but its count is %d", field, uint64(count))
	case count > maxPairs:
		return nil, errs.New(errs.InvalidArgument, "args.%s_count is %d, more than any object may have", field, uint64(count))
	}
	found := make(map[string]string, count)
	for _, p := range unsafe.Slice(first, count) {
		key, err := text(p.key, p.key_len, "a key of args."+field)
		if err != nil {
			return nil, err
		}
		if _, twice := found[key]; twice {
			return nil, errs.New(errs.InvalidArgument, "the key %q is twice in args.%s", key, field)
		}
		if found[key], err = text(p.value, p.value_len, "a value of args."+field); err != nil {
			return nil, err
		}
	}
	return found, nil
}
