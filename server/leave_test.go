package server_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"amends/server/bus"
	"amends/server/id"
	"amends/server/wire"
)

// The half of a resume key is not handed out for long, and goes with whatever ends a sign-in: with the
// half and a copy of the device's storage somebody would open the pages without a password.

func (w *world) signinOf(ctx context.Context, t *testing.T, who string) (out id.Signin) {
	t.Helper()
	check(t, w.db.Conn(t, "postgres").QueryRow(ctx, `select id from signin where member_id = $1 and ended_at is null order by created_at desc limit 1`, w.people[who].member).Scan(&out))
	return out
}

func (w *world) holdsHalf(ctx context.Context, t *testing.T, which id.Signin) bool {
	t.Helper()
	_, there, err := w.app.Stores.Halves.Take(ctx, which)
	check(t, err)
	return there
}

func TestAHalfComesBackAndGoesWithTheLock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sam, text := w.people["participant"], b64(bytes.Repeat([]byte{0xa7}, 32))
	check(t, sam.Do(ctx, "PUT", "/signin/half", wire.Half{Half: text}, nil))
	var got wire.Half
	check(t, sam.Do(ctx, "POST", "/signin/half/take", nil, &got))
	if got.Half != text {
		t.Error("another half came back")
	}
	fresh := b64(bytes.Repeat([]byte{0xa8}, 32))
	check(t, sam.Do(ctx, "PUT", "/signin/half", wire.Half{Half: fresh}, nil))
	check(t, sam.Do(ctx, "POST", "/signin/half/take", nil, &got))
	if got.Half != fresh {
		t.Error("the half before the fresh one was handed out again")
	}
	check(t, sam.Do(ctx, "DELETE", "/signin/half", nil, nil))
	if err := sam.Do(ctx, "POST", "/signin/half/take", nil, nil); refusal(err) != "404 half.gone" {
		t.Errorf("a half outlived the lock: %v", err)
	}
	if log := w.log.String(); strings.Contains(log, text) || strings.Contains(log, fresh) {
		t.Error("a half is in the log")
	}
}

func TestTheHalfGoesWithTheSignIn(t *testing.T) {
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

// endsMeanwhile ends a sign-in just before its half is stored.
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

func TestAHalfThatComesLateDoesNotStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	which, super := w.signinOf(ctx, t, "participant"), w.db.Conn(t, "postgres")
	w.app.Stores.Halves = endsMeanwhile{Halves: w.app.Stores.Halves, end: func(ctx context.Context, which id.Signin) error {
		_, err := super.Exec(ctx, `update signin set ended_at = now() where id = $1`, which)
		return err
	}}
	err := w.people["participant"].Do(ctx, "PUT", "/signin/half", wire.Half{Half: b64(make([]byte, 32))}, nil)
	if refusal(err) != "401 signin.needed" {
		t.Errorf("a half was taken for a sign-in that ended: %v", err)
	}
	if w.holdsHalf(ctx, t, which) {
		t.Error("the half of a sign-in that ended is kept")
	}
}
