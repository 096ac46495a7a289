package main

import (
	"context"
	"encoding/hex"
	"fmt"

	"amends/server/app"
	"amends/server/id"
)

type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Recompute the hash chain of a facility's audit log."`
}

type auditVerify struct {
	Facility string `required:"" help:"The facility's id."`
}

// Run verifies the log from its start and names the first entry that was altered.
func (v auditVerify) Run(ctx context.Context) error {
	which, err := id.Parse[id.Facility](v.Facility)
	if err != nil {
		return fmt.Errorf("--facility is not an identifier")
	}
	return withApp(ctx, func(a *app.App) error {
		seq, hash, err := a.VerifyAudit(ctx, which)
		if err != nil {
			return err
		}
		fmt.Printf("%d entries, unbroken. Last hash %s\n", seq, hex.EncodeToString(hash[:]))
		return nil
	})
}
