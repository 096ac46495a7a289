package bench

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// perProcess marks a clock id that stands for the processor time of a whole process
// (CPUCLOCK_SCHED in the kernel's posix-timers; what clock_getcpuclockid(3) gives).
const perProcess = 2

// CPU is the processor time that the process has used so far, its own and the kernel's for it,
// in nanoseconds: the ticks of /proc are 10 ms, more than a few saves take together.
func (p Process) CPU() (time.Duration, error) {
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^p.PID)<<3|perProcess, &used); err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	return time.Duration(used.Nano()), nil
}
