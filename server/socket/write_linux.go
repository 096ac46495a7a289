package socket

import (
	"syscall"
	"unsafe"
)

// writeNow writes to a non-blocking descriptor with a raw system call. The runtime's bookkeeping around
// a normal system call is for calls that may block: whenever the kernel schedules the peer first, as it
// does on the same machine, the runtime would wake another thread to take over.
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
