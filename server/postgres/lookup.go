package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"amends/server/id"

	"github.com/jackc/pgx/v5"
)

// What is asked before the facility is known. Each method calls one definer function of
// schema `app`, which returns ids only.

// SigninOf finds the sign-in of a token by its hash; the zero ids when there is none.
func (db *DB) SigninOf(ctx context.Context, tokenHash []byte) (f id.Facility, m id.Member, s id.Signin, err error) {
	err = db.one(ctx, `select facility_id, member_id, signin_id from app.signin_find($1)`, []any{tokenHash}, &f, &m, &s)
	return f, m, s, err
}

// PersonOf finds whose sign-in name this is.
func (db *DB) PersonOf(ctx context.Context, handle string) (f id.Facility, m id.Member, err error) {
	err = db.one(ctx, `select facility_id, member_id from app.name_find($1)`, []any{handle}, &f, &m)
	return f, m, err
}

// InvitationOf finds the invitation of a slip by the hash of its code.
func (db *DB) InvitationOf(ctx context.Context, codeHash []byte) (f id.Facility, i id.Invitation, err error) {
	err = db.one(ctx, `select facility_id, invitation_id from app.invitation_find($1)`, []any{codeHash}, &f, &i)
	return f, i, err
}

// WorkshopOfCode finds the workshop that a typed room code opens.
func (db *DB) WorkshopOfCode(ctx context.Context, code string) (f id.Facility, w id.Workshop, err error) {
	err = db.one(ctx, `select facility_id, workshop_id from app.room_code_find($1)`, []any{code}, &f, &w)
	return f, w, err
}

// StageOf finds the projector view of a token by its hash.
func (db *DB) StageOf(ctx context.Context, tokenHash []byte) (f id.Facility, w id.Workshop, s id.Stage, err error) {
	err = db.one(ctx, `select facility_id, workshop_id, stage_id from app.stage_find($1)`, []any{tokenHash}, &f, &w, &s)
	return f, w, s, err
}

// GuestOf finds whose room a guest's token opens, and who holds it; the sign-in is set for a
// room pass only.
func (db *DB) GuestOf(ctx context.Context, tokenHash []byte) (f id.Facility, w id.Workshop, person id.Member, pass id.Signin, err error) {
	err = db.one(ctx, `select facility_id, workshop_id, person_id, signin_id from app.guest_find($1)`, []any{tokenHash}, &f, &w, &person, &pass)
	return f, w, person, pass, err
}

// FacilityIDs lists the tenants, for background work that enters as the system of each.
func (db *DB) FacilityIDs(ctx context.Context) ([]id.Facility, error) {
	rows, err := db.pool.Query(ctx, `select id from app.facility_ids()`)
	if err != nil {
		return nil, translate(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[id.Facility])
	return ids, translate(err)
}

// NodeBeat says that this process is alive.
func (db *DB) NodeBeat(ctx context.Context, node id.Node, embeddedRedis bool) error {
	_, err := db.pool.Exec(ctx, `select app.node_beat($1, $2)`, node, embeddedRedis)
	return translate(err)
}

// NodeLeave takes this process out of the list.
func (db *DB) NodeLeave(ctx context.Context, node id.Node) error {
	_, err := db.pool.Exec(ctx, `select app.node_leave($1)`, node)
	return translate(err)
}

// Other is another process that is alive.
type Other struct {
	ID            id.Node
	EmbeddedRedis bool
}

// NodeOthers lists the processes alive beside this one.
func (db *DB) NodeOthers(ctx context.Context, node id.Node) ([]Other, error) {
	rows, err := db.pool.Query(ctx, `select id, embedded_redis from app.node_others($1)`, node)
	if err != nil {
		return nil, translate(err)
	}
	others, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Other])
	return others, translate(err)
}

// NodesGone gives, of the asked processes, those that have left every room, with the time at
// which each was last seen; the zero time for one that was never listed.
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

// SweepPlaces deletes every answer to "where are you now" that is a day old.
func (db *DB) SweepPlaces(ctx context.Context) (n int64, err error) {
	err = db.pool.QueryRow(ctx, `select app.sweep_places()`).Scan(&n)
	return n, translate(err)
}

