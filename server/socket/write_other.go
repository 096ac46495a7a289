//go:build unix && !linux

package socket

import "syscall"

// writeNow writes to a descriptor that does not block.
func writeNow(fd int, out []byte) (int, error) { return syscall.Write(fd, out) }
