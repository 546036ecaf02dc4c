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
	switch {
	case isClean(path):
		return path, nil
	case !utf8.ValidString(path):
		return "", errNotUTF8()
	case strings.IndexByte(path, 0) >= 0:
		return "", errNUL()
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

// isClean tells whether a path is as CleanPath returns it, as most are: it is asked
// for each key of a listing.
func isClean(path string) bool {
	begin, ascii := 0, true
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '/':
			if !isName(path[begin:i]) {
				return false
			}
			begin = i + 1
		case c == '\\' || c == 0:
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return isName(path[begin:]) && (ascii || utf8.ValidString(path))
}

// isName tells whether a segment stays in a clean path.
func isName(segment string) bool { return segment != "" && segment != "." && segment != ".." }

func errNotUTF8() error {
	return errs.New(errs.InvalidPath, "the path is not valid UTF-8")
}

func errNUL() error {
	return errs.New(errs.InvalidPath, "the path holds a NUL byte")
}

func errRoot() error {
	return errs.New(errs.InvalidPath, "the path names the root of the store, not an object in it")
}
