package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Process is a server on this machine, as Linux' /proc describes it.
type Process struct{ PID int }

// Resident is the process's resident memory in bytes.
func (p Process) Resident() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID))
	if err != nil {
		return 0, fmt.Errorf("read the memory: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("/proc says nothing of memory")
}

// FindProcess finds the process that listens on a local port: among the user's own processes, or all as
// root.
func FindProcess(port int) (Process, error) {
	inode := ""
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			// Field 1 is the local address, 3 the state (0A listens), 9 the inode.
			if len(f) > 9 && f[3] == "0A" && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
				inode = "socket:[" + f[9] + "]"
			}
		}
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil || inode == "" {
		return Process{}, errors.New("no process of this machine listens there")
	}
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && to == inode {
			pid, err := strconv.Atoi(strings.Split(link, "/")[2])
			return Process{pid}, err
		}
	}
	return Process{}, errors.New("the process that listens there belongs to somebody else: give its --pid")
}
