package local

import (
	"cmp"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"github.com/libremotestore/libremotestore/core/driver"
)

// renameNew is a rename that fails where to exists, in one step.
func renameNew(root *os.Root, from, to string) error {
	fromDir, err := openFolder(root, driver.Parent(from))
	if err != nil {
		return err
	}
	defer fromDir.Close()
	toDir, err := openFolder(root, driver.Parent(to))
	if err != nil {
		return err
	}
	defer toDir.Close()
	err = unix.Renameat2(int(fromDir.Fd()), path.Base(from), int(toDir.Fd()), path.Base(to), unix.RENAME_NOREPLACE)
	if err != nil {
		return &os.LinkError{Op: "renameat2", Old: from, New: to, Err: err}
	}
	return nil
}

func openFolder(root *os.Root, folder string) (*os.File, error) {
	return root.OpenFile(cmp.Or(folder, "."), os.O_RDONLY|unix.O_DIRECTORY, 0)
}
