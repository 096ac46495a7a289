package bench

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// perProcess marks a clock id that stands for a whole process's CPU time (CPUCLOCK_SCHED in the
// kernel's posix-timers; what clock_getcpuclockid(3) returns).
const perProcess = 2

// CPU is the CPU time that the process has used so far, user and kernel, with nanosecond resolution:
// the ticks of /proc are 10 ms, more than a few saves take together.
func (p Process) CPU() (time.Duration, error) {
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^p.PID)<<3|perProcess, &used); err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	return time.Duration(used.Nano()), nil
}
