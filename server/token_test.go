package server_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"amends/server/account"
	"amends/server/client"
)

// Somebody who can write to the database, but has not the secrets, stores the hash of a token of their
// own beside a person's open sign-in.
func TestTheDatabaseAloneSignsNobodyIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	super, sam := w.db.Conn(t, "postgres"), w.people["participant"]
	plant := func(hash []byte) {
		tag, err := super.Exec(ctx, `insert into lookup.signin_token select $1, facility_id, member_id, signin_id from lookup.signin_token where member_id = $2 limit 1`, hash, sam.member)
		check(t, err)
		if tag.RowsAffected() != 1 {
			t.Fatal("no open sign-in of the participant")
		}
	}
	me := func(token string) string {
		c := client.New(w.base)
		return refusal(c.Ask(ctx, "GET", "/me", http.Header{"Cookie": {"signin=" + token}}, nil, nil))
	}
	own, hash, err := account.TokenKey("not the server's key").New(rand.Reader)
	check(t, err)
	raw, err := base64.RawURLEncoding.DecodeString(own)
	check(t, err)
	plain := sha256.Sum256(raw)
	for what, planted := range map[string][]byte{"a hash with another key": hash, "a plain hash": plain[:]} {
		plant(planted)
		if got := me(own); got != "401 signin.needed" {
			t.Errorf("%s: %s", what, got)
		}
	}
	right, hash, err := account.TokenKey(w.cfg.Secrets.Derive("tokens")).New(rand.Reader)
	check(t, err)
	plant(hash)
	if got := me(right); got != "<nil>" {
		t.Errorf("with the secrets, so that the test can fail: %s", got)
	}
}
