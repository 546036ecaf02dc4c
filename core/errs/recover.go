package errs

import "runtime/debug"

// Recovered runs do. A panic becomes an Internal error: out of an export or a
// goroutine it would end the process that the library is loaded in.
func Recovered(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			e := New(Internal, "the library has a bug: %v", r)
			e.Detail = string(debug.Stack())
			err = e
		}
	}()
	return do()
}
