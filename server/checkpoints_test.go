package server_test

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amends/server"
	"amends/server/audit"
	"amends/server/checkpoint"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/keys"
	"amends/server/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// signing is a world whose server signs checkpoints, and a superuser of its database.
type signing struct {
	*world
	folder   string
	facility id.Facility
	super    *pgx.Conn
}

func newSigning(ctx context.Context, t *testing.T) *signing {
	t.Helper()
	s := &signing{folder: t.TempDir()}
	s.world = newWorldWith(t, func(c *server.Config) { c.Checkpoints = s.folder })
	s.facility, s.super = s.world.facility(ctx, t), s.db.Conn(t, "postgres")
	// A server signs at its start, every facility.
	const unsigned = `select count(*) from lookup.facility f where not exists (select 1 from audit_entry e where e.facility_id = f.facility_id and e.action = 'checkpoint.signed')`
	check(t, eventually(ctx, func() bool { return number(ctx, t, s.super, unsigned) == 0 }))
	return s
}

// act makes entries in the log, and one checkpoint after each.
func (s *signing) act(ctx context.Context, t *testing.T, times int) {
	t.Helper()
	for range times {
		check(t, s.people["admin"].Do(ctx, "GET", "/members", nil, nil))
		head := number(ctx, t, s.super, `select seq from audit_head where facility_id = $1`, s.facility.String())
		check(t, eventually(ctx, func() bool {
			check(t, s.app.Checkpoint(ctx, 1)) // does nothing while the folder is busy
			lines := s.read(t, s.folder).Lines
			return len(lines) > 0 && lines[len(lines)-1].Seq >= int64(head)-1
		}))
	}
}

func (s *signing) read(t *testing.T, folder string) checkpoint.Copy {
	t.Helper()
	c, err := checkpoint.Read(folder, checkpoint.TrustOf(s.cfg.Secrets))
	check(t, err)
	return c
}

// found is what verifying says, one finding a line.
func (s *signing) found(ctx context.Context, t *testing.T, copies ...checkpoint.Copy) (string, audit.Report) {
	t.Helper()
	return s.foundReading(ctx, t, func() ([]checkpoint.Copy, error) { return copies, nil })
}

func (s *signing) foundReading(ctx context.Context, t *testing.T, read func() ([]checkpoint.Copy, error)) (string, audit.Report) {
	t.Helper()
	report, err := s.app.VerifyAudit(ctx, s.facility, read)
	if err == nil {
		return "", report
	}
	f := fault.As(err)
	out := f.Code
	for _, field := range f.Fields {
		out += "\n" + field.Name + " " + field.Problem
	}
	return out, report
}

func (s *signing) exec(ctx context.Context, t *testing.T, statement string, args ...any) {
	t.Helper()
	_, err := s.super.Exec(ctx, statement, args...)
	check(t, err)
}

// rewrite does what somebody with all rights in the database can do: change entries, and compute every
// hash and the head anew, so that the log fits itself.
func (s *signing) rewrite(ctx context.Context, t *testing.T, change string) {
	t.Helper()
	f := s.facility.String()
	s.exec(ctx, t, change, f)
	rows, err := s.super.Query(ctx, `select seq, at, actor_kind, actor_id, action, object_kind, object_id, outcome, request_id from audit_entry where facility_id = $1 order by seq`, f)
	check(t, err)
	type row struct {
		Seq                                    int64
		At                                     time.Time
		ActorKind, Action, ObjectKind, Outcome string
		Actor, Object, Request                 uuid.NullUUID
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (o row, err error) {
		return o, r.Scan(&o.Seq, &o.At, &o.ActorKind, &o.Actor, &o.Action, &o.ObjectKind, &o.Object, &o.Outcome, &o.Request)
	})
	check(t, err)
	last := audit.Genesis(s.facility.Bytes())
	for i, r := range all {
		e := audit.Entry{Facility: s.facility.Bytes(), Seq: int64(i + 1), At: r.At, ActorKind: r.ActorKind, Actor: r.Actor.UUID, Action: r.Action, ObjectKind: r.ObjectKind,
			Object: r.Object.UUID, Outcome: audit.Outcome(r.Outcome), Request: r.Request.UUID}
		sum := e.Hash(last)
		s.exec(ctx, t, `update audit_entry set seq = $3, previous = $4, hash = $5 where facility_id = $1 and seq = $2`, f, r.Seq, e.Seq, last[:], sum[:])
		last = sum
	}
	s.exec(ctx, t, `update audit_head set seq = $2, hash = $3 where facility_id = $1`, f, len(all), last[:])
}

