package core

import (
	"encoding/json"

	"github.com/libremotestore/libremotestore/core/s3"
)

// Lanes counts the requests of the process that the fast lane could send: those that it
// served, and those that were the SDK's.
func Lanes() (fast, sdk int64) {
	for reason, count := range s3.Served() {
		if reason == s3.FastLane.String() {
			fast = count
		} else {
			sdk += count
		}
	}
	return fast, sdk
}

// ReasonsJSON says why requests were the SDK's, and how many: a JSON object.
func ReasonsJSON() (string, error) {
	counts := s3.Served()
	delete(counts, s3.FastLane.String())
	text, err := json.Marshal(counts)
	return string(text), err
}
