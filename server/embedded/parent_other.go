//go:build !linux

package embedded

import "syscall"

// endWithParent: without a parent's death signal the next start stops the orphan.
func endWithParent(*syscall.SysProcAttr) {}
