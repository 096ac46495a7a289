package embedded

import "syscall"

// endWithParent makes the kernel stop the database in good order when this program is killed.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGINT }
