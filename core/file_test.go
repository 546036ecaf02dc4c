package core

import (
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/libremotestore/libremotestore/core/errs"
)

func fileOf(t *testing.T, text string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	return file
}

func textAt(t *testing.T, s *Store, path string) string {
	t.Helper()
	r, err := s.Get(context.Background(), path, GetOptions{})
	require.NoError(t, err)
	defer r.Close()
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(text)
}

func TestPutFile(t *testing.T) {
	for name, place := range map[string]string{"memory": "memory://", "local": "file://" + t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(place, nil)
			require.NoError(t, err)
			defer s.Close()
			file := fileOf(t, "0123456789")
			_, err = file.Seek(7, io.SeekStart)
			require.NoError(t, err)
			for _, c := range []struct {
				part FileRange
				want string
				code errs.Code
			}{
				{FileRange{}, "0123456789", errs.OK},
				{FileRange{Offset: 3}, "3456789", errs.OK},
				{FileRange{Offset: 3, Length: 4}, "3456", errs.OK},
				{FileRange{Offset: 3, Length: 7}, "3456789", errs.OK},
				{FileRange{Offset: 3, Length: math.MaxInt64}, "3456789", errs.OK},
				{FileRange{Offset: 10}, "", errs.OK},
				{FileRange{Suffix: 2}, "89", errs.OK},
				{FileRange{Suffix: 11}, "0123456789", errs.OK},
				{FileRange{Offset: 11}, "", errs.RangeNotSatisfiable},
				{FileRange{Offset: -1}, "", errs.InvalidArgument},
				{FileRange{Length: -1}, "", errs.InvalidArgument},
				{FileRange{Suffix: 1, Length: 1}, "", errs.InvalidArgument},
			} {
				info, err := s.PutFile(t.Context(), "a", file, c.part, PutOptions{Overwrite: true})
				require.Equal(t, c.code, errs.CodeOf(err), "%+v: %v", c, err)
				if err == nil {
					assert.EqualValues(t, len(c.want), info.Size)
					assert.Equal(t, c.want, textAt(t, s, "a"))
				}
			}
			position, err := file.Seek(0, io.SeekCurrent)
			require.NoError(t, err)
			assert.EqualValues(t, 7, position, "it was moved")
			_, err = s.PutFile(t.Context(), "a", file, FileRange{}, PutOptions{})
			assert.Equal(t, errs.AlreadyExists, errs.CodeOf(err))
			_, err = s.PutFile(t.Context(), "", file, FileRange{}, PutOptions{})
			assert.Equal(t, errs.InvalidPath, errs.CodeOf(err))
		})
	}
}

// What cannot be read at any place is refused, and what cannot be read at all.
func TestPutFileOfOtherFiles(t *testing.T) {
	s, err := Open("memory://", nil)
	require.NoError(t, err)
	defer s.Close()
	folder, err := os.Open(t.TempDir())
	require.NoError(t, err)
	defer folder.Close()
	pipe, writer, err := os.Pipe()
	require.NoError(t, err)
	defer pipe.Close()
	defer writer.Close()
	device, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer device.Close()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	require.NoError(t, err)
	defer unix.Close(ends[1])
	socket := os.NewFile(uintptr(ends[0]), "socket")
	defer socket.Close()
	unreadable, err := os.OpenFile(filepath.Join(t.TempDir(), "file"), os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	defer unreadable.Close()
	_, err = unreadable.WriteString("text")
	require.NoError(t, err)
	closed := fileOf(t, "text")
	require.NoError(t, closed.Close())
	// It says that it is empty.
	strange, err := os.Open("/proc/self/status")
	require.NoError(t, err)
	defer strange.Close()
	for name, c := range map[string]struct {
		file *os.File
		code errs.Code
		says string
	}{
		"a folder":   {folder, errs.InvalidArgument, "not a folder"},
		"a pipe":     {pipe, errs.InvalidArgument, "not a pipe"},
		"a device":   {device, errs.InvalidArgument, "not a device"},
		"a socket":   {socket, errs.InvalidArgument, "not a socket"},
		"unreadable": {unreadable, errs.IO, "cannot be read"},
		"closed":     {closed, errs.IO, "cannot be read"},
		"of /proc":   {strange, errs.Changed, "more than the 0 bytes"},
	} {
		_, err := s.PutFile(t.Context(), "a", c.file, FileRange{}, PutOptions{})
		assert.Equal(t, c.code, errs.CodeOf(err), "%s: %v", name, err)
		assert.ErrorContains(t, err, c.says)
		_, err = s.Head(t.Context(), "a", HeadOptions{})
		assert.Equal(t, errs.NotFound, errs.CodeOf(err), name)
	}
}

func TestAFileThatChangesWhileItIsRead(t *testing.T) {
	file := fileOf(t, "0123456789")
	whole, err := newFileSource(file, FileRange{Offset: 2})
	require.NoError(t, err)
	some, err := newFileSource(file, FileRange{Offset: 2, Length: 4})
	require.NoError(t, err)
	require.NoError(t, whole.Unchanged())

	_, err = file.WriteAt([]byte("x"), 10)
	require.NoError(t, err)
	assert.Equal(t, errs.Changed, errs.CodeOf(whole.Unchanged()))
	require.NoError(t, some.Unchanged(), "it may grow elsewhere")

	require.NoError(t, file.Truncate(5))
	_, err = whole.ReadAt(make([]byte, 4), 0)
	assert.Equal(t, errs.Changed, errs.CodeOf(err))
	assert.Equal(t, errs.Changed, errs.CodeOf(whole.Unchanged()))
	assert.Equal(t, errs.Changed, errs.CodeOf(some.Unchanged()))
	n, err := whole.ReadAt(make([]byte, 3), 0)
	require.NoError(t, err)
	assert.Equal(t, 3, n)
}
