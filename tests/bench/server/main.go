// Server is an S3 endpoint in memory that is faster than any client: for the
// benchmarks of tests/bench/peers. Real servers spend more on a request than
// clients do, and so hide what these cost. It speaks HTTP by itself, since one with
// net/http takes twice the CPU time for a GET of 4 KiB (31 us for 13, by 16 threads
// in C) and serves half as many.
//
//	server [CERTIFICATE KEY]
//
// It prints its address, and with a certificate that of a second port, which
// speaks TLS 1.3, and serves until its standard input ends. There is one bucket, of
// any name. Requests must be signed, but no signature is checked. Objects above
// 1 MiB are counted and dropped, but for those below "keep/". Below "list/" are
// 100,000 objects that can be listed, and nothing else.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"os"
)

func main() {
	s := newStore()
	serve(s, listen(nil))
	if len(os.Args) == 3 {
		pair, err := tls.LoadX509KeyPair(os.Args[1], os.Args[2])
		if err != nil {
			log.Fatal(err)
		}
		serve(s, listen(&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}))
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent ends
}

func listen(config *tls.Config) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(l.Addr())
	if config != nil {
		return tls.NewListener(l, config)
	}
	return l
}

func serve(s *store, l net.Listener) {
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				log.Fatal(err)
			}
			go newConn(s, c).serve()
		}
	}()
}
