package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"amends/server/audit"
	"amends/server/checkpoint"
	"amends/server/keys"
)

type secretsCommand struct {
	New         secretsNew         `cmd:"" help:"Make a new secrets folder."`
	NewAuditKey secretsNewAuditKey `cmd:"" help:"Replace the key that signs checkpoints of the audit log, when others may know it. Stop all servers before."`
}

type secretsNew struct {
	Dir string `arg:"" help:"The folder; it must not be there yet."`
}

// Run creates the folder; an existing one is never changed.
func (s secretsNew) Run() error {
	if err := os.Mkdir(s.Dir, 0o700); err != nil {
		return fmt.Errorf("make the folder (it must not be there yet): %w", err)
	}
	files, err := keys.NewSecrets(rand.Reader, time.Now())
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.Dir, name), text, 0o600); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	fmt.Printf("Made %s. Back it up apart from the database: without the pepper nobody signs in, without the keyring every worksheet is gone.\n", s.Dir)
	return nil
}

type secretsNewAuditKey struct {
	Dir string `arg:"" help:"The secrets folder."`
}

// Run replaces the audit key and keeps the public half of the old one, so that what it signed still
// counts. The list of old keys is written first: a crash between the two files leaves the old key in use
// and is repaired by running this again.
func (s secretsNewAuditKey) Run() error {
	secrets, err := keys.ReadFolder(s.Dir)
	if err != nil {
		return err
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return fmt.Errorf("draw a key: %w", err)
	}
	key, former, err := secrets.ReplaceAudit(fresh, time.Now())
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		text []byte
	}{{keys.FormerFile, former}, {keys.AuditFile, key}} {
		path := filepath.Join(s.Dir, file.name)
		if err := os.WriteFile(path+".new", file.text, 0o600); err != nil {
			return fmt.Errorf("write %s: %w", file.name, err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			return fmt.Errorf("put %s in its place: %w", file.name, err)
		}
	}
	if secrets, err = keys.ReadFolder(s.Dir); err != nil {
		return err
	}
	fmt.Printf("The key %s is in use now. Give every server this folder, start them again, and back it up.\n", audit.KeyOf(checkpoint.TrustOf(secrets)[0].Public))
	return nil
}
