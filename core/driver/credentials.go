package driver

import "time"

// Credentials are keys that sign requests.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string    // "" if they need none
	Expires         time.Time // zero is never
}

// Fed is a Driver whose credentials may be pushed.
type Fed interface {
	// SetCredentials replaces the credentials.
	SetCredentials(Credentials) error

	// CredentialsDue is the time from which new ones should be set: zero is
	// never, and [Now] that there are none that could be used.
	CredentialsDue() (time.Time, error)

	// NoCredentials says that there are none to be set for those who wait.
	NoCredentials() error

	// Attend lets the driver ask who makes a call, which is about to wait, for
	// credentials, until leave is called. nil is nothing to leave.
	Attend(Pusher) (leave func())
}

// Now is before any time that is still to come.
var Now = time.Unix(0, 1)
