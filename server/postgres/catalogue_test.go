package postgres_test

import (
	"context"
	"slices"
	"testing"

	"amends/server/postgres/pgtest"

	"github.com/jackc/pgx/v5"
)

// lookups are the tables without policies, which the app role reaches only through functions.
func lookups() []string {
	return []string{"facility", "guest_token", "invitation_code", "node", "room_code", "secret_check", "signin_name", "signin_token", "stage_token"}
}

func column[T any](t *testing.T, conn *pgx.Conn, query string) []T {
	t.Helper()
	rows, err := conn.Query(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEveryTableIsUnderRowLevelSecurity(t *testing.T) {
	t.Parallel()
	owner := pgtest.New(t).Conn(t, "migrator")
	for what, query := range map[string]string{
		"tables without forced row-level security": `select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
			and relname <> 'goose_db_version' and not (relrowsecurity and relforcerowsecurity)`,
		"tables without a restrictive tenant policy": `select relname::text from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
			and relname <> 'goose_db_version' and not exists (select 1 from pg_policy p where p.polrelid = c.oid and not p.polpermissive)`,
		"tables without a permissive policy": `select relname::text from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
			and relname <> 'goose_db_version' and not exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polpermissive and p.polname <> 'keep')`,
		"definer functions without a pinned search_path": `select proname::text from pg_proc where prosecdef and pronamespace = 'app'::regnamespace
			and not coalesce(array_to_string(proconfig, ','), '') like '%search_path%'`,
		"functions that everybody may run": `select proname::text from pg_proc where pronamespace = 'app'::regnamespace and has_function_privilege('public', oid, 'execute')`,
		"tables that everybody may read": `select c.oid::regclass::text from pg_class c where relnamespace in ('public'::regnamespace, 'lookup'::regnamespace)
			and relkind in ('r', 'p') and has_table_privilege('public', c.oid, 'select')`,
		"things that app owns":               `select relname::text from pg_class where relowner = 'app'::regrole`,
		"look-up tables that app can reach":  `select relname::text from pg_class where relnamespace = 'lookup'::regnamespace and relkind = 'r' and has_any_column_privilege('app', oid, 'select, insert, update')`,
		"sealed bytes that sweeper can read": `select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and has_table_privilege('sweeper', oid, 'select')`,
		"sweeps that are not the sweeper's":  `select proname::text from pg_proc where pronamespace = 'app'::regnamespace and ((proname like 'sweep\_%') <> (proowner = 'sweeper'::regrole) or proowner = 'sweeper'::regrole and not prosecdef)`,
		"who can become the sweeper":         `select member::regrole::text from pg_auth_members where roleid = 'sweeper'::regrole and member <> 'migrator'::regrole union select rolname::text from pg_roles where rolname = 'sweeper' and (rolcanlogin or rolsuper or rolbypassrls)`,
		"what the sweeper owns or can make":  `select relname::text from pg_class where relowner = 'sweeper'::regrole union select nspname::text from pg_namespace where has_schema_privilege('sweeper', oid, 'create')`,
		"rows that the sweeper may change":   `select oid::regclass::text from pg_class where relkind = 'r' and relnamespace in ('public'::regnamespace, 'lookup'::regnamespace) and has_any_column_privilege('sweeper', oid, 'insert, update')`,
		"views and materialized views":       `select relname::text from pg_class where relnamespace in ('public'::regnamespace, 'lookup'::regnamespace) and relkind in ('v', 'm')`,
		"plain foreign keys across tenants":  `select conname::text from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace and array_length(conkey, 1) = 1 and confrelid <> 'facility'::regclass`,
	} {
		if bad := column[string](t, owner, query); len(bad) > 0 {
			t.Errorf("%s: %v", what, bad)
		}
	}
	got := column[string](t, owner, `select relname::text from pg_class where relnamespace = 'lookup'::regnamespace and relkind = 'r' order by 1`)
	if !slices.Equal(got, lookups()) {
		t.Errorf("look-up tables are %v, the allow-list says %v", got, lookups())
	}
}

// The sweeper sees ids and times, never a name, a text or sealed bytes.
func TestTheSweeperSeesIdsAndTimesOnly(t *testing.T) {
	t.Parallel()
	owner := pgtest.New(t).Conn(t, "migrator")
	got := column[string](t, owner, `select distinct a.attname::text from pg_attribute a join pg_class c on c.oid = a.attrelid
		where c.relkind = 'r' and c.relnamespace in ('public'::regnamespace, 'lookup'::regnamespace) and a.attnum > 0 and has_column_privilege('sweeper', c.oid, a.attnum, 'select') order by 1`)
	want := []string{"absolute_until", "actor_id", "at", "beat_at", "closed_at", "command_id", "created_at", "expires_at", "facility_id", "id", "invitation_id", "joined_at", "key",
		"left_at", "member_id", "node_id", "owner_id", "person_id", "reader_id", "recorded_at", "reserved_until", "seen_at", "starts_at", "taken_at", "until", "workshop_id", "ws"}
	if !slices.Equal(got, want) {
		t.Errorf("the sweeper can read the columns %v, want %v", got, want)
	}
	tables := column[string](t, owner, `select oid::regclass::text from pg_class where relkind = 'r' and relnamespace in ('public'::regnamespace, 'lookup'::regnamespace)
		and has_table_privilege('sweeper', oid, 'delete') and oid in ('audit_entry'::regclass, 'audit_head'::regclass, 'consent'::regclass, 'assignment'::regclass, 'sealed'::regclass, 'vault'::regclass, 'member'::regclass)`)
	if len(tables) > 0 {
		t.Errorf("the sweeper can delete from %v", tables)
	}
}

// A raw connection as the app role sees nothing without a tenant, and only one facility with one. A
// member sees their own personal rows; a room batch sees no personal row.
func TestPoliciesHoldOnARawConnection(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	ctx, super, app := context.Background(), d.Conn(t, "postgres"), d.Conn(t, "app")
	const f1, f2 = "00000000-0000-7000-8000-0000000000f1", "00000000-0000-7000-8000-0000000000f2"
	const a, b = "00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b"
	for _, seed := range []string{
		`insert into facility values ('` + f1 + `', 'One', 'UTC', 'en', 'https://x.org'), ('` + f2 + `', 'Two', 'UTC', 'en', 'https://x.org')`,
		`insert into member values ('` + f1 + `', '` + a + `', 'A', 'en', 'active', '2026-01-01'), ('` + f1 + `', '` + b + `', 'B', 'en', 'active', '2026-01-01')`,
		`insert into vault values ('` + f1 + `', '` + a + `', 1, '\x00'), ('` + f1 + `', '` + b + `', 1, '\x00')`,
		`insert into sealed select '` + f1 + `', gen_random_uuid(), m, m, gen_random_uuid(), 1, 'worksheet', array[m], 1, sha256('x'), '2026-01-01', '\x00'
			from unnest(array['` + a + `'::uuid, '` + b + `'::uuid]) m`,
		`insert into sealed values ('` + f1 + `', gen_random_uuid(), '` + a + `', '` + a + `', '` + f2 + `', 1, 'worksheet', array['` + a + `', '` + b + `']::uuid[], 1, sha256('y'), '2026-01-01', '\x00')`,
		`insert into assignment values ('` + f1 + `', '` + f1 + `', '` + a + `', '` + b + `', null, '` + a + `', now())`,
		`insert into consent values ('` + f1 + `', '` + f2 + `', '` + f1 + `', '` + a + `', '` + b + `', 'chosen_worksheets', 'step_nine_support', 'consent@1', 'en', 'in_app', now(), now() + interval '1 day')`,
		`insert into reader_grant values ('` + f1 + `', '` + a + `', '` + f2 + `', '` + b + `', now(), null, '` + f2 + `', now() + interval '1 day')`,
		`insert into workshop (facility_id, id, title, starts_at, local_start, time_zone, capacity, language, agenda_key, segments, lead_id, room_code, created_at, kind)
			values ('` + f1 + `', '` + a + `', 'Open', now(), '2026-01-01T10:00', 'UTC', 5000, 'en', 'x', '[]', '` + a + `', 'ABC123', now(), 'open')`,
		`insert into guest values ('` + f1 + `', gen_random_uuid(), '` + a + `', 'Visitor', now())`,
		`insert into public_bundle select '` + f1 + `', m, decode(repeat('00', 1269), 'hex') from unnest(array['` + a + `'::uuid, '` + b + `'::uuid]) m`,
	} {
		if _, err := super.Exec(ctx, seed); err != nil {
			t.Fatal(seed, err)
		}
	}
	count := func(facility, member, workshop, table string) (n int) {
		t.Helper()
		tx, err := app.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback(ctx) }()
		if _, err := tx.Exec(ctx, `select set_config('app.facility_id', $1, true), set_config('app.member_id', $2, true), set_config('app.workshop_id', $3, true)`, facility, member, workshop); err != nil {
			t.Fatal(err)
		}
		if err := tx.QueryRow(ctx, "select count(*) from "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, row := range []struct {
		what, facility, member, workshop, table string
		want                                    int
	}{
		{"nobody sees a facility", "", "", "", "facility", 0},
		{"nobody sees members", "", "", "", "member", 0},
		{"a facility sees itself", f1, "", "", "facility", 1},
		{"another facility sees no member", f2, a, "", "member", 0},
		{"a member sees the own vault", f1, a, "", "vault", 1},
		{"a room batch sees no vault", f1, "", f1, "vault", 0},
		{"a room batch sees no page", f1, "", f1, "sealed", 0},
		{"an owner sees the own pages", f1, a, "", "sealed", 2},
		{"a reader sees own pages and the granted one", f1, b, "", "sealed", 2},
		{"another facility sees no page", f2, a, "", "sealed", 0},
		{"the two sides see each other's public keys", f1, b, "", "public_bundle", 2},
		{"a room batch sees no public keys", f1, "", f1, "public_bundle", 0},
		{"a room batch sees no consent", f1, "", f1, "consent", 0},
		{"a room sees its own guests", f1, "", a, "guest", 1},
		{"a room sees no guests of another", f1, "", b, "guest", 0},
		{"another facility sees no guest", f2, "", "", "guest", 0},
		{"a room batch sees no grant", f1, "", f1, "reader_grant", 0},
	} {
		if got := count(row.facility, row.member, row.workshop, row.table); got != row.want {
			t.Errorf("%s: %d rows, want %d", row.what, got, row.want)
		}
	}
	for _, end := range []string{`until = now() - interval '1 second', closed_at = null`, `until = now() + interval '1 day', closed_at = now()`} {
		if _, err := super.Exec(ctx, `update reader_grant set `+end); err != nil {
			t.Fatal(err)
		}
		if got := count(f1, b, "", "sealed"); got != 1 {
			t.Errorf("after %s the reader sees %d pages, want the own one", end, got)
		}
	}
	// Once the consent is revoked the owner cannot reopen a grant: the database refuses.
	reopen := func() error {
		tx, err := app.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback(ctx) }()
		if _, err := tx.Exec(ctx, `select set_config('app.facility_id', $1, true), set_config('app.member_id', $2, true)`, f1, a); err != nil {
			t.Fatal(err)
		}
		_, err = tx.Exec(ctx, `update reader_grant set closed_at = null`)
		return err
	}
	if err := reopen(); err != nil {
		t.Errorf("the owner cannot open a grant under a consent in force: %v", err)
	}
	if _, err := super.Exec(ctx, `update consent set revoked_at = now()`); err != nil {
		t.Fatal(err)
	}
	if err := reopen(); err == nil {
		t.Error("a grant was opened under a revoked consent")
	}
	for _, forbidden := range []string{"select * from lookup.signin_token", "delete from audit_entry", "truncate audit_entry", "update room_event set kind = 'x'"} {
		if _, err := app.Exec(ctx, forbidden); err == nil {
			t.Errorf("%q went through", forbidden)
		}
	}
}

// Without its policy a table shows more rows: it is the policies, not the queries, that protect it.
func TestDroppingThePoliciesChangesWhatIsSeen(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	ctx, super := context.Background(), d.Conn(t, "postgres")
	tables := column[string](t, super, `select relname::text from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity and has_table_privilege('app', oid, 'select') order by 1`)
	if len(tables) < 20 {
		t.Fatalf("only %d tables", len(tables))
	}
	for _, table := range tables {
		var open, shut bool
		probe := `select exists (select 1 from pg_policies where tablename = $1 and permissive = 'RESTRICTIVE' and qual like '%fid()%')`
		if err := super.QueryRow(ctx, probe, table).Scan(&shut); err != nil || !shut {
			t.Errorf("%s has no tenant policy: %v", table, err)
		}
		tx, err := super.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(ctx, "drop policy tenant on "+pgx.Identifier{table}.Sanitize()); err != nil {
			t.Error(table, err)
		}
		if err := tx.QueryRow(ctx, probe, table).Scan(&open); err != nil || open {
			t.Errorf("%s: the probe does not notice a dropped policy: %v", table, err)
		}
		_ = tx.Rollback(ctx)
	}
}
