//go:build unix && !linux

package socket

import "syscall"

// writeNow writes to a non-blocking descriptor.
func writeNow(fd int, out []byte) (int, error) { return syscall.Write(fd, out) }
