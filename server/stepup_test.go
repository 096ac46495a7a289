package server_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/wire"
)

// What gives rights over others asks that the person has just proved that it is them.

const longAgo = 6 * time.Minute

// givesRights are the acts, each ready to be sent by an admin.
func (w *world) givesRights() map[string]func(context.Context) error {
	admin, counselor := w.people["admin"], w.people["counselor"].member
	status := func(ctx context.Context, to string) error {
		return admin.Do(ctx, "PUT", "/members/"+w.people["counselor2"].member+"/status", wire.MemberStatusRequest{Status: to}, nil)
	}
	put := func(path string, body any) func(context.Context) error {
		return func(ctx context.Context) error { return admin.Do(ctx, "PUT", path, body, nil) }
	}
	invite := func(role string) func(context.Context) error {
		return func(ctx context.Context) error {
			return admin.Do(ctx, "POST", "/invitations", wire.InviteRequest{Roles: []string{role}, Count: 1, Language: "en", Days: 1}, nil)
		}
	}
	return map[string]func(context.Context) error{
		"roles of a person":    put("/members/"+counselor+"/roles", wire.MemberRolesRequest{Roles: []string{"counselor"}}),
		"staff of a cohort":    put("/cohorts/"+w.cohort+"/members/"+counselor, wire.CohortRoleRequest{Role: "staff"}),
		"a slip for an admin":  invite("admin"),
		"a slip for counselor": invite("counselor"),
		"back from suspension": func(ctx context.Context) error {
			if err := status(ctx, "suspended"); err != nil { // asks for nothing
				return err
			}
			return status(ctx, "active")
		},
	}
}

// rightKey is what the person's browser derives from their password.
func rightKey(ctx context.Context, t *testing.T, p *person, handle string) string {
	t.Helper()
	var pre wire.Prelogin
	check(t, p.Do(ctx, "POST", "/auth/prelogin", wire.PreloginRequest{Handle: handle}, &pre))
	salt, err := base64.RawURLEncoding.DecodeString(pre.Salt)
	check(t, err)
	mk, err := client.MasterKey(pre.Kdf, password, salt)
	check(t, err)
	return b64(client.PasswordAuth(mk, p.account.Acct))
}

func TestWhatGivesRightsAsksWhoItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	admin := w.people["admin"]
	stepUp := func(key string) string {
		return refusal(admin.Do(ctx, "POST", "/auth/step-up", wire.StepUpRequest{Apw: key}, nil))
	}
	all := func(want string) {
		t.Helper()
		for name, act := range w.givesRights() {
			if got := refusal(act(ctx)); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
	all("<nil>") // just signed in
	w.provedAgo(ctx, t, longAgo)
	all("403 stepup.needed")
	// Nobody else is asked for a password, and who may not is refused as before.
	check(t, admin.Do(ctx, "POST", "/invitations", wire.InviteRequest{Roles: []string{"mentor"}, Count: 1, Language: "en", Days: 1}, nil))
	if got := refusal(w.people["counselor"].Do(ctx, "PUT", "/members/"+admin.member+"/roles", wire.MemberRolesRequest{Roles: []string{"participant"}}, nil)); got != "403 access.refused" {
		t.Errorf("a counselor: %s", got)
	}
	if got := stepUp(key()); got != "403 stepup.refused" {
		t.Errorf("a wrong key: %s", got)
	}
	all("403 stepup.needed")
	right := rightKey(ctx, t, admin, "h-admin")
	if got := stepUp(right); got != "<nil>" {
		t.Errorf("the right key: %s", got)
	}
	all("<nil>")
	other := client.New(w.base)
	check(t, other.LogIn(ctx, "h-admin", password))
	w.provedAgo(ctx, t, longAgo)
	check(t, other.Do(ctx, "POST", "/auth/step-up", wire.StepUpRequest{Apw: right}, nil))
	all("403 stepup.needed") // the proof of another device
	// Nobody waits for a password to keep somebody out; letting staff back in gives them their rights again.
	status := func(to string) string {
		return refusal(admin.Do(ctx, "PUT", "/members/"+w.people["counselor"].member+"/status", wire.MemberStatusRequest{Status: to}, nil))
	}
	if got := status("suspended"); got != "<nil>" {
		t.Errorf("suspending: %s", got)
	}
	if got := status("active"); got != "403 stepup.needed" {
		t.Errorf("letting a counselor back in: %s", got)
	}
}

func TestGuessingAtAStepUpIsSlowedAndRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	admin := w.people["admin"]
	try := func(c *client.Client) string {
		return refusal(c.Do(ctx, "POST", "/auth/step-up", wire.StepUpRequest{Apw: key()}, nil))
	}
	refused := 0
	for range 8 {
		if try(admin.Client) == "403 stepup.refused" {
			refused++
		}
	}
	if got := try(admin.Client); refused != 5 || got != "429 too_many" {
		t.Errorf("%d guesses were checked, and then: %s", refused, got)
	}
	other := client.New(w.base)
	check(t, other.LogIn(ctx, "h-admin", password))
	if got := try(other); got != "403 stepup.refused" {
		t.Errorf("another device of the person waits for the guesses of this one: %s", got)
	}
	var entries int
	check(t, w.db.Conn(t, "postgres").QueryRow(ctx, "select count(*) from audit_entry where action = 'signin.step_up' and outcome = 'refused'").Scan(&entries))
	if entries != 6 {
		t.Errorf("%d wrong keys are in the audit log, want 6", entries)
	}
	if strings.Contains(w.log.String(), password) {
		t.Error("the log holds a password")
	}
}
