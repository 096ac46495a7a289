//go:build !linux

package embedded

import "syscall"

// endWithParent does nothing: without a parent-death signal, the next start stops the orphan.
func endWithParent(*syscall.SysProcAttr) {}
