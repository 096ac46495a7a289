package stand

import "syscall"

// apart puts the process in its own group, so that Ctrl-C does not reach it, and kills it if we are
// killed.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
