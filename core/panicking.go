//go:build panicking

package core

import (
	"context"
	"net/url"

	"github.com/libremotestore/libremotestore/core/driver"
)

// With the build tag, panic:// opens a store that panics at every call: for
// the test that no panic leaves the library.
func init() {
	schemes["panic"] = func(u *url.URL, _ *Options) (*Store, error) {
		if u.Host == "open" {
			panic("planted in open")
		}
		return newStore(panicking{}, ""), nil
	}
}

// panicking panics with a nil driver.Driver where it has no own word for it.
type panicking struct{ driver.Tree }

func (panicking) Name() string { return "panic" }

func (panicking) Head(context.Context, string, driver.HeadOptions) (driver.Object, error) {
	panic("planted in head")
}

func (panicking) Get(context.Context, string, driver.GetOptions) (*driver.Reader, error) {
	panic("planted in get")
}

func (panicking) Put(context.Context, string, []byte, driver.PutOptions) (driver.Object, error) {
	panic("planted in put")
}

func (panicking) Delete(context.Context, string, driver.DeleteOptions) error {
	panic("planted in delete")
}

func (panicking) List(driver.ListOptions) driver.Lister { panic("planted in list") }

func (panicking) Copy(context.Context, string, string, driver.CopyOptions) error {
	panic("planted in copy")
}

func (panicking) Close() error { panic("planted in close") }
