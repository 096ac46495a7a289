// Package deploy embeds files that an operator runs by hand, so that the demo's automatic set-up uses
// the same files.
package deploy

import _ "embed"

// PostgresRoles creates the database roles; the file's comment names the settings it needs.
//
//go:embed postgres-roles.sql
var PostgresRoles string
