package stand

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// WriteSection replaces the text between the comments `<!-- name -->` and `<!-- /name -->` of a file.
func WriteSection(path, name, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	first, last := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	before, rest, ok1 := strings.Cut(string(old), first)
	_, after, ok2 := strings.Cut(rest, last)
	if !ok1 || !ok2 {
		return errors.New(path + " has no section " + name)
	}
	whole := before + first + strings.TrimRight(text, "\n") + "\n" + last + after
	return os.WriteFile(path, []byte(whole), 0o644)
}

// Machine describes in one line what was measured, where and when.
func Machine() string {
	commit := "unknown"
	if out, err := exec.Command("git", "describe", "--always", "--dirty").Output(); err == nil {
		commit = strings.TrimSpace(string(out))
	}
	load := ""
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		if f := strings.Fields(string(text)); len(f) > 0 {
			load = ", load before " + f[0]
		}
	}
	return fmt.Sprintf("Commit `%s`, %s UTC, %s/%s, %d cores, %s%s.", commit, time.Now().UTC().Format("2006-01-02 15:04"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), load)
}
