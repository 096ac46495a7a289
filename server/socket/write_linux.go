package socket

import (
	"syscall"
	"unsafe"
)

// writeNow writes to a descriptor that does not block. It goes past the runtime's bookkeeping
// of system calls, which is for calls that may wait: there, whenever the kernel runs the peer
// before us, as it does on the same machine, another thread is woken to take our place.
func writeNow(fd int, out []byte) (int, error) {
	if len(out) == 0 {
		return 0, nil
	}
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(out))), uintptr(len(out)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
