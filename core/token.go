package core

import (
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

func positionOf(o driver.Object) position {
	if o.Folder {
		return position{After: o.Key + "/"}
	}
	return position{After: o.Key, Version: o.VersionID}
}

// Token says where the listing is: behind what Next gave last, or "" before it
// gave anything. Another listing of the same folder, also of another process,
// goes on there: see [ListOptions].
func (l *Lister) Token() string {
	if l.last == (position{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(l.last.After + "\x00" + l.last.Version)) // a key has no NUL
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
