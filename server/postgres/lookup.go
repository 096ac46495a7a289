package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"amends/server/id"

	"github.com/jackc/pgx/v5"
)

// Look-ups before the facility (tenant) is known. Each method calls one SECURITY DEFINER function of
// schema `app`, which returns ids only.

// SigninOf finds a sign-in by its token's hash; zero ids when there is none.
func (db *DB) SigninOf(ctx context.Context, tokenHash []byte) (f id.Facility, m id.Member, s id.Signin, err error) {
	err = db.one(ctx, `select facility_id, member_id, signin_id from app.signin_find($1)`, []any{tokenHash}, &f, &m, &s)
	return f, m, s, err
}

// PersonOf finds the member with a sign-in name; zero ids when there is none.
func (db *DB) PersonOf(ctx context.Context, handle string) (f id.Facility, m id.Member, err error) {
	err = db.one(ctx, `select facility_id, member_id from app.name_find($1)`, []any{handle}, &f, &m)
	return f, m, err
}

// InvitationOf finds an invitation by its code's hash; zero ids when there is none.
func (db *DB) InvitationOf(ctx context.Context, codeHash []byte) (f id.Facility, i id.Invitation, err error) {
	err = db.one(ctx, `select facility_id, invitation_id from app.invitation_find($1)`, []any{codeHash}, &f, &i)
	return f, i, err
}

// WorkshopOfCode finds the workshop of a typed room code; zero ids when there is none.
func (db *DB) WorkshopOfCode(ctx context.Context, code string) (f id.Facility, w id.Workshop, err error) {
	err = db.one(ctx, `select facility_id, workshop_id from app.room_code_find($1)`, []any{code}, &f, &w)
	return f, w, err
}

// StageOf finds a projector view by its token's hash; zero ids when there is none.
func (db *DB) StageOf(ctx context.Context, tokenHash []byte) (f id.Facility, w id.Workshop, s id.Stage, err error) {
	err = db.one(ctx, `select facility_id, workshop_id, stage_id from app.stage_find($1)`, []any{tokenHash}, &f, &w, &s)
	return f, w, s, err
}

// GuestOf finds the workshop and person of a guest token; pass is the sign-in of a room pass, and zero
// for a guest.
func (db *DB) GuestOf(ctx context.Context, tokenHash []byte) (f id.Facility, w id.Workshop, person id.Member, pass id.Signin, err error) {
	err = db.one(ctx, `select facility_id, workshop_id, person_id, signin_id from app.guest_find($1)`, []any{tokenHash}, &f, &w, &person, &pass)
	return f, w, person, pass, err
}

// FacilityIDs lists the tenants, for background jobs that run once per tenant as the system.
func (db *DB) FacilityIDs(ctx context.Context) ([]id.Facility, error) {
	rows, err := db.pool.Query(ctx, `select id from app.facility_ids()`)
	if err != nil {
		return nil, translate(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[id.Facility])
	return ids, translate(err)
}

// NodeBeat writes this process's heartbeat.
func (db *DB) NodeBeat(ctx context.Context, node id.Node, embeddedRedis bool) error {
	_, err := db.pool.Exec(ctx, `select app.node_beat($1, $2)`, node, embeddedRedis)
	return translate(err)
}

// NodeLeave records that this process signed off.
func (db *DB) NodeLeave(ctx context.Context, node id.Node) error {
	_, err := db.pool.Exec(ctx, `select app.node_leave($1)`, node)
	return translate(err)
}

// Other is another live process.
type Other struct {
	ID            id.Node
	EmbeddedRedis bool
}

// NodeOthers lists the other processes with a fresh heartbeat (30 s).
func (db *DB) NodeOthers(ctx context.Context, node id.Node) ([]Other, error) {
	rows, err := db.pool.Query(ctx, `select id, embedded_redis from app.node_others($1)`, node)
	if err != nil {
		return nil, translate(err)
	}
	others, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Other])
	return others, translate(err)
}

// NodesGone returns those of the given processes that count as gone (no heartbeat for 30 s, or signed
// off 30 s ago), each with its last heartbeat; the Unix epoch for a process without a row.
func (db *DB) NodesGone(ctx context.Context, nodes []id.Node) (map[id.Node]time.Time, error) {
	gone := map[id.Node]time.Time{}
	if len(nodes) == 0 {
		return gone, nil
	}
	texts := make([]string, len(nodes))
	for i, n := range nodes {
		texts[i] = n.String()
	}
	rows, err := db.pool.Query(ctx, `select id, coalesce(seen_at, 'epoch'::timestamptz) from app.nodes_gone($1::text[]::uuid[])`, texts)
	if err != nil {
		return nil, translate(err)
	}
	var node id.Node
	var seen time.Time
	_, err = pgx.ForEachRow(rows, []any{&node, &seen}, func() error {
		gone[node] = seen
		return nil
	})
	return gone, translate(err)
}

