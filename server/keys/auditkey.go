package keys

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// FormerFile lists the public halves of audit keys that were replaced, one a line with the time of its
// replacement, oldest first. A secrets folder whose key was never replaced has none.
const FormerFile = "audit-former"

// FormerKey is a replaced audit key: it verifies what was signed until then.
type FormerKey struct {
	Public ed25519.PublicKey
	Until  time.Time
}

// CheckpointKey signs the checkpoints of the audit log.
func (s Secrets) CheckpointKey() ed25519.PrivateKey {
	m := hmac.New(sha256.New, s.Audit)
	m.Write([]byte("derive\x00checkpoints"))
	return ed25519.NewKeyFromSeed(m.Sum(nil))
}

// ReplaceAudit replaces the audit key by a fresh one, and returns the two changed files.
func (s Secrets) ReplaceAudit(fresh []byte, now time.Time) (audit, former []byte, err error) {
	if len(fresh) != secretBytes {
		return nil, nil, errors.New("an audit key has 32 bytes")
	}
	public := s.CheckpointKey().Public().(ed25519.PublicKey) //nolint:forcetypeassert // what an Ed25519 key returns
	var b strings.Builder
	for _, k := range slices.Concat(s.Former, []FormerKey{{Public: public, Until: now}}) {
		fmt.Fprintf(&b, "%s %s\n", base64.StdEncoding.EncodeToString(k.Public), k.Until.UTC().Format(time.RFC3339))
	}
	return []byte(base64.StdEncoding.EncodeToString(fresh) + "\n"), []byte(b.String()), nil
}

func parseFormer(text []byte) (all []FormerKey, err error) {
	for line := range strings.Lines(string(text)) {
		public, until, _ := strings.Cut(strings.TrimSpace(line), " ")
		b, bad := base64.StdEncoding.DecodeString(public)
		at, late := time.Parse(time.RFC3339, until)
		if bad != nil || late != nil || len(b) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("the secret %q is damaged", FormerFile)
		}
		all = append(all, FormerKey{Public: b, Until: at})
	}
	return all, nil
}
