// Package errs holds the one error type of the engine: a pinned code that
// programs act upon, and the evidence that people need to find the cause.
package errs

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of failure an [Error] is. The numbers are the status
// codes of the C ABI (RSTORE_*) and never change their meaning.
type Code int32

const (
	OK                  Code = 0
	Unknown             Code = 1
	NotFound            Code = 2
	AlreadyExists       Code = 3
	PermissionDenied    Code = 4
	Unauthenticated     Code = 5
	InvalidPath         Code = 6
	InvalidArgument     Code = 7
	InvalidOption       Code = 8
	NotSupported        Code = 9
	DirectoryNotEmpty   Code = 10
	Unavailable         Code = 11
	RateLimited         Code = 12
	ResourceLocked      Code = 13
	PreconditionFailed  Code = 14
	NotModified         Code = 15
	Changed             Code = 16
	RangeNotSatisfiable Code = 17
	Corrupt             Code = 18
	Deadline            Code = 19
	Cancelled           Code = 20
	Closed              Code = 21
	BadHandle           Code = 22
	Busy                Code = 23
	Forked              Code = 24
	IO                  Code = 25
	Internal            Code = 26
	End                 Code = 27
)

// Names lists the code names by number; Names[2] is "NOT_FOUND".
var Names = [...]string{
	"OK", "UNKNOWN", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
	"UNAUTHENTICATED", "INVALID_PATH", "INVALID_ARGUMENT", "INVALID_OPTION",
	"NOT_SUPPORTED", "DIRECTORY_NOT_EMPTY", "UNAVAILABLE", "RATE_LIMITED",
	"RESOURCE_LOCKED", "PRECONDITION_FAILED", "NOT_MODIFIED", "CHANGED",
	"RANGE_NOT_SATISFIABLE", "CORRUPT", "DEADLINE", "CANCELLED", "CLOSED",
	"BAD_HANDLE", "BUSY", "FORKED", "IO", "INTERNAL", "END",
}

func (c Code) String() string {
	if c < 0 || int(c) >= len(Names) {
		return fmt.Sprintf("CODE_%d", int32(c))
	}
	return Names[c]
}

// Error is every error that the engine returns. Fields that do not apply are
// zero. No field ever holds a credential.
type Error struct {
	Code    Code
	Message string // one sentence that names what was wrong and what would be right
	Op      string // the operation: "get", "put", "copy", ...
	Path    string // relative to the store
	Backend string // "memory", "local" or "s3"
	Detail  string // further text for people, such as the stack of a panic

	// What an S3 endpoint said.
	S3Code     string // "NoSuchKey"
	HTTPStatus int
	RequestID  string
	HostID     string

	Attempts  int  // requests sent for the call that failed
	Retryable bool // the same call may succeed later

	Capability string // for NotSupported: what is missing
	UploadID   string // a multipart upload that could not be aborted

	cause error
}

// New makes an error; format is the message.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an error whose cause stays reachable through [errors.Is] and
// [errors.As]. The text of the cause is not repeated: format must say it.
func Wrap(cause error, code Code, format string, args ...any) *Error {
	e := New(code, format, args...)
	e.cause = cause
	return e
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code.String())
	if e.Op != "" {
		b.WriteString(": " + e.Op)
		if e.Path != "" {
			b.WriteString(" " + e.Path)
		}
	}
	b.WriteString(": " + e.Message)
	return b.String()
}

func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is(err, errs.New(errs.NotFound, "")) compare codes.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// CodeOf is OK for nil, the code of the first [Error] in err's chain, and
// Unknown for any other error.
func CodeOf(err error) Code {
	if err == nil {
		return OK
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Unknown
}
