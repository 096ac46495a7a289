package stand

import "syscall"

// apart keeps the terminal's Ctrl-C from the process, and ends it with us if we are killed.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
