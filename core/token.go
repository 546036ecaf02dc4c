package core

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// position is where a listing is: behind a key of the driver, which ends in '/'
// for a folder, and behind one version of it.
type position struct {
	After   string
	Version string
}

// Token says where the listing is: behind what it gave last, or "" before it
// gave anything. Another listing of the same folder, also of another process,
// goes on there: see [ListOptions]. What [Lister.Rows] has passed over must have
// been read first.
func (l *Lister) Token() (token string, err error) {
	err = l.store.runClosed(context.Background(), l.name, l.path, func(context.Context) error {
		switch {
		case l.name != "list":
			return errs.New(errs.InvalidArgument, "only the listing of a folder goes on at a token")
		case len(l.left) > 0:
			return errs.New(errs.InvalidArgument, "the listing has folders that no row has: read its pages first")
		case l.given == nil:
			return nil
		}
		after := driver.Join(l.store.root, l.given.Path)
		if l.given.Folder {
			after += "/"
		}
		token = base64.RawURLEncoding.EncodeToString([]byte(after + "\x00" + l.given.VersionID)) // a key has no NUL
		return nil
	})
	return token, err
}

// position is where a listing begins.
func (s *Store) position(o ListOptions) (at position, err error) {
	switch {
	case o.Token != "" && o.After != "":
		return at, errs.New(errs.InvalidArgument, "a token says where the listing goes on: leave out what it comes after")
	case o.After != "":
		if strings.IndexByte(o.After, 0) >= 0 {
			return at, errNUL()
		}
		return position{After: driver.Join(s.root, o.After)}, nil
	case o.Token == "":
		return at, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(o.Token)
	after, version, ok := strings.Cut(string(text), "\x00")
	if err != nil || !ok || after == "" {
		return at, errs.New(errs.InvalidArgument, "the token is not one that a listing gave")
	}
	return position{after, version}, nil
}
