//go:build !unix

package socket

import "syscall"

// Bare reports whether this system has sockets that can be written without blocking.
const Bare = false

// attempt never writes anything: here every connection is written by its own goroutine (drain).
type attempt struct{}

func (*attempt) prepare() {}

func (*attempt) try(syscall.RawConn, []byte) (int, error) { return 0, nil }
