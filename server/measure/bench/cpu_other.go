//go:build !linux

package bench

import (
	"errors"
	"time"
)

// CPU is only available on Linux.
func (Process) CPU() (time.Duration, error) {
	return 0, errors.New("the processor time of another process is read on Linux only")
}