// SweepKeptActs deletes what is remembered of operations for the sake of a repeat, after a day.
func (db *DB) SweepKeptActs(ctx context.Context) (n int64, err error) {
	err = db.pool.QueryRow(ctx, `select app.sweep_kept_acts()`).Scan(&n)
	return n, translate(err)
}

// SecretMatches compares a secret's check value with the stored one and stores the first.
func (db *DB) SecretMatches(ctx context.Context, purpose string, check []byte) (ok bool, err error) {
	err = db.pool.QueryRow(ctx, `select app.secret_matches($1, $2)`, purpose, check).Scan(&ok)
	return ok, translate(err)
}

// one reads a single row into dest; no row leaves dest at its zero values.
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

// The writes beside the look-ups; they are part of the caller's transaction.

// SigninPut remembers whose a token is.
func (tx *Tx) SigninPut(ctx context.Context, tokenHash []byte, f id.Facility, m id.Member, s id.Signin) error {
	return tx.call(ctx, `select app.signin_put($1, $2, $3, $4)`, tokenHash, f, m, s)
}

// SigninForget makes a token unknown at once.
func (tx *Tx) SigninForget(ctx context.Context, s id.Signin) error {
	return tx.call(ctx, `select app.signin_forget($1)`, s)
}

// NameReserve reserves a sign-in name for a slip and gives the member id it will have; the
// zero id when the name is taken.
func (tx *Tx) NameReserve(ctx context.Context, handle string, f id.Facility, i id.Invitation, fresh id.Member, until time.Time) (m id.Member, err error) {
	err = tx.talk.QueryRow(ctx, `select member_id from app.name_reserve($1, $2, $3, $4, $5)`, handle, f, i, fresh, until).Scan(&m)
	if errors.Is(err, pgx.ErrNoRows) {
		return id.Member{}, nil
	}
	return m, err
}

// NameClaim makes a reservation final; false when it ran out or is another slip's.
func (tx *Tx) NameClaim(ctx context.Context, handle string, i id.Invitation, m id.Member) (bool, error) {
	var claimed id.Member
	err := tx.talk.QueryRow(ctx, `select member_id from app.name_claim($1, $2, $3)`, handle, i, m).Scan(&claimed)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// InvitationCodePut remembers which invitation a code opens.
func (tx *Tx) InvitationCodePut(ctx context.Context, codeHash []byte, f id.Facility, i id.Invitation) error {
	return tx.call(ctx, `select app.invitation_put($1, $2, $3)`, codeHash, f, i)
}

// RoomCodePut takes a room code; false when another workshop has it.
func (tx *Tx) RoomCodePut(ctx context.Context, code string, f id.Facility, w id.Workshop) (ok bool, err error) {
	err = tx.talk.QueryRow(ctx, `select app.room_code_put($1, $2, $3)`, code, f, w).Scan(&ok)
	return ok, err
}

// StageTokenPut remembers which stage a token opens.
func (tx *Tx) StageTokenPut(ctx context.Context, tokenHash []byte, f id.Facility, w id.Workshop, s id.Stage) error {
	return tx.call(ctx, `select app.stage_put($1, $2, $3, $4)`, tokenHash, f, w, s)
}

// StageTokensForget ends every projector of a workshop.
func (tx *Tx) StageTokensForget(ctx context.Context, w id.Workshop) error {
	return tx.call(ctx, `select app.stage_forget($1)`, w)
}

// GuestTokenPut remembers who a token brings into a workshop; a zero pass is a guest.
func (tx *Tx) GuestTokenPut(ctx context.Context, tokenHash []byte, f id.Facility, w id.Workshop, person id.Member, pass id.Signin) error {
	return tx.call(ctx, `select app.guest_put($1, $2, $3, $4, $5)`, tokenHash, f, w, person, pass)
}

// GuestTokensForget ends the tokens of one person in a workshop; of everybody for the zero id.
func (tx *Tx) GuestTokensForget(ctx context.Context, w id.Workshop, person id.Member) error {
	return tx.call(ctx, `select app.guest_forget($1, $2)`, w, person)
}

// FacilityListed puts a new tenant on the list that background work walks.
func (tx *Tx) FacilityListed(ctx context.Context, f id.Facility) error {
	return tx.call(ctx, `select app.facility_put($1)`, f)
}

func (tx *Tx) call(ctx context.Context, query string, args ...any) error {
	_, err := tx.talk.Exec(ctx, query, args...)
	return err
}
