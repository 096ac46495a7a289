package server_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"amends/server"
	"amends/server/bus"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"

	"github.com/jackc/pgx/v5"
)

// The server's half of a resume key is deleted soon after it was handed out, and by everything that
// ends a sign-in: with the half and a copy of the device's storage, pages could be opened without a
// password.

func (w *world) signinOf(ctx context.Context, t *testing.T, who string) (out id.Signin) {
	t.Helper()
	check(t, w.db.Conn(t, "postgres").QueryRow(ctx, `select id from signin where member_id = $1 and ended_at is null order by created_at desc limit 1`, w.people[who].member).Scan(&out))
	return out
}

func (w *world) holdsHalf(ctx context.Context, t *testing.T, which id.Signin) bool {
	t.Helper()
	_, there, err := w.stores.Halves.Take(ctx, which)
	check(t, err)
	return there
}

func TestAResumeHalfIsReturnedAndDeletedByTheLock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sam, text := w.people["participant"], b64(bytes.Repeat([]byte{0xa7}, 32))
	check(t, sam.Do(ctx, "PUT", "/signin/half", wire.Half{Half: text}, nil))
	var got wire.Half
	check(t, sam.Do(ctx, "POST", "/signin/half/take", nil, &got))
	if got.Half != text {
		t.Error("a different half was returned")
	}
	fresh := b64(bytes.Repeat([]byte{0xa8}, 32))
	check(t, sam.Do(ctx, "PUT", "/signin/half", wire.Half{Half: fresh}, nil))
	check(t, sam.Do(ctx, "POST", "/signin/half/take", nil, &got))
	if got.Half != fresh {
		t.Error("the replaced half was handed out again")
	}
	check(t, sam.Do(ctx, "DELETE", "/signin/half", nil, nil))
	if err := sam.Do(ctx, "POST", "/signin/half/take", nil, nil); refusal(err) != "404 half.gone" {
		t.Errorf("a half outlived the lock: %v", err)
	}
	if log := w.log.String(); strings.Contains(log, text) || strings.Contains(log, fresh) {
		t.Error("a half is in the log")
	}
}

func TestTheResumeHalfIsDeletedWithTheSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for who, end := range map[string]func(who string) error{
		"participant":  func(who string) error { return w.people[who].Do(ctx, "POST", "/auth/sign-out", nil, nil) },
		"participant2": func(who string) error { return w.people[who].Do(ctx, "POST", "/auth/quick-exit", nil, nil) },
		"mentor": func(who string) error {
			return w.people["admin"].Do(ctx, "PUT", "/members/"+w.people[who].member+"/status", wire.MemberStatusRequest{Status: "suspended"}, nil)
		},
	} {
		which := w.signinOf(ctx, t, who)
		check(t, w.people[who].Do(ctx, "PUT", "/signin/half", wire.Half{Half: b64(make([]byte, 32))}, nil))
		check(t, end(who))
		if err := w.people[who].Do(ctx, "POST", "/signin/half/take", nil, nil); refusal(err) != "401 signin.needed" {
			t.Errorf("%s asks for a half after leaving: %v", who, err)
		}
		if w.holdsHalf(ctx, t, which) {
			t.Errorf("the half of %s outlived the sign-in", who)
		}
	}
}

// A sign-in whose cookie is overwritten is ended, because nothing could sign it out later.
func TestASecondSignInEndsTheOneBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sam, before := w.people["participant"], client.New(w.base)
	at := must(http.NewRequest("GET", w.base, nil)).URL
	before.HTTP.Jar.SetCookies(at, sam.HTTP.Jar.Cookies(at))
	check(t, before.Do(ctx, "GET", "/me", nil, nil))
	check(t, sam.LogIn(ctx, sam.account.Handle, password))
	check(t, sam.Do(ctx, "GET", "/me", nil, nil))
	if err := before.Do(ctx, "GET", "/me", nil, nil); refusal(err) != "401 signin.needed" {
		t.Errorf("the sign-in before goes on: %v", err)
	}
}

// endsMeanwhile ends a sign-in just before its half is stored (a race).
type endsMeanwhile struct {
	bus.Halves
	end func(context.Context, id.Signin) error
}

func (e endsMeanwhile) Put(ctx context.Context, which id.Signin, half bus.Half, life time.Duration) error {
	if err := e.end(ctx, which); err != nil {
		return err
	}
	return e.Halves.Put(ctx, which, half, life)
}

func TestAHalfStoredAfterTheSignInEndedIsDeleted(t *testing.T) {
	t.Parallel()
	var super *pgx.Conn
	w := newWorldWith(t, func(c *server.Config) {
		c.Stores = func(s bus.Stores) bus.Stores {
			s.Halves = endsMeanwhile{Halves: s.Halves, end: func(ctx context.Context, which id.Signin) error {
				_, err := super.Exec(ctx, `update signin set ended_at = now() where id = $1`, which)
				return err
			}}
			return s
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	super = w.db.Conn(t, "postgres")
	which := w.signinOf(ctx, t, "participant")
	err := w.people["participant"].Do(ctx, "PUT", "/signin/half", wire.Half{Half: b64(make([]byte, 32))}, nil)
	if refusal(err) != "401 signin.needed" {
		t.Errorf("a half was taken for a sign-in that ended: %v", err)
	}
	if w.holdsHalf(ctx, t, which) {
		t.Error("the half of a sign-in that ended is kept")
	}
}

// Leaving is reported as done only when it is; while a part of the database fails, everything that can
// be ended is ended.
func TestLeavingIsReportedDoneOnlyWhenItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	super := w.db.Conn(t, "postgres")
	without := func(function string, leave func()) {
		t.Helper()
		_, err := super.Exec(ctx, `revoke execute on function app.`+function+`(bytea) from public, app`)
		check(t, err)
		leave()
		_, err = super.Exec(ctx, `grant execute on function app.`+function+`(bytea) to app`)
		check(t, err)
	}
	sam, asked := w.people["participant"], func(path string) string { return refusal(w.people["participant"].Do(ctx, "POST", path, nil, nil)) }
	_, code := w.planOpen(ctx, t, 4)
	for _, path := range []string{"/auth/sign-out", "/auth/quick-exit"} {
		without("signin_find", func() {
			if said := asked(path); !strings.HasPrefix(said, "50") {
				t.Errorf("%s, and nobody knows whose it is: %s", path, said)
			}
		})
		check(t, sam.Do(ctx, "GET", "/me", nil, nil)) // the cookie is kept, so leaving can be retried
	}
	_, err := sam.EnterAsGuest(ctx, code, "Robin")
	check(t, err)
	without("guest_find", func() {
		if said := asked("/auth/quick-exit"); !strings.HasPrefix(said, "50") {
			t.Errorf("the room is not left: %s", said)
		}
	})
	if said := refusal(sam.Do(ctx, "GET", "/me", nil, nil)); said != "401 signin.needed" {
		t.Errorf("the sign-in did not end with what could: %s", said)
	}
	check(t, sam.Do(ctx, "GET", "/guest", nil, nil))
	check(t, sam.Do(ctx, "POST", "/auth/quick-exit", nil, nil))
	if said := refusal(sam.Do(ctx, "GET", "/guest", nil, nil)); said != "401 signin.needed" {
		t.Errorf("asked again, the room is open: %s", said)
	}
}
