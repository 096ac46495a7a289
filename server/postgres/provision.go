package postgres

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"amends/deploy"

	"github.com/jackc/pgx/v5"
)

// Roles are the database roles of deploy/postgres-roles.sql that somebody logs in as.
func Roles() []string { return []string{"migrator", "app", "backup"} }

// Provision creates a database and the roles with the given passwords, as a superuser. The demo does
// this itself, an operator by hand; calling it again only changes passwords.
func Provision(ctx context.Context, superURL, database string, passwords map[string]string) error {
	if err := createDatabase(ctx, superURL, database); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, WithDatabase(superURL, database))
	if err != nil {
		return fmt.Errorf("connect to the new database: %w", err)
	}
	defer conn.Close(ctx)
	for _, role := range Roles() {
		if _, err := conn.Exec(ctx, `select set_config($1, $2, false)`, "amends."+role+"_password", passwords[role]); err != nil {
			return fmt.Errorf("set the password of role %s: %w", role, err)
		}
	}
	if _, err := conn.Exec(ctx, deploy.PostgresRoles); err != nil {
		return fmt.Errorf("make the roles: %w", err)
	}
	return nil
}

func createDatabase(ctx context.Context, superURL, database string) error {
	conn, err := pgx.Connect(ctx, superURL)
	if err != nil {
		return fmt.Errorf("connect as superuser: %w", err)
	}
	defer conn.Close(ctx)
	var there bool
	if err := conn.QueryRow(ctx, `select exists (select 1 from pg_database where datname = $1)`, database).Scan(&there); err != nil {
		return fmt.Errorf("look for the database: %w", err)
	}
	if there {
		return nil
	}
	if _, err := conn.Exec(ctx, "create database "+pgx.Identifier{database}.Sanitize()+" template template0 encoding 'UTF8'"); err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	return nil
}

// WithDatabase returns the URL with another database name.
func WithDatabase(address, database string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.Path = "/" + database
	return u.String()
}

// SocketURL is the URL of a database on a unix socket in folder.
func SocketURL(folder, user, password, database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Path: "/" + database, RawQuery: "host=" + url.QueryEscape(folder)}
	return strings.Replace(u.String(), "@/", "@localhost/", 1)
}
