package embedded

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// writer inserts numbers one at a time and records those that Postgres acknowledged.
type writer struct {
	cmd   *exec.Cmd
	acked []string
}

func (w *writer) run(ready *sync.WaitGroup, in *bufio.Writer, out *bufio.Scanner, name, round int) {
	for n := 0; ; n++ {
		value := fmt.Sprintf("%d-%d-%d", round, name, n)
		fmt.Fprintf(in, "insert into acked values ('%s') returning v;\n", value)
		if in.Flush() != nil || !out.Scan() || out.Text() != value {
			if n < 20 {
				ready.Done()
			}
			return
		}
		if w.acked = append(w.acked, value); n == 19 {
			ready.Done()
		}
	}
}

// writeUntilKilled writes over several connections and kills all processes in the middle.
func writeUntilKilled(t *testing.T, h *holder, round int) (acked []string) {
	t.Helper()
	var ready, ended sync.WaitGroup
	writers := make([]*writer, 4)
	for i := range writers {
		w := &writer{cmd: h.client.psql(context.Background(), h.client.password)}
		writers[i] = w
		in, err := w.cmd.StdinPipe()
		must(t, err)
		out, err := w.cmd.StdoutPipe()
		must(t, err)
		must(t, w.cmd.Start())
		ready.Add(1)
		ended.Go(func() {
			w.run(&ready, bufio.NewWriter(in), bufio.NewScanner(out), i, round)
			_ = in.Close()
			_ = w.cmd.Wait()
		})
	}
	ready.Wait()
	h.killEverything(t)
	ended.Wait()
	for _, w := range writers {
		acked = append(acked, w.acked...)
	}
	return acked
}

func TestNothingAcknowledgedIsLostWhenEverythingIsKilled(t *testing.T) {
	t.Parallel()
	root := newData(t)
	p := start(t, root)
	p.query(t, "create table acked (v text)")
	stop(t, p)
	var acked []string
	for round := range 3 {
		h := startHolder(t, root)
		got := writeUntilKilled(t, h, round)
		if len(got) < 4*20 {
			t.Fatalf("only %d rows were acknowledged in round %d", len(got), round)
		}
		acked = append(acked, got...)
	}
	kept := map[string]int{}
	for line := range strings.Lines(start(t, root).query(t, "select v from acked")) {
		kept[strings.TrimSpace(line)]++
	}
	for _, v := range acked {
		if kept[v] != 1 {
			t.Fatalf("row %s is there %d times", v, kept[v])
		}
	}
	t.Logf("%d acknowledged, %d there", len(acked), len(kept))
}

func TestTheDatabaseEndsWithAKilledAmends(t *testing.T) {
	t.Parallel()
	root := newData(t)
	h := startHolder(t, root)
	h.kill()
	// On Linux the postmaster shuts down by itself, elsewhere the next start shuts it down.
	if runtime.GOOS == "linux" {
		eventually(t, "the database has ended", func() bool { return !h.client.runsByProc(h.postmaster) })
	}
	p := start(t, root)
	if p.cmd.Process.Pid == h.postmaster {
		t.Fatal("the old postmaster is taken for the new one")
	}
	wantKept(t, p)
	log, err := os.ReadFile(filepath.Join(root, "postgres.log"))
	must(t, err)
	if !strings.Contains(string(log), "database system was shut down at") {
		t.Errorf("it did not end in good order:\n%s", log)
	}
}

func TestAnOrphanIsShutDownCleanly(t *testing.T) {
	t.Parallel()
	root := newData(t)
	p := start(t, root)
	stop(t, p)
	// A postmaster without a parent-death signal, started through another path to the folder.
	link := filepath.Join(newFolder(t), "link")
	must(t, os.Symlink(root, link))
	must(t, os.Mkdir(p.socket, 0o700))
	must(t, p.owner.give(p.socket))
	args := p.arguments(false)
	args[1] = databaseIn(link)
	orphan := exec.Command(p.bin.path("postgres"), args...)
	p.asOwner(orphan)
	must(t, orphan.Start())
	ended := make(chan error, 1)
	go func() { ended <- orphan.Wait() }()
	eventually(t, "the orphan is ready", func() bool { return p.readPidFile().readySince(pidFile{}, orphan.Process.Pid) })

	wantKept(t, start(t, root))
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the orphan ended with %v", err)
		}
	case <-time.After(bound):
		t.Error("the orphan still runs")
	}
}

// stranger is a running process of the database user that is not a postmaster on our data, whatever its
// arguments say.
func stranger(t *testing.T, p *Postgres, program string, words ...string) int {
	t.Helper()
	cmd := exec.Command("/bin/sh")
	cmd.Args = append([]string{program, "-c", "read -r _ || :"}, words...)
	in, err := cmd.StdinPipe()
	must(t, err)
	p.asOwner(cmd)
	must(t, cmd.Start())
	t.Cleanup(func() {
		// It ends by itself when its input is closed, unless a signal ended it before.
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("an unrelated process was signalled: %v", err)
		}
	})
	return cmd.Process.Pid
}

