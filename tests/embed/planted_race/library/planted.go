//go:build planted

// Package main is a part of capi, for ../../race.sh: a race in the library.
package main

func init() {
	count := 0
	done := make(chan bool)
	go func() { count++; done <- true }()
	count++
	<-done
	if count == 0 {
		panic("not counted")
	}
}
