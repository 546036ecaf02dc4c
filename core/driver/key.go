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