// SecretMatches compares a secret's check value with the stored one; the first value is stored.
func (db *DB) SecretMatches(ctx context.Context, purpose string, check []byte) (ok bool, err error) {
	err = db.pool.QueryRow(ctx, `select app.secret_matches($1, $2)`, purpose, check).Scan(&ok)
	return ok, translate(err)
}

// one scans a single row into dest; without a row dest is unchanged.
func (db *DB) one(ctx context.Context, query string, args []any, dest ...any) error {
	err := db.pool.QueryRow(ctx, query, args...).Scan(dest...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return translate(fmt.Errorf("look up: %w", err))
	}
	return nil
}

// Writes to the look-up tables; they are part of the caller's transaction.

// SigninPut stores a token's sign-in.
func (tx *Tx) SigninPut(ctx context.Context, tokenHash []byte, f id.Facility, m id.Member, s id.Signin) error {
	return tx.call(ctx, `select app.signin_put($1, $2, $3, $4)`, tokenHash, f, m, s)
}

// SigninForget deletes a sign-in's tokens, so that they are refused at once.
func (tx *Tx) SigninForget(ctx context.Context, s id.Signin) error {
	return tx.call(ctx, `select app.signin_forget($1)`, s)
}

// NameReserve reserves a sign-in name for a slip and returns its member id; the zero id when the name
// is taken.
func (tx *Tx) NameReserve(ctx context.Context, handle string, f id.Facility, i id.Invitation, fresh id.Member, until time.Time) (m id.Member, err error) {
	err = tx.transaction.QueryRow(ctx, `select member_id from app.name_reserve($1, $2, $3, $4, $5)`, handle, f, i, fresh, until).Scan(&m)
	if errors.Is(err, pgx.ErrNoRows) {
		return id.Member{}, nil
	}
	return m, err
}

// NameClaim makes a reservation final; false when it has expired or belongs to another slip.
func (tx *Tx) NameClaim(ctx context.Context, handle string, i id.Invitation, m id.Member) (bool, error) {
	var claimed id.Member
	err := tx.transaction.QueryRow(ctx, `select member_id from app.name_claim($1, $2, $3)`, handle, i, m).Scan(&claimed)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// InvitationCodePut stores the invitation of a code.
func (tx *Tx) InvitationCodePut(ctx context.Context, codeHash []byte, f id.Facility, i id.Invitation) error {
	return tx.call(ctx, `select app.invitation_put($1, $2, $3)`, codeHash, f, i)
}

// RoomCodePut assigns a room code; false when another workshop has it.
func (tx *Tx) RoomCodePut(ctx context.Context, code string, f id.Facility, w id.Workshop) (ok bool, err error) {
	err = tx.transaction.QueryRow(ctx, `select app.room_code_put($1, $2, $3)`, code, f, w).Scan(&ok)
	return ok, err
}

// StageTokenPut stores the stage of a token.
func (tx *Tx) StageTokenPut(ctx context.Context, tokenHash []byte, f id.Facility, w id.Workshop, s id.Stage) error {
	return tx.call(ctx, `select app.stage_put($1, $2, $3, $4)`, tokenHash, f, w, s)
}

// StageTokensForget deletes all projector tokens of a workshop.
func (tx *Tx) StageTokensForget(ctx context.Context, w id.Workshop) error {
	return tx.call(ctx, `select app.stage_forget($1)`, w)
}

// GuestTokenPut stores whom a token admits to a workshop; pass is zero for a guest.
func (tx *Tx) GuestTokenPut(ctx context.Context, tokenHash []byte, f id.Facility, w id.Workshop, person id.Member, pass id.Signin) error {
	return tx.call(ctx, `select app.guest_put($1, $2, $3, $4, $5)`, tokenHash, f, w, person, pass)
}

// GuestTokensForget deletes one person's tokens for a workshop; with the zero id, everybody's.
func (tx *Tx) GuestTokensForget(ctx context.Context, w id.Workshop, person id.Member) error {
	return tx.call(ctx, `select app.guest_forget($1, $2)`, w, person)
}

// FacilityListed adds a new tenant to the list of FacilityIDs.
func (tx *Tx) FacilityListed(ctx context.Context, f id.Facility) error {
	return tx.call(ctx, `select app.facility_put($1)`, f)
}

func (tx *Tx) call(ctx context.Context, query string, args ...any) error {
	_, err := tx.transaction.Exec(ctx, query, args...)
	return err
}
