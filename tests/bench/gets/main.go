// Gets reads an object again and again, and prints what CPU time each read
// took: for binding.py, which tells it how often, and whether on a thread of its
// own, as every caller from another language has: "1000" or "1000 locked".
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"
	"runtime"
	"strings"
	"syscall"

	"github.com/libremotestore/libremotestore/core"
)

func main() {
	store, err := core.Open(os.Args[1], nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		count := 0
		if _, err := fmt.Sscan(lines.Text(), &count); err != nil {
			log.Fatal(err)
		}
		locked := strings.HasSuffix(lines.Text(), "locked")
		if locked {
			runtime.LockOSThread()
		}
		before := cpu()
		for range count {
			if err := get(store, os.Args[2]); err != nil {
				log.Fatal(err)
			}
		}
		fmt.Println((cpu() - before) / float64(count))
		if locked {
			runtime.UnlockOSThread()
		}
	}
}

func get(store *core.Store, path string) error {
	r, err := store.Get(context.Background(), path, core.GetOptions{})
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = r.ReadInto(make([]byte, r.Length))
	return err
}

// cpu is the time that this process has had, in microseconds.
func cpu() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		log.Fatal(err)
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e3
}
