package server_test

import (
	"context"
	"testing"
	"time"

	"amends/server"
	"amends/server/id"
)

// The audit log of every facility names the authorization policy in force: in its first entry, and
// again when a node starts with another policy, but not at every start.
func TestTheAuditLogNamesThePolicy(t *testing.T) {
	t.Parallel()
	redis := redisServer(t)
	w := newWorldOn(t, redis)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	super := w.db.Conn(t, "postgres")
	const loaded = `select count(*) from audit_entry where action = 'policy.loaded' and object_kind = 'policy' and object_id is not null`
	if n := number(ctx, t, super, loaded); n != 2 {
		t.Fatalf("%d entries for two facilities", n)
	}
	for range 2 {
		check(t, w.app.RecordPolicy(ctx))
	}
	if n := number(ctx, t, super, loaded); n != 2 {
		t.Errorf("%d entries after the same policy was loaded again", n)
	}
	// As if an older program had run last: this must add one entry for the new policy.
	var text string
	check(t, super.QueryRow(ctx, `select id::text from facility order by id limit 1`).Scan(&text))
	_, err := super.Exec(ctx, `insert into audit_entry (facility_id, seq, at, actor_kind, action, object_kind, object_id, outcome, previous, hash)
		select facility_id, seq + 1, now(), 'system', 'policy.loaded', 'policy', gen_random_uuid(), 'done', hash, hash from audit_head where facility_id = $1`, text)
	check(t, err)
	_, err = super.Exec(ctx, `update audit_head set seq = seq + 1 where facility_id = $1`, text)
	check(t, err)
	stop := w.serve(ctx, t, func(c *server.Config) { c.RedisURL, c.RedisDial = redis, nil }) // a second node
	defer stop()
	check(t, eventually(ctx, func() bool { return number(ctx, t, super, loaded) == 4 }))
	which, err := id.Parse[id.Facility](text)
	check(t, err)
	if n := number(ctx, t, super, `select count(distinct object_id) from audit_entry where facility_id = $1 and action = 'policy.loaded'`, which.String()); n != 2 {
		t.Errorf("%d policies are named, want the older and this one", n)
	}
}
