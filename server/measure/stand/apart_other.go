//go:build !linux

package stand

import "syscall"

// apart keeps the terminal's Ctrl-C from the process.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
