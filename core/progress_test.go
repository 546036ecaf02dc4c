package core

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

func TestProgress(t *testing.T) {
	for name, place := range map[string]string{"memory": "memory://", "local": "file://" + t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(place, nil)
			require.NoError(t, err)
			defer s.Close()
			data := bytes.Repeat([]byte("0123456789"), 100)
			file := fileOf(t, string(data))
			put := func(ctx context.Context) error {
				_, err := s.Put(ctx, "a", data, PutOptions{Overwrite: true})
				return err
			}
			require.NoError(t, put(t.Context()))
			for _, c := range []struct {
				name               string
				transferred, total int64
				do                 func(ctx context.Context) error
			}{
				{"nothing", 0, 0, func(ctx context.Context) error {
					_, err := s.Head(ctx, "a", HeadOptions{})
					return err
				}},
				{"put", 1000, 1000, put},
				{"two puts", 2000, 2000, func(ctx context.Context) error {
					assert.NoError(t, put(ctx))
					return put(ctx)
				}},
				{"put file", 990, 990, func(ctx context.Context) error {
					_, err := s.PutFile(ctx, "a", file, FileRange{Offset: 10}, PutOptions{Overwrite: true})
					assert.NoError(t, put(context.Background()))
					return err
				}},
				{"writer", 1000, 0, func(ctx context.Context) error {
					w, err := s.NewWriter(ctx, "b", PutOptions{Overwrite: true})
					require.NoError(t, err)
					_, err = w.Write(data)
					return err
				}},
				{"writer that commits", 1000, 1000, func(ctx context.Context) error {
					w, err := s.NewWriter(ctx, "b", PutOptions{Overwrite: true})
					require.NoError(t, err)
					_, err = w.Write(data)
					require.NoError(t, err)
					_, err = w.Commit(ctx)
					return err
				}},
				{"get", 10, 1000, func(ctx context.Context) error {
					r, err := s.Get(ctx, "a", GetOptions{})
					require.NoError(t, err)
					defer r.Close()
					_, err = io.ReadFull(r, make([]byte, 10))
					return err
				}},
				{"get of a range", 7, 7, func(ctx context.Context) error {
					r, err := s.Get(ctx, "a", GetOptions{Offset: 3, Length: 7})
					require.NoError(t, err)
					defer r.Close()
					_, err = r.ReadInto(make([]byte, 7))
					return err
				}},
				{"reads here and there", 15, 15, func(ctx context.Context) error {
					r, err := s.Get(ctx, "a", GetOptions{Random: true})
					require.NoError(t, err)
					defer r.Close()
					_, err = r.ReadAt(make([]byte, 10), 500)
					require.NoError(t, err)
					_, err = r.ReadAt(make([]byte, 10), 995)
					assert.Equal(t, io.EOF, err)
					return nil
				}},
				{"ranges, that overlap and are cut", 30, 30, func(ctx context.Context) error {
					spans := []Span{{Offset: 0, Buffer: make([]byte, 10)}, {Offset: 5, Buffer: make([]byte, 10)}, {Offset: 985, Buffer: make([]byte, 20)}}
					_, _, err := s.GetSpans(ctx, "a", spans, SpanOptions{Coalesce: 1000})
					return err
				}},
				{"many", 2000, 2000, func(ctx context.Context) error {
					_, err := s.GetMany(ctx, []string{"a", "missing", "a"}, GetOptions{}, nil)
					return err
				}},
				{"a read that fails", 0, 0, func(ctx context.Context) error {
					_, err := s.Get(ctx, "missing", GetOptions{})
					requireError(t, err, errs.NotFound)
					return nil
				}},
				{"append", 1000, 1000, func(ctx context.Context) error {
					_, err := s.Append(ctx, "c", data, PutOptions{})
					return err
				}},
			} {
				t.Run(c.name, func(t *testing.T) {
					var p Progress
					require.NoError(t, c.do(WithProgress(t.Context(), &p)))
					assert.Equal(t, [2]int64{c.transferred, c.total}, [2]int64{p.Transferred.Load(), p.Total.Load()})
				})
			}
		})
	}
}

func TestProgressOfALocalCopy(t *testing.T) {
	s, err := Open("file://"+t.TempDir(), nil)
	require.NoError(t, err)
	defer s.Close()
	_, err = s.Put(t.Context(), "a", make([]byte, 1000), PutOptions{})
	require.NoError(t, err)
	var p Progress
	require.NoError(t, s.Copy(WithProgress(t.Context(), &p), "a", "b", CopyOptions{}))
	assert.Equal(t, [2]int64{1000, 1000}, [2]int64{p.Transferred.Load(), p.Total.Load()})
}
