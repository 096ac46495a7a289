package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"amends/server/measure/stand"
)

// diskSize fits a new database with little to spare.
const diskSize = "size=160m"

// diskFull plays a small room whose database is on a small disk, fills the disk while people talk, and
// frees it again. It needs root, to mount that disk.
func diskFull(ctx context.Context, binary string) (words string, err error) {
	fmt.Fprintf(os.Stderr, "%s  the disk is full\n", time.Now().Format("15:04:05"))
	if os.Geteuid() != 0 {
		return "Disk full: not tried; it needs root, to mount a small disk.", nil
	}
	folder, err := os.MkdirTemp("", "amends-disk-")
	if err != nil {
		return "", fmt.Errorf("make a folder: %w", err)
	}
	defer os.Remove(folder)
	if err := syscall.Mount("amends-faults", folder, "tmpfs", 0, diskSize); err != nil {
		return fmt.Sprintf("Disk full: not tried; a small disk could not be mounted here (%v).", err), nil
	}
	defer func() { err = errors.Join(err, syscall.Unmount(folder, syscall.MNT_DETACH)) }()
	s, err := stand.New(ctx, binary, folder)
	if err != nil {
		return "", err
	}
	defer s.Close()
	return onSmallDisk(ctx, &play{stand: s, cast: smallCast})
}

func onSmallDisk(ctx context.Context, p *play) (string, error) {
	var err error
	if p.balancer, err = newBalancer(stand.Readyz); err != nil {
		return "", err
	}
	defer p.end()
	watching, leave := context.WithCancel(ctx)
	if p.theatre, err = newTheatre(watching); err != nil {
		leave()
		return "", err
	}
	defer func() { leave(); p.close() }()
	if err := p.open(ctx); err != nil {
		return "", err
	}
	p.talk(ctx)
	said, err := p.fillDisk(ctx)
	if err == nil {
		err = sleep(ctx, 8*time.Second)
	}
	p.quiet()
	if err == nil {
		err = p.calm(ctx, time.Minute)
	}
	if err != nil {
		return "", fmt.Errorf("after a full disk: %w", err)
	}
	events, found, err := p.judge(ctx)
	if err == nil && !found.clean() {
		err = fmt.Errorf("after a full disk: %s", found.Words[0])
	}
	return fmt.Sprintf("Disk full: 20 s without room for the database, 1 node, %d sockets; %s; with room again all went on by itself: %d commands, %d events, %d asked again, lost %d, doubled %d.",
		p.cast.screens, said, len(p.calls), events, p.resent, found.Lost, found.Doubled), err
}

// fillDisk fills the disk for a while and frees it; the note says what /readyz answered meanwhile.
func (p *play) fillDisk(ctx context.Context) (string, error) {
	filler := filepath.Join(p.stand.Folder, "filler")
	if err := fill(filler); err != nil {
		return "", err
	}
	said := ""
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if text := readyzText(p.seated[0].Base); strings.Contains(text, "disk") {
			said = fmt.Sprintf("/readyz said %q", strings.TrimSpace(text))
		}
		if err := sleep(ctx, 250*time.Millisecond); err != nil {
			return "", err
		}
	}
	if err := os.Remove(filler); err != nil {
		return "", fmt.Errorf("make room: %w", err)
	}
	if said == "" {
		return "", errors.New("/readyz never said that the disk is full")
	}
	if !p.stand.PostgresRuns() {
		said += "; Postgres had given up and was started again, as a service manager would"
		return said, p.stand.StartPostgres(ctx)
	}
	return said, nil
}

// fill writes until the disk is full.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("fill the disk: %w", err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 4 << 10} {
		block := make([]byte, size)
		for err = nil; err == nil; {
			_, err = f.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("fill the disk: %w", err)
		}
	}
	return nil
}

func readyzText(base string) string {
	c := http.Client{Timeout: 2 * time.Second}
	res, err := c.Get(base + "/readyz")
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1000))
	if err != nil {
		return ""
	}
	return string(text)
}
