package core

import (
	"context"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Credentials are keys that sign requests.
type Credentials = driver.Credentials

// SetCredentials pushes credentials, for all stores on the backend, which must
// have been opened with the option credentials = "provider".
func (s *Store) SetCredentials(c Credentials) error {
	return s.feed(func(fed driver.Fed) error { return fed.SetCredentials(c) })
}

// NoCredentials says that there are none to push: the calls that wait for some are
// Unauthenticated.
func (s *Store) NoCredentials() error { return s.feed(driver.Fed.NoCredentials) }

// CredentialsDue is the time from which new credentials should be pushed: zero
// is never. It is past if there are none that could be used: none were pushed
// yet, they have expired, or the endpoint said so.
func (s *Store) CredentialsDue() (due time.Time, err error) {
	err = s.feed(func(fed driver.Fed) (err error) {
		due, err = fed.CredentialsDue()
		return err
	})
	return due, err
}

func (s *Store) feed(do func(driver.Fed) error) error {
	return s.run(context.Background(), "credentials", "", func(context.Context) error {
		fed, ok := s.driver.(driver.Fed)
		if !ok {
			return errs.New(errs.NotSupported, "this backend needs no credentials")
		}
		return do(fed)
	})
}
