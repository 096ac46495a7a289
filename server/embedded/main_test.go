package embedded

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The tests run the real programs. A test that kills an amends starts its own binary again as one: see
// hold and startHolder.

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "hold" {
		os.Exit(hold(os.Args[2]))
	}
	folder, err := os.MkdirTemp("", "embedded")
	if err == nil {
		err = os.Chmod(folder, 0o711)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	made.folder = folder
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(folder)
		os.Exit(code)
	}))
}

// made is a stopped database with one row that most tests copy, because initdb is the slow part of
// every test here. The first test that needs it creates it.
var made struct {
	sync.Once
	folder string
	err    error
}

// bound is how long a condition may take to become true on a busy machine.
const bound = 60 * time.Second

// eventually polls a condition until it is true.
func eventually(t *testing.T, what string, fact func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.After(bound); !fact(); {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("not in time: %s", what)
		}
	}
}

// newFolder is a temporary folder that the database user can traverse, unlike t.TempDir.
func newFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "embedded")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	must(t, os.Chmod(dir, 0o711))
	return dir
}

// newData is a data folder for one test with a stopped database: table kept holds the row 7.
func newData(t *testing.T) string {
	t.Helper()
	made.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), bound)
		defer cancel()
		p, err := StartPostgres(ctx, PostgresOptions{DataDir: made.folder})
		if made.err = err; err != nil {
			return
		}
		_, made.err = p.psql(ctx, p.password, "-c", "create table kept (n int); insert into kept values (7)").CombinedOutput()
		made.err = errors.Join(made.err, p.Stop(ctx))
	})
	must(t, made.err)
	root := newFolder(t)
	// cp -a keeps the owner of each file.
	if out, err := exec.Command("cp", "-a", made.folder+"/.", root).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return root
}

// wantKept checks that a database still has newData's row.
func wantKept(t *testing.T, p *Postgres) {
	t.Helper()
	if got := p.query(t, "select n from kept"); got != "7" {
		t.Errorf("kept %q", got)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, root string) *Postgres {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	p, err := StartPostgres(ctx, PostgresOptions{DataDir: root})
	must(t, err)
	t.Cleanup(func() { stop(t, p) })
	return p
}

func stop(t *testing.T, p *Postgres) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	must(t, p.Stop(ctx))
}

// psql connects with the same installation's client, as superuser with the given password.
func (p *Postgres) psql(ctx context.Context, password string, args ...string) *exec.Cmd {
	folder, user, _ := p.Superuser()
	cmd := exec.CommandContext(ctx, p.bin.path("psql"), append([]string{"-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
		"-h", folder, "-U", user, "-d", "postgres"}, args...)...)
	cmd.Env = []string{"PGPASSWORD=" + password, "PATH=/usr/bin:/bin", "PGCONNECT_TIMEOUT=20"}
	return cmd
}

func (p *Postgres) query(t *testing.T, sql string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	_, _, password := p.Superuser()
	out, err := p.psql(ctx, password, "-c", sql).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", sql, err, out)
	}
	return strings.TrimSpace(string(out))
}

// hold is the amends process that tests kill: it starts the database, prints its process id and socket,
// and shuts down cleanly only when its input ends or on SIGTERM.
func hold(root string) int {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	p, err := StartPostgres(ctx, PostgresOptions{DataDir: root})
	if err != nil {
		fmt.Println("failed", err)
		return 1
	}
	folder, _, password := p.Superuser()
	fmt.Println("ready", p.cmd.Process.Pid, folder, password, p.bin.dir)
	input := make(chan struct{})
	go func() {
		defer close(input)
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	select {
	case <-input:
	case <-ctx.Done():
	case <-p.Done():
	}
	if err := p.Stop(context.Background()); err != nil {
		return 1
	}
	return 0
}

// holder is an amends in a separate process.
type holder struct {
	cmd   *exec.Cmd
	input io.WriteCloser
	lines *bufio.Reader
	// client connects to its database; do not call Stop on it.
	client     *Postgres
	postmaster int
}

// launchHolder starts a holder under the strictest umask, as root may have.
func launchHolder(t *testing.T, root string) *holder {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", `umask 077; exec "$0" hold "$1"`, os.Args[0], root)
	input, err := cmd.StdinPipe()
	must(t, err)
	output, err := cmd.StdoutPipe()
	must(t, err)
	cmd.Stderr = &bytes.Buffer{}
	must(t, cmd.Start())
	h := &holder{cmd: cmd, input: input, lines: bufio.NewReader(output)}
	t.Cleanup(h.kill)
	return h
}

func startHolder(t *testing.T, root string) *holder {
	t.Helper()
	h := launchHolder(t, root)
	line, err := h.lines.ReadString('\n')
	if err != nil {
		t.Fatalf("the other process said nothing: %v\n%s", err, h.cmd.Stderr)
	}
	var bin string
	h.client = &Postgres{data: databaseIn(root)}
	if _, err := fmt.Sscan(line, new(string), &h.postmaster, &h.client.socket, &h.client.password, &bin); err != nil {
		t.Fatalf("the other process said %q", line)
	}
	h.client.bin.dir = bin
	return h
}

// kill sends SIGKILL to the holder alone. It is idempotent.
func (h *holder) kill() {
	if h.cmd.ProcessState == nil {
		_ = h.cmd.Process.Kill()
		_ = h.cmd.Wait()
	}
}

// killEverything sends SIGKILL to the holder, the postmaster and all its children.
func (h *holder) killEverything(t *testing.T) {
	t.Helper()
	// A suspended postmaster forks no more children while they are listed.
	must(t, syscall.Kill(h.postmaster, syscall.SIGSTOP))
	pids := append(childrenOf(t, h.postmaster), h.postmaster)
	_ = h.cmd.Process.Kill()
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
			t.Fatal(err)
		}
	}
	h.kill()
}

// childrenOf uses ps, which exists on every system that runs the tests.
func childrenOf(t *testing.T, parent int) (pids []int) {
	t.Helper()
	out, err := exec.Command("ps", "-A", "-o", "pid=", "-o", "ppid=").Output()
	must(t, err)
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && fields[1] == strconv.Itoa(parent) {
			pid, err := strconv.Atoi(fields[0])
			must(t, err)
			pids = append(pids, pid)
		}
	}
	return pids
}

// tree lists everything below a folder with mode and content, to compare before and after.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	must(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		var text []byte
		if info.Mode().IsRegular() {
			if text, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		found[path] = info.Mode().String() + " " + string(text)
		return nil
	}))
	return found
}