// What somebody does who has all rights in the database, and computes every hash anew, is found with
// the checkpoints, and named; the server signs nothing of such a log.
func TestAuditTamperingIsFoundAndNeverSigned(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s := newSigning(ctx, t)
	s.act(ctx, t, 3)
	whole := s.read(t, s.folder)
	for _, statement := range []string{`alter table audit_entry disable trigger user`, `alter table audit_entry drop constraint audit_entry_hash_check`, `create table kept as table audit_entry`, `create table kept_head as table audit_head`} {
		s.exec(ctx, t, statement)
	}
	restore := func() {
		for _, statement := range []string{`delete from audit_entry`, `delete from audit_head`, `insert into audit_entry select * from kept`, `insert into audit_head select * from kept_head`} {
			s.exec(ctx, t, statement)
		}
	}
	got, report := s.found(ctx, t, whole)
	if got != "" || report.Signed == nil || report.Fitting < 4 || report.Signed.Seq != report.Entries-1 || report.Unsigned != 0 {
		t.Fatalf("an untouched log: %s %+v", got, report)
	}
	last := int(report.Signed.Seq)
	middle := func(change string) string { return change + ` where facility_id = $1 and seq = 3` }
	for _, row := range []struct {
		name, want, change string
		rehash             bool
	}{
		{"an entry changed", "audit.broken\nentry entry 3 was changed", middle(`update audit_entry set action = 'nothing.happened'`), false},
		{"a hash that is none", "audit.broken\nentry entry 3 was changed", middle(`update audit_entry set hash = '\x00'`), false},
		{"an entry in the middle deleted", "audit.broken\nentry entry 4 follows entry 2: some are missing", middle(`delete from audit_entry`), false},
		{"the order swapped", "audit.broken\nentry entry 3 ", `update audit_entry e set at = o.at, actor_id = o.actor_id, action = o.action, object_kind = o.object_kind, object_id = o.object_id, hash = o.hash, previous = o.previous
			from kept o where e.facility_id = $1 and e.seq in (3, 4) and o.facility_id = e.facility_id and o.seq = 7 - e.seq`, false},
		{"the end cut", "audit.broken\nhead the last entries are missing", `delete from audit_entry where facility_id = $1 and seq >= (select max(seq) - 2 from kept where facility_id = $1)`, false},
		{"an entry changed, all computed anew", "audit.broken\nsigned entries 1 to ", middle(`update audit_entry set action = 'nothing.happened'`), true},
		{"an entry in the middle deleted, all computed anew", "audit.broken\nsigned entries 1 to ", middle(`delete from audit_entry`), true},
		{"the end cut, the head set", "were cut off, or an older copy of the database was restored", `delete from audit_entry where facility_id = $1 and seq >= (select max(seq) - 2 from kept where facility_id = $1)`, true},
		{"all deleted", "signed the log ends with entry 0, and had ", `delete from audit_entry where facility_id = $1`, true},
		{"an older database, used since", "or an older copy of the database was restored and used since", `update audit_entry set actor_id = gen_random_uuid() where facility_id = $1 and seq >= (select max(seq) - 4 from kept where facility_id = $1)`, true},
	} {
		if row.rehash {
			s.rewrite(ctx, t, row.change)
		} else {
			s.exec(ctx, t, row.change, s.facility.String())
		}
		if got, _ := s.found(ctx, t, whole); !strings.Contains(strings.ToLower(got), strings.ToLower(row.want)) {
			t.Errorf("%s: %q", row.name, got)
		}
		if row.rehash {
			if got, _ := s.found(ctx, t); row.name != "all deleted" && !strings.Contains(got, "none to compare with") && got != "" {
				t.Errorf("%s, without checkpoints: %q", row.name, got)
			}
		}
		// The end of the log differs in these, and the server must not sign it.
		if strings.HasPrefix(row.name, "the end") || strings.HasPrefix(row.name, "all") || strings.HasPrefix(row.name, "an older") || row.rehash {
			if err := s.app.Checkpoint(ctx, 1); err == nil || !strings.Contains(err.Error(), "no checkpoint of facility "+s.facility.String()) {
				t.Errorf("%s: the server signs: %v", row.name, err)
			}
		}
		if row.name == "the end cut, the head set" {
			// The folder is emptied too: this process remembers what it has signed.
			file := filepath.Join(s.folder, "checkpoints-000001.log")
			text, err := os.ReadFile(file)
			check(t, err)
			check(t, os.Remove(file))
			if err := s.app.Checkpoint(ctx, 1); err == nil || !strings.Contains(err.Error(), "no checkpoint of facility "+s.facility.String()) {
				t.Errorf("%s, and the folder emptied: the server signs: %v", row.name, err)
			}
			check(t, os.WriteFile(file, text, 0o600))
		}
		restore()
	}
	if now := s.read(t, s.folder); int(now.Lines[len(now.Lines)-1].Seq) > last && now.Lines[len(now.Lines)-1].Facility == s.facility.Bytes() {
		t.Error("a changed log was signed")
	}
	if got, _ := s.found(ctx, t, s.read(t, s.folder)); got != "" {
		t.Errorf("the log as it was: %s", got)
	}
}

