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

// Token says where the listing is: behind what it gave last, or where it began; ""
// is the beginning of the folder. Another listing of the same folder, also of another process,
// goes on there: see [ListOptions]. What [Lister.Rows] has passed over must have
// been read first.
func (l *Lister) Token() (token string, err error) {
	err = l.store.runClosed(context.Background(), l.name, l.path, func(context.Context) error {
		switch {
		case l.name != "list":
			return errs.New(errs.InvalidArgument, "only the listing of a folder goes on at a token")
		case len(l.left) > 0:
			return errs.New(errs.InvalidArgument, "the listing has folders that no row has: read its pages first")
		}
		if l.at.After != "" {
			parts := []string{l.prefix, l.at.After, l.at.Version} // none of which has a NUL
			token = base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "\x00")))
		}
		return nil
	})
	return token, err
}

// behind is the position behind an entry.
func (s *Store) behind(info *Info) position {
	at := position{driver.Join(s.root, info.Path), info.VersionID}
	if info.Folder {
		at.After += "/"
	}
	return at
}

// position is where a listing of a prefix begins.
func (s *Store) position(prefix string, o ListOptions) (at position, err error) {
	switch {
	case o.Token != "" && o.After != "":
		return at, errs.New(errs.InvalidArgument, "a token says where the listing goes on: leave out what it comes after")
	case o.After != "":
		if err := s.checkText(o.After); err != nil {
			return at, err
		}
		return position{After: driver.Join(s.root, o.After)}, nil
	case o.Token == "":
		return at, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(o.Token)
	parts := strings.Split(string(text), "\x00")
	switch {
	case err != nil || len(parts) != 3 || parts[1] == "":
		return at, errs.New(errs.InvalidArgument, "the token is not one that a listing gave")
	case parts[0] != prefix:
		return at, errs.New(errs.InvalidArgument, "the token is that of a listing of another folder or prefix")
	}
	return position{parts[1], parts[2]}, nil
}
