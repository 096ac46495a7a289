//go:build !unix

package socket

import "syscall"

// Bare says that this system has sockets that can be written without waiting.
const Bare = false

// attempt takes nothing at once: every connection is written by a goroutine of its own.
type attempt struct{}

func (*attempt) prepare() {}

func (*attempt) try(syscall.RawConn, []byte) (int, error) { return 0, nil }
