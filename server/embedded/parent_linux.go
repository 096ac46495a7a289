package embedded

import "syscall"

// endWithParent makes the kernel send the database a fast-shutdown signal when this process dies.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGINT }
