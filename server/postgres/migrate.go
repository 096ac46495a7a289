package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"amends/migrations"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate brings the schema to the newest version, as the role in url, which owns it. Concurrent calls
// are safe: one applies each step. It returns the number of steps applied.
func Migrate(ctx context.Context, url string) (steps int, err error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return 0, errors.New("MIGRATE_DATABASE_URL cannot be read as a Postgres address")
	}
	db := stdlib.OpenDB(*cfg)
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := provider(db)
	if err != nil {
		return 0, err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return len(done), fmt.Errorf("migrate: %w", err)
	}
	return len(done), grantVersion(ctx, db)
}

// grantVersion lets the server read the schema's version.
func grantVersion(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, `grant select on goose_db_version to app, backup`)
	if err != nil {
		return fmt.Errorf("grant the version table: %w", err)
	}
	return nil
}

func provider(db *sql.DB) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("make the migration lock: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files, goose.WithSessionLocker(locker))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return p, nil
}

// newest is the version number of the last embedded migration.
func newest() (int64, error) {
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("list the migrations: %w", err)
	}
	return goose.NumericComponent(names[len(names)-1])
}
