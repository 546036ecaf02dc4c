package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"time"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

//export go_rstore_credentials_set
func go_rstore_credentials_set(store C.rstore_store, in *C.rstore_credentials, size C.size_t,
	errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		record, err := read(in, size, "credentials")
		if err != nil {
			return err
		}
		pushed := core.Credentials{}
		for _, field := range []struct {
			out    *string
			text   *C.char
			length C.size_t
			name   string
		}{
			{&pushed.AccessKeyID, record.access_key_id, record.access_key_id_len, "credentials.access_key_id"},
			{&pushed.SecretAccessKey, record.secret_access_key, record.secret_access_key_len, "credentials.secret_access_key"},
			{&pushed.SessionToken, record.session_token, record.session_token_len, "credentials.session_token"},
		} {
			if *field.out, err = text(field.text, field.length, field.name); err != nil {
				return err
			}
		}
		switch {
		case record.expires_ns < 0:
			return errs.New(errs.InvalidArgument, "credentials.expires_ns is %d, but must be a time since 1970; 0 is never",
				int64(record.expires_ns))
		case record.expires_ns > 0:
			pushed.Expires = time.Unix(0, int64(record.expires_ns))
		}
		return use(store, handle.Store, func(s *storeHandle) error { return s.SetCredentials(pushed) })
	})
}

//export go_rstore_credentials_none
func go_rstore_credentials_none(store C.rstore_store, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		return use(store, handle.Store, func(s *storeHandle) error { return s.NoCredentials() })
	})
}

//export go_rstore_credentials_due
func go_rstore_credentials_due(store C.rstore_store, out *C.int64_t, errorOut *C.rstore_error) C.int32_t {
	return call(errorOut, func() error {
		if out == nil {
			return null("due_ns")
		}
		return use(store, handle.Store, func(s *storeHandle) error {
			due, err := s.CredentialsDue()
			if err != nil {
				return err
			}
			if *out = 0; !due.IsZero() {
				*out = C.int64_t(due.UnixNano())
			}
			return nil
		})
	})
}
