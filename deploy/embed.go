// Package deploy holds what an operator sets up by hand, so that the program's own set-up of
// the demo runs the very same file.
package deploy

import _ "embed"

// PostgresRoles makes the database roles; see the file's own words for the settings it needs.
//
//go:embed postgres-roles.sql
var PostgresRoles string
