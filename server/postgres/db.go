// Package postgres stores all durable state. It is the only package that talks to the database, and
// Within is the only place where a tenant is set.
//
// Rule: every query runs inside Within, under row-level security as the role `app`, and also names
// facility, owner or workshop itself. The policies are the second line of defence, not the first.
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

// DB is a connection pool as the role `app`.
type DB struct {
	pool *pgxpool.Pool
	// fullAt is when Postgres last reported a full disk, in Unix nanoseconds.
	fullAt atomic.Int64
}

// Tx is one transaction with its tenant set; every query of queries/*.sql is a method.
type Tx struct {
	*dbgen.Queries
	transaction *transaction
}

// Later queues statements that return nothing: they are sent in order, in one round trip with COMMIT.
// Their errors are returned by the commit.
func (tx *Tx) Later() *dbgen.Queries { return dbgen.New(&tx.transaction.tail) }

// Scope defines which rows a transaction may touch. Without a member it sees no personal rows; with a
// workshop it sees only that room's.
type Scope struct {
	Facility id.Facility
	Member   id.Member
	Workshop id.Workshop
}

// Open connects; it does not check the role or the schema (see Guard).
func Open(ctx context.Context, url string, maxConns int32) (*DB, error) {
	return OpenKeeping(ctx, url, 0, maxConns)
}

// OpenKeeping is Open for a server: minConns connections are opened at once and kept, so that the first
// burst of requests does not wait for them.
func OpenKeeping(ctx context.Context, url string, minConns, maxConns int32) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The parse error may quote the password, so it is not returned.
		return nil, errors.New("DATABASE_URL cannot be read as a Postgres address")
	}
	cfg.MinConns, cfg.MaxConns = minConns, maxConns
	cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		learnIDs(c.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the pool: %w", err)
	}
	return &DB{pool: pool}, nil
}

// Close waits for running queries and closes all connections.
func (db *DB) Close() { db.pool.Close() }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.pool.Ping(ctx) }

// maxTries bounds the attempts at a transaction that fails with a serialization failure or deadlock.
const maxTries = 4

// Within runs fn in one READ COMMITTED transaction in the given scope and commits it. Serialization
// failures and deadlocks are retried, so fn must have no effect outside its transaction. Errors become
// faults where their meaning is known (errors.go).
func (db *DB) Within(ctx context.Context, scope Scope, fn func(context.Context, *Tx) error) error {
	return db.within(ctx, scope, "begin read write", fn)
}

// Reading is Within for reads; Postgres refuses any write.
func (db *DB) Reading(ctx context.Context, scope Scope, fn func(context.Context, *Tx) error) error {
	return db.within(ctx, scope, "begin read only", fn)
}

func (db *DB) within(ctx context.Context, scope Scope, begin string, fn func(context.Context, *Tx) error) error {
	var err error
	for range maxTries {
		if err = db.once(ctx, &transaction{begin: begin, scope: scope}, fn); !wantsRetry(err) {
			break
		}
	}
	if outOfDisk(err) {
		db.fullAt.Store(time.Now().UnixNano())
	}
	return translate(err)
}

func (db *DB) once(ctx context.Context, t *transaction, fn func(context.Context, *Tx) error) (err error) {
	if t.conn, err = db.pool.Acquire(ctx); err != nil {
		return err
	}
	defer t.end(ctx) // also after a panic
	if err := fn(ctx, &Tx{Queries: dbgen.New(t), transaction: t}); err != nil {
		return err
	}
	return t.commit(ctx)
}

// fullFor is how long a full disk is reported after it was last seen.
const fullFor = 15 * time.Second

// DiskFull reports whether Postgres recently refused a write because its disk was full.
func (db *DB) DiskFull() bool { return time.Since(time.Unix(0, db.fullAt.Load())) < fullFor }

func outOfDisk(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "53100"
}

func wantsRetry(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// RoomWritten is the result of one room batch.
type RoomWritten struct {
	Events []dbgen.RoomEventPutParams
	// Advance is written only if there are events.
	Advance  dbgen.WorkshopAdvanceParams
	Commands []dbgen.RoomCommandPutParams
}

// RoomWrite queues a batch's writes with Later.
func (tx *Tx) RoomWrite(ctx context.Context, w RoomWritten) error {
	queries := tx.Later()
	if len(w.Events) > 0 {
		queries.RoomEventPut(ctx, w.Events).Exec(nil)
		if err := queries.WorkshopAdvance(ctx, w.Advance); err != nil {
			return err
		}
	}
	if len(w.Commands) > 0 {
		queries.RoomCommandPut(ctx, w.Commands).Exec(nil)
	}
	return nil
}