// zombie is a process that has ended and was not waited for.
func zombie(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", "exec cat")
	in, err := cmd.StdinPipe()
	must(t, err)
	must(t, cmd.Start())
	must(t, in.Close())
	t.Cleanup(func() { _ = cmd.Wait() })
	eventually(t, "the process is a zombie", func() bool {
		out, _ := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(cmd.Process.Pid)).Output()
		return strings.HasPrefix(string(out), "Z")
	})
	return cmd.Process.Pid
}

// deadPid is the id of a process that has ended.
func deadPid(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", ":")
	must(t, cmd.Run())
	return cmd.Process.Pid
}

func TestFilesOfADeadDatabaseDoNotStopTheNext(t *testing.T) {
	t.Parallel()
	root := newData(t)
	p := start(t, root)
	stop(t, p)
	pidText := func(pid int) string {
		// As left by a crash: eight lines, status ready, and shared memory that no longer exists.
		return fmt.Sprintf("%d\n%s\n1700000000\n5432\n%s\n\n  5432001         7\nready   \n", pid, p.data, p.socket)
	}
	gone, undead := deadPid(t), zombie(t)
	reused, reader := stranger(t, p, "sh"), stranger(t, p, "less", "postgres", "-D", p.data)
	elsewhere := stranger(t, p, "/usr/bin/postgres", "-D", "/srv/other/postgres")
	for name, left := range map[string]struct{ pidFile, socketLock string }{
		"empty":                            {pidFile: "", socketLock: ""},
		"no number":                        {pidFile: "x\n", socketLock: "x\n"},
		"a dead process":                   {pidFile: pidText(gone), socketLock: pidText(gone)},
		"a zombie":                         {pidFile: pidText(undead), socketLock: pidText(undead)},
		"somebody else's process":          {pidFile: pidText(reused), socketLock: pidText(reused)},
		"a process that speaks of us":      {pidFile: pidText(reader), socketLock: pidText(reader)},
		"a postmaster on other data":       {pidFile: pidText(elsewhere), socketLock: pidText(elsewhere)},
		"our own process":                  {pidFile: pidText(os.Getpid()), socketLock: pidText(os.Getpid())},
		"init":                             {pidFile: pidText(1), socketLock: pidText(1)},
		"a single-user process, long gone": {pidFile: pidText(-gone), socketLock: pidText(-gone)},
	} {
		t.Run(name, func(t *testing.T) {
			must(t, os.MkdirAll(p.socket, 0o700))
			must(t, p.owner.give(p.socket))
			for path, text := range map[string]string{p.pidPath(): left.pidFile, filepath.Join(p.socket, ".s.PGSQL.5432.lock"): left.socketLock} {
				must(t, os.WriteFile(path, []byte(text), 0o600))
				must(t, p.owner.give(path))
			}
			next := start(t, root)
			wantKept(t, next)
			stop(t, next)
		})
	}
}

func TestAStartWaitsForOldSharedMemoryWhateverThePidFileSays(t *testing.T) {
	t.Parallel()
	root := newData(t)
	p := start(t, root)
	// A suspended child outlives its postmaster and still holds the shared memory.
	children := childrenOf(t, p.cmd.Process.Pid)
	must(t, syscall.Kill(children[0], syscall.SIGSTOP))
	must(t, syscall.Kill(p.cmd.Process.Pid, syscall.SIGKILL))
	<-p.Done()
	stop(t, p)
	text := p.readPidFile().text
	_, rest, _ := strings.Cut(text, "\n")
	must(t, os.WriteFile(p.pidPath(), []byte(strconv.Itoa(stranger(t, p, "sh"))+"\n"+rest), 0o600))

	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	early, err := StartPostgres(ctx, PostgresOptions{DataDir: root})
	if err == nil {
		stop(t, early)
		t.Error("a second database started while the first still held its shared memory")
	}
	must(t, syscall.Kill(children[0], syscall.SIGKILL))
	wantKept(t, start(t, root))
}

func TestOnlyThisPostmastersPidFileMeansReady(t *testing.T) {
	t.Parallel()
	ready := pidFile{text: "a", pid: 7, status: "ready"}
	for name, row := range map[string]struct {
		now, before pidFile
		want        bool
	}{
		"ready":                       {ready, pidFile{}, true},
		"still starting":              {pidFile{text: "a", pid: 7, status: "starting"}, pidFile{}, false},
		"another process":             {pidFile{text: "a", pid: 8, status: "ready"}, pidFile{}, false},
		"the same id in an old file":  {ready, ready, false},
		"the same id, written anew":   {pidFile{text: "b", pid: 7, status: "ready"}, ready, true},
		"no file":                     {pidFile{}, ready, false},
		"a file that is not finished": {pidFile{text: "7\n", pid: 7}, pidFile{}, false},
	} {
		if got := row.now.readySince(row.before, 7); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
