package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAFirstStartMakesASafeDatabaseThatLasts(t *testing.T) {
	t.Parallel()
	root := filepath.Join(newFolder(t), "not", "there", "yet")
	p := start(t, root)
	got := map[string]string{}
	for _, setting := range []string{"listen_addresses", "password_encryption", "data_checksums", "fsync", "full_page_writes", "synchronous_commit", "server_encoding"} {
		got[setting] = p.query(t, "show "+setting)
	}
	want := map[string]string{"listen_addresses": "", "password_encryption": "scram-sha-256", "data_checksums": "on", "fsync": "on",
		"full_page_writes": "on", "synchronous_commit": "on", "server_encoding": "UTF8"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := p.query(t, "select count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256'"); got != "0" {
		t.Errorf("%s ways in do not ask for the password", got)
	}
	if got := p.query(t, "select left(rolpassword, 14) from pg_authid where rolname = 'postgres'"); got != "SCRAM-SHA-256$" {
		t.Errorf("the password is kept as %q", got)
	}
	p.query(t, "create table kept (n int); insert into kept values (7)")
	folder, _, password := p.Superuser()
	stop(t, p)
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket folder is still there: %v", err)
	}

	again := start(t, root)
	if _, _, kept := again.Superuser(); kept != password {
		t.Error("a second start changed the password")
	}
	if got := again.query(t, "select n from kept"); got != "7" {
		t.Errorf("kept %q", got)
	}
}

// The tests below share a data folder, one after the other, because creating one is slow.

func TestARunningDatabase(t *testing.T) {
	t.Parallel()
	root := newData(t)
	p := start(t, root)
	t.Run("lets nobody else in", func(t *testing.T) { nobodyElseGetsIn(t, root, p) })
	t.Run("is not harmed by a second start, which is refused", func(t *testing.T) { secondStartIsRefused(t, root, p) })
	t.Run("writes no statement and no value to its log", func(t *testing.T) { logHoldsNoStatement(t, root, p) })
}

func TestAStoppedDatabase(t *testing.T) {
	t.Parallel()
	root := newData(t)
	t.Run("may be stopped again after another start", func(t *testing.T) { stopMayBeCalledAgain(t, root) })
	t.Run("is not touched by a canceled start", func(t *testing.T) { calledOffStartLeavesNothing(t, root) })
	t.Run("refuses to start when its password file is lost", func(t *testing.T) { lostPasswordIsNotMadeAnew(t, root) })
	t.Run("closes Done when it is killed, and recovers at the next start", func(t *testing.T) { doneTellsOfADeath(t, root) })
}

func nobodyElseGetsIn(t *testing.T, root string, p *Postgres) {
	if out, err := p.psql(t.Context(), "not the password", "-c", "select 1").CombinedOutput(); err == nil || !strings.Contains(string(out), "authentication failed") {
		t.Errorf("a wrong password: %v %s", err, out)
	}
	modes := map[string]os.FileMode{}
	for _, name := range []string{"lock", passwordFile, "postgres.log", "postgres", "run", "run/.s.PGSQL.5432"} {
		info, err := os.Stat(filepath.Join(root, name))
		must(t, err)
		modes[name] = info.Mode().Perm()
	}
	want := map[string]os.FileMode{"lock": 0o600, passwordFile: 0o600, "postgres.log": 0o600, "postgres": 0o700, "run": 0o700, "run/.s.PGSQL.5432": 0o700}
	if diff := cmp.Diff(want, modes); diff != "" {
		t.Error(diff)
	}
	entries, err := os.ReadDir(root)
	must(t, err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), halfMade) {
			t.Errorf("%s was left, which may hold the password", e.Name())
		}
	}
}

func secondStartIsRefused(t *testing.T, root string, p *Postgres) {
	if _, err := StartPostgres(t.Context(), PostgresOptions{DataDir: root}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second start in this process: %v", err)
	}
	other := launchHolder(t, root)
	if line, err := other.lines.ReadString('\n'); err != nil || !strings.Contains(line, ErrInUse.Error()) {
		t.Errorf("a second start in another process: %q, %v", line, err)
	}
	wantKept(t, p)
}

func logHoldsNoStatement(t *testing.T, root string, p *Postgres) {
	p.query(t, "create table t (name text unique); insert into t values ('mark-value')")
	_, _, password := p.Superuser()
	for _, bad := range []string{
		"insert into t values ('mark-value')", "select 'mark-value'::int", "select mark_value", "'mark-value",
		"do $$ begin raise exception 'mark-value'; end $$", "do $$ begin raise warning 'mark-value'; end $$",
		"begin; select pg_terminate_backend(pg_backend_pid()), 'mark-value'",
	} {
		_, _ = p.psql(t.Context(), password, "-c", bad).CombinedOutput()
	}
	// Of a backend that crashes, Postgres would log the statement it ran.
	out, _ := p.psql(t.Context(), password, "-c", "copy (select 'mark-value') to program 'kill -9 $PPID'").CombinedOutput()
	var log []byte
	eventually(t, "the crash is in the log; psql said "+string(out), func() (there bool) {
		var err error
		log, err = os.ReadFile(filepath.Join(root, "postgres.log"))
		must(t, err)
		return strings.Contains(string(log), "was terminated by signal 9") && strings.Contains(string(log), "reinitializing")
	})
	if strings.Contains(strings.ReplaceAll(string(log), "_", "-"), "mark-value") {
		t.Errorf("the log repeats what it was told:\n%s", log)
	}
}

func doneTellsOfADeath(t *testing.T, root string) {
	p := start(t, root)
	select {
	case <-p.Done():
		t.Fatal("done while it runs")
	default:
	}
	must(t, syscall.Kill(p.cmd.Process.Pid, syscall.SIGKILL))
	<-p.Done()
	stop(t, p)
	wantKept(t, start(t, root))
}

func calledOffStartLeavesNothing(t *testing.T, root string) {
	ctx, cancel := context.WithCancel(t.Context())
	p := &Postgres{root: root, data: databaseIn(root)}
	var err error
	p.bin, err = findBinaries(ctx, "", p.data)
	must(t, err)
	p.owner, err = dbOwner("", p.data)
	must(t, err)
	must(t, p.prepareFolder())
	cancel()
	if err := p.start(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("a start that was called off: %v", err)
	}
	if p.cmd == nil || !p.ended() {
		t.Error("the postmaster still runs, or never did")
	}
	p.unlock()
	wantKept(t, start(t, root))
}

func stopMayBeCalledAgain(t *testing.T, root string) {
	first := start(t, root)
	stop(t, first)
	// The next start has created the socket folder, but no socket yet.
	must(t, os.Mkdir(first.socket, 0o700))
	stop(t, first)
	if _, err := os.Stat(first.socket); err != nil {
		t.Errorf("a second Stop removed the socket folder of the next process: %v", err)
	}
	second := start(t, root)
	stop(t, first)
	wantKept(t, second)
}

func lostPasswordIsNotMadeAnew(t *testing.T, root string) {
	path := filepath.Join(root, passwordFile)
	kept, err := os.ReadFile(path)
	must(t, err)
	for _, left := range []string{"", "short\n"} {
		must(t, os.WriteFile(path, []byte(left), 0o600))
		before := tree(t, databaseIn(root))
		if _, err := StartPostgres(t.Context(), PostgresOptions{DataDir: root}); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), passwordFile) {
			t.Errorf("said %v", err)
		}
		if diff := cmp.Diff(before, tree(t, databaseIn(root))); diff != "" {
			t.Error(diff)
		}
	}
	must(t, os.WriteFile(path, kept, 0o600))
	wantKept(t, start(t, root))
}
