//go:build !linux

package stand

import "syscall"

// apart puts the process in its own group, so that Ctrl-C does not reach it.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
