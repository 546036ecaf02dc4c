package core_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/internal/hosttest"
)

// BenchmarkRequests is what the small requests of a host cost in core, all layers and the
// system's share included, on an endpoint that only answers.
func BenchmarkRequests(b *testing.B) {
	options := &core.Options{}
	for key, value := range map[string]string{"endpoint": answering(b), "access_key_id": "AKID", "secret_access_key": "secret"} {
		require.NoError(b, options.Set(key, value))
	}
	store, err := core.Open("s3://bucket", options)
	require.NoError(b, err)
	defer store.Close()
	ctx := core.WithCaller(context.Background(), hosttest.New(nil))
	buffer := make([]byte, 64<<10)
	for _, request := range []struct {
		name string
		send func() error
	}{
		{"get", func() error {
			r, n, err := store.GetFirst(ctx, "folder/object", core.GetOptions{}, buffer)
			if err == nil {
				r.Close()
				if n != objectSize {
					return fmt.Errorf("%d bytes", n)
				}
			}
			return err
		}},
		{"head", func() error {
			_, err := store.Head(ctx, "folder/object", core.HeadOptions{})
			return err
		}},
		{"put", func() error {
			_, err := store.Put(ctx, "folder/object", buffer[:objectSize], core.PutOptions{Overwrite: true})
			return err
		}},
	} {
		b.Run(request.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, request.send())
			}
		})
	}
}

const objectSize = 4096

// answering starts an endpoint that has every object, and allocates nothing for an answer.
func answering(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answer(conn)
		}
	}()
	return "http://" + l.Addr().String()
}

func answer(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	head := "HTTP/1.1 200 OK\r\nx-amz-request-id: 4442587FB7D0A2F9\r\nDate: Sat, 21 Nov 2026 16:00:00 GMT\r\n" +
		"Last-Modified: Sat, 21 Nov 2026 15:00:00 GMT\r\nETag: \"9b2cf535f27731c974343645a3985328\"\r\n" +
		"Accept-Ranges: bytes\r\nContent-Type: binary/octet-stream\r\nServer: AmazonS3\r\n"
	object := []byte(head + "Content-Length: " + strconv.Itoa(objectSize) + "\r\n\r\n" + strings.Repeat("x", objectSize))
	written := []byte(head + "Content-Length: 0\r\n\r\n")
	for {
		method, err := in.Peek(3)
		if err != nil {
			return
		}
		answer := map[string][]byte{"GET": object, "HEA": object[:len(object)-objectSize], "PUT": written}[string(method)]
		length := 0
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return
			}
			if len(line) == 2 {
				break
			}
			if name, value, _ := bytes.Cut(line, []byte(": ")); bytes.EqualFold(name, []byte("content-length")) {
				length, _ = strconv.Atoi(string(bytes.TrimSpace(value)))
			}
		}
		if _, err := in.Discard(length); err != nil {
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}
