package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"time"

	"amends/server/app"
	"amends/server/audit"
	"amends/server/checkpoint"
	"amends/server/config"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/keys"
)

type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Recompute the hash chain of a facility's audit log, and compare it with signed checkpoints."`
}

type auditVerify struct {
	Facility    string   `required:"" help:"The facility's id."`
	Checkpoints []string `placeholder:"PATH" help:"More checkpoints, beside those of CHECKPOINT_DIR: the folder of another machine, or any file with copies, such as a server's log."`
}

// Run verifies the log from its start and names what was altered.
func (v auditVerify) Run(ctx context.Context) error {
	which, err := id.Parse[id.Facility](v.Facility)
	if err != nil {
		return fmt.Errorf("--facility is not an identifier")
	}
	return withApp(ctx, func(a *app.App) error {
		compared := false
		report, err := a.VerifyAudit(ctx, which, func() ([]checkpoint.Copy, error) {
			copies, torn, err := v.read()
			for _, line := range torn {
				fmt.Println("note: " + line + "; nothing around it is missing")
			}
			compared = len(copies) > 0
			return copies, err
		})
		if f := fault.As(err); err != nil && f.Kind != fault.Conflict {
			return err
		}
		tell(report, compared)
		return err
	})
}

// read reads the checkpoints to compare with.
func (v auditVerify) read() (copies []checkpoint.Copy, torn []string, err error) {
	cfg, err := config.Read()
	if err != nil {
		return nil, nil, err
	}
	secrets, err := keys.ReadFolder(cfg.SecretsDir)
	if err != nil {
		return nil, nil, err
	}
	paths := v.Checkpoints
	if cfg.CheckpointDir != "" {
		paths = append([]string{cfg.CheckpointDir}, paths...)
	}
	for _, path := range paths {
		read := checkpoint.ReadFile
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			read = checkpoint.Read
		}
		c, err := read(path, checkpoint.TrustOf(secrets))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		if len(c.Problems) == 0 {
			torn = append(torn, c.Torn...)
		} else {
			c.Problems = append(c.Problems, c.Torn...)
		}
		copies = append(copies, c)
	}
	return copies, torn, nil
}

// tell prints what was verified, and how far.
func tell(r audit.Report, compared bool) {
	for _, e := range r.Elsewhere {
		fmt.Printf("note: the folder with the id %s has %d more checkpoints of this log, the last of %s; they were not compared\n", e.Witness, e.Count, clock(e.Last))
	}
	if r.Supplied > 0 {
		fmt.Printf("note: %d checkpoint%s missing in the folder and %s found in a copy: look who changed the folder\n", r.Supplied, plural(r.Supplied, " was", "s were"), plural(r.Supplied, "was", "were"))
	}
	if len(r.Findings) > 0 {
		return
	}
	fmt.Printf("%d entries, unbroken. Last hash %s\n", r.Entries, hex.EncodeToString(r.Hash[:]))
	switch {
	case !compared:
		fmt.Println("Not compared with checkpoints (CHECKPOINT_DIR is not set): entries cut off at the end would not be found.")
		return
	case r.Signed == nil:
		fmt.Println("There is no checkpoint of this log yet: entries cut off at the end would not be found.")
	default:
		fmt.Printf("%d checkpoints fit. Signed up to entry %d, on %s, with the key %s.\n", r.Fitting, r.Signed.Seq, clock(r.Signed.At), r.Signed.Key)
	}
	if r.Unsigned > 0 {
		fmt.Printf("Not in a checkpoint yet: %d. A running server signs every 15 minutes, and when it ends.\n", r.Unsigned)
	}
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

func clock(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 MST") }
