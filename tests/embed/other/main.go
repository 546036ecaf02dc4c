// Package main is another library of Go, for a process that has two.
package main

import "C"

import "runtime"

func main() {}

// other_sum lets some goroutines allocate, collects, and returns 1 + ... + n.
//
//export other_sum
func other_sum(n C.int) C.int {
	parts := make(chan int)
	for i := range int(n) {
		go func() { parts <- len(make([]byte, i+1)) }()
	}
	sum := 0
	for range int(n) {
		sum += <-parts
	}
	runtime.GC()
	return C.int(sum)
}