// Whoever changes the checkpoints, or reads them with other keys, is told so: the log names each.
func TestChangedCheckpointsAreFound(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s := newSigning(ctx, t)
	s.act(ctx, t, 2)
	file := filepath.Join(s.folder, "checkpoints-000001.log")
	text, err := os.ReadFile(file)
	check(t, err)
	lines := strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
	with := func(text string) string {
		t.Helper()
		folder := t.TempDir()
		check(t, os.WriteFile(filepath.Join(folder, "checkpoints-000001.log"), []byte(text), 0o600))
		got, _ := s.found(ctx, t, s.read(t, folder))
		return got
	}
	if got := with(string(text)); got != "" {
		t.Fatalf("untouched: %s", got)
	}
	n := len(lines)
	for name, row := range map[string]struct{ text, want string }{
		"cut":             {strings.Join(lines[:n-1], ""), "audit.unproven\ncheckpoint 1 checkpoint was signed and is not there"},
		"one taken out":   {strings.Join(append(append([]string{}, lines[:n-2]...), lines[n-1]), ""), "does not follow the line before it"},
		"an empty folder": {"", "audit.unproven\ncheckpoint none to compare with, although the log names"},
		"forged":          {strings.Join(lines[:n-1], "") + strings.Replace(lines[n-1], "entries=", "entries=1", 1), "was changed after it was signed, or is a forgery"},
	} {
		if got := with(row.text); !strings.Contains(got, row.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	// The same folder with another secrets folder, and with one whose key was replaced.
	others, err := keys.NewSecrets(rand.Reader, time.Now())
	check(t, err)
	wrong, err := keys.ParseSecrets(others)
	check(t, err)
	c, err := checkpoint.Read(s.folder, checkpoint.TrustOf(wrong))
	check(t, err)
	if got, _ := s.found(ctx, t, c); !strings.Contains(got, "which is none of this secrets folder") {
		t.Errorf("a wrong key: %q", got)
	}
	others[keys.AuditFile], others[keys.FormerFile], err = s.cfg.Secrets.ReplaceAudit(make([]byte, 32), time.Now())
	check(t, err)
	replaced, err := keys.ParseSecrets(others)
	check(t, err)
	c, err = checkpoint.Read(s.folder, checkpoint.TrustOf(replaced))
	check(t, err)
	if got, report := s.found(ctx, t, c); got != "" || report.Signed == nil {
		t.Errorf("a replaced key: %q", got)
	}
	// A copy elsewhere knows what was cut here.
	copied, err := checkpoint.ReadFile(file, checkpoint.TrustOf(s.cfg.Secrets))
	check(t, err)
	if got, report := s.found(ctx, t, copied); got != "" || report.Fitting < 3 {
		t.Errorf("a copy: %q %+v", got, report)
	}
	// Entries of checkpoints hold ids only.
	if n := number(ctx, t, s.super, `select count(*) from audit_entry where action = 'checkpoint.signed' and (actor_kind <> 'system' or object_kind <> 'checkpoint' or request_id is not null)`); n != 0 {
		t.Errorf("%d entries say more", n)
	}
}

// A quiet house adds no checkpoints, whoever asks and how often; two machines do not answer each other.
func TestAQuietLogIsSignedOnce(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s := newSigning(ctx, t)
	s.act(ctx, t, 1)
	head := func() int {
		return number(ctx, t, s.super, `select seq from audit_head where facility_id = $1`, s.facility.String())
	}
	// A second machine, with a folder of its own.
	second := s.cfg
	second.Checkpoints, second.RedisDial, second.RedisURL = t.TempDir(), nil, redisServer(t)
	before := head()
	other, closeAll, err := server.Operator(ctx, second)
	check(t, err)
	defer closeAll()
	for range 3 {
		check(t, other.Checkpoint(ctx, 1))
		check(t, s.app.Checkpoint(ctx, 1))
	}
	if n := head() - before; n != 1 {
		t.Errorf("%d entries more, want the second machine's one", n)
	}
	here, there := s.read(t, s.folder), s.read(t, second.Checkpoints)
	for name, copies := range map[string][]checkpoint.Copy{"one": {here}, "the other": {there}, "both": {here, there}} {
		got, report := s.found(ctx, t, copies...)
		if got != "" || len(report.Elsewhere) != 2-len(copies) {
			t.Errorf("with %s folder: %q %+v", name, got, report)
		}
	}
	// Less than asked for is not signed.
	check(t, s.people["admin"].Do(ctx, "GET", "/members", nil, nil))
	before = len(here.Lines)
	check(t, s.app.Checkpoint(ctx, 1000))
	if n := len(s.read(t, s.folder).Lines); n != before {
		t.Errorf("%d checkpoints, want %d", n, before)
	}
}

// What a server signs while the folder is read is no finding, neither what came before nor after it.
func TestVerifyingARunningServerFindsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s := newSigning(ctx, t)
	for name, read := range map[string]func() checkpoint.Copy{
		"signed after the folder was read":  func() checkpoint.Copy { c := s.read(t, s.folder); s.act(ctx, t, 1); return c },
		"signed before the folder was read": func() checkpoint.Copy { s.act(ctx, t, 1); return s.read(t, s.folder) },
	} {
		if got, _ := s.foundReading(ctx, t, func() ([]checkpoint.Copy, error) { return []checkpoint.Copy{read()}, nil }); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// A server that ends signs what was written until then.
func TestTheLastEntriesAreSignedAtTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	w := newWorldOn(t, redisServer(t))
	facility, folder := w.facility(ctx, t), t.TempDir()
	cfg := w.cfg
	cfg.Checkpoints = folder
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	second, err := server.New(ctx, cfg)
	check(t, err)
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- second.Run(running, l) }()
	super := w.db.Conn(t, "postgres")
	check(t, eventually(ctx, func() bool {
		return number(ctx, t, super, `select count(*) from audit_entry where action = 'checkpoint.signed' and facility_id = $1`, facility.String()) == 1
	}))
	check(t, w.people["admin"].Do(ctx, "GET", "/members", nil, nil))
	stop()
	check(t, <-ended)
	c, err := checkpoint.Read(folder, checkpoint.TrustOf(w.cfg.Secrets))
	check(t, err)
	operator, closeAll, err := server.Operator(ctx, w.cfg)
	check(t, err)
	defer closeAll()
	report, err := operator.VerifyAudit(ctx, facility, func() ([]checkpoint.Copy, error) { return []checkpoint.Copy{c}, nil })
	if err != nil || report.Unsigned != 0 || report.Signed == nil {
		t.Errorf("%v %+v", err, report)
	}
}

// A folder that cannot be written stops nobody: people come in, the server is ready, and its log says it.
func TestAFolderThatCannotBeWrittenStopsNobody(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	file := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(file, nil, 0o600))
	w := newWorldWith(t, func(c *server.Config) { c.Checkpoints = file })
	check(t, eventually(ctx, func() bool { return strings.Contains(w.log.String(), "the audit log has no new checkpoint") }))
	workshop, dana, _, _ := w.started(ctx, t, "step9-60")
	if code := do(ctx, t, dana, "next", "", 0); code != "" {
		t.Errorf("the counselor was refused in %s: %s", workshop, code)
	}
	var members wire.Members
	check(t, w.people["admin"].Do(ctx, "GET", "/members", nil, &members))
	res, err := http.Get(w.base + "/readyz")
	check(t, err)
	check(t, res.Body.Close())
	if res.StatusCode != http.StatusOK {
		t.Errorf("not ready: %d", res.StatusCode)
	}
	w.verified(ctx, t)
}
