package core

import (
	"strings"
	"unicode/utf8"

	"github.com/libremotestore/libremotestore/core/errs"
)

// CleanPath normalises a path: '\' becomes '/', empty and "." segments and
// the outer slashes go. A ".." segment, a NUL byte, invalid UTF-8 and a path
// of which nothing remains are InvalidPath.
func CleanPath(path string) (string, error) {
	if !utf8.ValidString(path) {
		return "", errNotUTF8()
	}
	if strings.IndexByte(path, 0) >= 0 {
		return "", errNUL()
	}
	if isClean(path) {
		return path, nil
	}
	segments := strings.Split(strings.ReplaceAll(path, `\`, "/"), "/")
	kept := segments[:0]
	for _, s := range segments {
		switch s {
		case "", ".":
		case "..":
			return "", errs.New(errs.InvalidPath, `a path may not hold a ".." segment`)
		default:
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 {
		return "", errRoot()
	}
	return strings.Join(kept, "/"), nil
}

// isClean tells whether a path is as CleanPath returns it, as most are.
func isClean(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return false
		}
	}
	return strings.IndexByte(path, '\\') < 0
}

func errNotUTF8() error {
	return errs.New(errs.InvalidPath, "the path is not valid UTF-8")
}

func errNUL() error {
	return errs.New(errs.InvalidPath, "the path holds a NUL byte")
}

func errRoot() error {
	return errs.New(errs.InvalidPath, "the path names the root of the store, not an object in it")
}
