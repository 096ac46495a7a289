// Package postgres keeps every fact of Amends. It is the only package that speaks to the
// database, and Within is the only place where a tenant is set.
//
// The rule: every query runs inside Within, under row-level security as the role `app`, and
// also names facility, owner or workshop itself. The policy is the net, not the floor.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"amends/server/id"
	"amends/server/postgres/dbgen"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DB is a pool of connections as the role `app`.
type DB struct {
	pool *pgxpool.Pool
	// fullAt is when Postgres last said that its disk is full, in unix nanoseconds.
	fullAt atomic.Int64
}

// Tx is one transaction with its tenant set, and every query of queries/*.sql as a method.
type Tx struct {
	*dbgen.Queries
	raw pgx.Tx
}

// Scope is whose rows a transaction may touch. A Scope without a member sees no personal
// rows; one with a workshop sees that room only.
type Scope struct {
	Facility id.Facility
	Member   id.Member
	Workshop id.Workshop
}

// Open connects; it does not check the role or the schema (see Guard).
func Open(ctx context.Context, url string, maxConns int32) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The parse error can quote the password: it is not passed on.
		return nil, errors.New("DATABASE_URL cannot be read as a Postgres address")
	}
	cfg.MaxConns = maxConns
	cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	cfg.MaxConnIdleTime = 5 * time.Minute
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the pool: %w", err)
	}
	return &DB{pool: pool}, nil
}

// Close waits for running queries and closes all connections.
func (db *DB) Close() { db.pool.Close() }

// Ping says whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.pool.Ping(ctx) }

// maxTries bounds the retries of a transaction that Postgres itself asked to be run again.
const maxTries = 4

// Within runs fn in one READ COMMITTED transaction in the given scope and commits it. Only
// serialization failures and deadlocks are run again, so fn must have no effect outside its
// transaction. Errors come out as faults where their meaning is known (errors.go).
func (db *DB) Within(ctx context.Context, scope Scope, fn func(context.Context, *Tx) error) error {
	return db.within(ctx, scope, pgx.TxOptions{}, fn)
}

// Reading is Within for work that changes nothing; Postgres refuses any write.
func (db *DB) Reading(ctx context.Context, scope Scope, fn func(context.Context, *Tx) error) error {
	return db.within(ctx, scope, pgx.TxOptions{AccessMode: pgx.ReadOnly}, fn)
}

func (db *DB) within(ctx context.Context, scope Scope, opts pgx.TxOptions, fn func(context.Context, *Tx) error) error {
	var err error
	for range maxTries {
		err = pgx.BeginTxFunc(ctx, db.pool, opts, func(raw pgx.Tx) error {
			const set = `select set_config('app.facility_id', $1, true), set_config('app.member_id', $2, true), set_config('app.workshop_id', $3, true)`
			if _, err := raw.Exec(ctx, set, scope.Facility.String(), scope.Member.String(), scope.Workshop.String()); err != nil {
				return fmt.Errorf("set the tenant: %w", err)
			}
			return fn(ctx, &Tx{Queries: dbgen.New(raw), raw: raw})
		})
		if !wantsRetry(err) {
			break
		}
	}
	if outOfDisk(err) {
		db.fullAt.Store(time.Now().UnixNano())
	}
	return translate(err)
}

// fullFor is how long a full disk is spoken of after it was last seen.
const fullFor = 15 * time.Second

// DiskFull says whether Postgres refused to write for want of disk, a moment ago.
func (db *DB) DiskFull() bool { return time.Since(time.Unix(0, db.fullAt.Load())) < fullFor }

func outOfDisk(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "53100"
}

func wantsRetry(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// RoomEvents inserts the events of one batch in one round trip.
func (tx *Tx) RoomEvents(ctx context.Context, rows []dbgen.RoomEventPutParams) error {
	var first error
	tx.RoomEventPut(ctx, rows).Exec(func(_ int, err error) {
		if err != nil && first == nil {
			first = fmt.Errorf("insert room events: %w", err)
		}
	})
	return first
}

// RoomCommands keeps the results of one batch in one round trip.
func (tx *Tx) RoomCommands(ctx context.Context, rows []dbgen.RoomCommandPutParams) error {
	var first error
	tx.RoomCommandPut(ctx, rows).Exec(func(_ int, err error) {
		if err != nil && first == nil {
			first = fmt.Errorf("keep command results: %w", err)
		}
	})
	return first
}
