//go:build unix

package inbound

import (
	"math"
	"syscall"
)

// descriptors returns how many files this process may have open. Go raises the soft limit to the hard
// one when a process starts (package os, since 1.19).
func descriptors() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 1024 // the minimum of common POSIX systems
	}
	return int(min(uint64(limit.Cur), math.MaxInt32)) //nolint:unconvert // an int64 on FreeBSD
}
