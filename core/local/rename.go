package local

import (
	"errors"
	"os"
	"syscall"

	"github.com/libremotestore/libremotestore/core/driver"
)

// rename gives the file from the name to; in mode Create only if nothing has
// that name.
func rename(root *os.Root, from, to string, mode driver.Mode) error {
	if mode == driver.Overwrite {
		return root.Rename(from, to)
	}
	err := renameNew(root, from, to)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		err = linkNew(root, from, to)
	}
	return err
}

// linkNew is renameNew where the system or the file system has no such
// rename: unlike one, a link fails where the name exists. For an instant
// both names are there.
func linkNew(root *os.Root, from, to string) error {
	if err := noHardLinks(root.Link(from, to)); err != nil {
		return err
	}
	return root.Remove(from)
}
