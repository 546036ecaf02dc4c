package driver

import (
	"path"
	"strings"
)

// Segments splits a key; the root, "", has none.
func Segments(key string) []string {
	if key == "" {
		return nil
	}
	return strings.Split(key, "/")
}

// Join puts name below folder; "" is the root.
func Join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

// Parent is the folder that holds key; "" is the root.
func Parent(key string) string {
	if dir := path.Dir(key); dir != "." {
		return dir
	}
	return ""
}

// Fits tells whether a hierarchical backend can hold key: as a listing of
// another may give it, it can have segments that are empty, "." or "..".
func Fits(key string) bool {
	for _, name := range Segments(key) {
		switch name {
		case "", ".", "..":
			return false
		}
	}
	return key != "" && strings.IndexByte(key, 0) < 0
}

// AsPrefix is the prefix of what is in a folder; "" is the root.
func AsPrefix(folder string) string {
	if folder == "" {
		return ""
	}
	return folder + "/"
}

// Below is the path of key in a folder; "" is the root. For a key outside it,
// it is the key, and ok is false.
func Below(folder, key string) (path string, ok bool) {
	if folder == "" {
		return key, true
	}
	if name, found := strings.CutPrefix(key, folder); found && strings.HasPrefix(name, "/") {
		return name[1:], true
	}
	return key, false
}
