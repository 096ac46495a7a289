package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"amends/server"
	"amends/server/bus"
	"amends/server/client"
	"amends/server/id"
	"amends/server/puzzle"
	"amends/server/wire"
)

// Strangers from many addresses use up what all may try in vain. A right code still works: for who is
// signed in at once, for everybody else with a solved puzzle.

// from returns the header by which a trusted proxy names the n-th address.
func from(n int) http.Header {
	return http.Header{"X-Forwarded-For": {fmt.Sprintf("203.0.113.%d", n)}}
}

// worldBehindAProxy counts tries by the address that the caller names.
func worldBehindAProxy(t *testing.T) *world {
	return newWorldWith(t, func(c *server.Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
}

// useUp takes what is left of a limit that all share. It refills while a test runs, so it is used up
// before every step.
func (w *world) useUp(ctx context.Context, t *testing.T, rule bus.Rule) {
	t.Helper()
	w.useUpFor(ctx, t, "all", rule)
}

// useUpFor takes what is left of a limit for one key.
func (w *world) useUpFor(ctx context.Context, t *testing.T, key string, rule bus.Rule) {
	t.Helper()
	for {
		d, err := w.stores.Limits.Allow(ctx, key, rule)
		check(t, err)
		if !d.OK {
			return
		}
	}
}

// solved asks for a puzzle and solves it.
func solved(ctx context.Context, t *testing.T, c *client.Client, address http.Header) string {
	t.Helper()
	var asked wire.Puzzle
	check(t, c.Ask(ctx, "POST", "/puzzle", address, nil, &asked))
	answer := puzzle.Solve(asked.Puzzle, asked.Most)
	if answer == "" {
		t.Fatal("the puzzle cannot be solved")
	}
	return answer
}

func TestWrongRoomCodesFromManyAddressesLockNobodyOut(t *testing.T) {
	t.Parallel()
	w := worldBehindAProxy(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 20)
	enterAs := func(c *client.Client, address int, code, work string) string {
		if address != 1 {
			w.useUp(ctx, t, bus.RoomCodeOverall())
		}
		return refusal(c.Ask(ctx, "POST", "/guest/enter", from(address), wire.GuestEntryRequest{Code: code, Name: "Robin", Work: work}, nil))
	}
	stranger := client.New(w.base)
	if got := enterAs(stranger, 1, "AAAAAA", ""); got != "404 room_code.unknown" {
		t.Fatalf("a wrong code while few are tried: %s", got)
	}
	const late = 200 // an address that tried nothing
	if got := enterAs(stranger, late, code, ""); got != "429 door.work" {
		t.Errorf("a right code without work: %s", got)
	}
	work := solved(ctx, t, stranger, from(late))
	if got := enterAs(stranger, late+1, code, work); got != "429 door.work" {
		t.Errorf("the work of another address: %s", got)
	}
	robin := client.New(w.base)
	if got := enterAs(robin, late, code, work); got != "<nil>" {
		t.Errorf("a right code with work: %s", got)
	}
	if got := enterAs(client.New(w.base), late, code, work); got != "429 door.work" {
		t.Errorf("the same work again: %s", got)
	}
	if got := enterAs(stranger, late, "AAAAAA", solved(ctx, t, stranger, from(late))); got != "404 room_code.unknown" {
		t.Errorf("a wrong code with work: %s", got)
	}
	member := w.people["participant"].Client
	if got := enterAs(member, late, code, ""); got != "<nil>" {
		t.Errorf("a right code of somebody who is signed in: %s", got)
	}
	// So does a device where somebody signed in before, and who has a pass from a counselor.
	device := onlyDevice(t, w.base, deviceOf(t, w.people["participant2"].Client), "203.0.113.201")
	w.useUp(ctx, t, bus.RoomCodeOverall())
	if _, err := device.EnterAsGuest(ctx, code, "Lee"); err != nil {
		t.Errorf("a right code on a known device: %v", err)
	}
	var pass wire.Pass
	check(t, w.people["counselor"].Do(ctx, "POST", "/workshops/"+workshop+"/passes", wire.PassRequest{Member: w.people["mentor"].member}, &pass))
	w.useUp(ctx, t, bus.RoomCodeOverall())
	if err := client.New(w.base).Ask(ctx, "POST", "/guest/pass", from(1), wire.PassEntryRequest{Code: pass.Code}, nil); err != nil {
		t.Errorf("a pass: %v", err)
	}
	// One person's share, also refilled meanwhile.
	share, began := bus.CodesPerMember(), time.Now()
	for n := 0; ; n++ {
		got := enterAs(member, n+10, "AAAAAA", "")
		if got == "429 too_many" && n >= share.Burst {
			break
		}
		// Between the two, the shared limit may have refilled by one.
		spent := time.Since(began)
		if most := share.Burst + int(spent/share.Step()) + int(spent/bus.RoomCodeOverall().Step()) + 2; got != "404 room_code.unknown" || n > most {
			t.Fatalf("wrong code %d of somebody who is signed in: %s", n, got)
		}
	}
}

func TestWrongStageCodesFromManyAddressesLockNobodyOut(t *testing.T) {
	t.Parallel()
	w := worldBehindAProxy(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	workshop, _ := w.planOpen(ctx, t, 20)
	dana := w.people["counselor"].Client
	made := func() string {
		var code wire.StageCode
		check(t, dana.Do(ctx, "POST", "/workshops/"+workshop+"/stage-code", nil, &code))
		return code.Code
	}
	connect := func(c *client.Client, address int, code, work string) string {
		if address != 1 {
			w.useUp(ctx, t, bus.StageCodeOverall())
		}
		return refusal(c.Ask(ctx, "POST", "/stage/connect", from(address), wire.ConnectRequest{Code: code, Work: work}, nil))
	}
	stranger := client.New(w.base)
	if got := connect(stranger, 1, "00000000", ""); got != "404 stage_code.unknown" {
		t.Fatalf("a wrong code while few are tried: %s", got)
	}
	const late = 200
	code := made()
	if got := connect(stranger, late, code, ""); got != "429 door.work" {
		t.Errorf("a right code without work: %s", got)
	}
	if got := connect(stranger, late, code, solved(ctx, t, stranger, from(late))); got != "<nil>" {
		t.Errorf("a right code with work: %s", got)
	}
	if got := connect(dana, late, made(), ""); got != "<nil>" {
		t.Errorf("a counselor's own second window: %s", got)
	}
}

// Somebody in the house types wrong codes until the house has used up its tries. A right code is not refused
// for it, and what an asking for work counted is given back; but wrong codes with work are limited too.
func TestATrollLocksNobodyInTheHouseOut(t *testing.T) {
	t.Parallel()
	w := worldBehindAProxy(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 40)
	const house = 50
	enterAs := func(c *client.Client, code, work string) string {
		return refusal(c.Ask(ctx, "POST", "/guest/enter", from(house), wire.GuestEntryRequest{Code: code, Name: "Robin", Work: work}, nil))
	}
	// It refills while the test runs.
	used := func() { w.useUpFor(ctx, t, "203.0.113.50/32", bus.RoomCodePerAddress()) }
	troll, robin := client.New(w.base), client.New(w.base)
	tried := 0
	for ; enterAs(troll, "AAAAAA", "") == "404 room_code.unknown"; tried++ {
	}
	if tried < bus.RoomCodePerAddress().Burst {
		t.Errorf("only %d wrong codes of a house are tried", tried)
	}
	used()
	if got := enterAs(robin, code, ""); got != "429 door.work" {
		t.Errorf("a right code without work: %s", got)
	}
	used()
	if got := enterAs(robin, code, solved(ctx, t, robin, from(house))); got != "<nil>" {
		t.Errorf("a right code with work: %s", got)
	}
	used()
	if got := enterAs(w.people["participant"].Client, code, ""); got != "<nil>" {
		t.Errorf("a right code of somebody who is signed in: %s", got)
	}
	var pass wire.Pass
	check(t, w.people["counselor"].Do(ctx, "POST", "/workshops/"+workshop+"/passes", wire.PassRequest{Member: w.people["participant2"].member}, &pass))
	if err := client.New(w.base).Ask(ctx, "POST", "/guest/pass", from(house), wire.PassEntryRequest{Code: pass.Code}, nil); err != nil {
		t.Errorf("a pass: %v", err)
	}
	rule, began := bus.WorkPerAddress(), time.Now()
	for n := 0; ; n++ {
		work := solved(ctx, t, troll, from(house))
		used()
		got := enterAs(troll, "AAAAAA", work)
		if got == "429 too_many" && n >= rule.Burst {
			break
		}
		// Between the last two, what needs no work may have refilled by one.
		spent := time.Since(began)
		if most := rule.Burst + int(spent/rule.Step()) + int(spent/bus.RoomCodePerAddress().Step()) + 2; got != "404 room_code.unknown" || n > most {
			t.Fatalf("wrong code %d with work: %s", n, got)
		}
	}
}

// A right code that must come with work first, because others try many, uses up nothing of its house.
func TestBeingAskedForWorkCostsTheHouseNothing(t *testing.T) {
	t.Parallel()
	w := worldBehindAProxy(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, code := w.planOpen(ctx, t, 40)
	for n := 0; n < 2*bus.RoomCodePerAddress().Burst; {
		w.useUp(ctx, t, bus.RoomCodeOverall())
		switch got := refusal(client.New(w.base).Ask(ctx, "POST", "/guest/enter", from(60), wire.GuestEntryRequest{Code: code, Name: "Robin"}, nil)); got {
		case "429 door.work":
			n++
		case "<nil>": // the shared limit refilled by one meanwhile
		default:
			t.Fatalf("guest %d of the house: %s", n, got)
		}
	}
	d, err := w.stores.Limits.Allow(ctx, "203.0.113.60/32", bus.RoomCodePerAddress())
	check(t, err)
	if want := bus.RoomCodePerAddress().Burst - 1; d.Left != want {
		t.Errorf("%d tries of the house are left, want %d", d.Left, want)
	}
}

// The holder of one slip cannot find out who has an account here.
func TestASlipTestsFewNames(t *testing.T) {
	t.Parallel()
	w := worldBehindAProxy(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var slips wire.NewSlips
	check(t, w.people["admin"].Do(ctx, "POST", "/invitations", wire.InviteRequest{Roles: []string{"participant"}, Cohort: w.cohort, Language: "en", Count: 1, Days: 7}, &slips))
	code := slips.Slips[0].Code
	ask := func(n int) string {
		return refusal(client.New(w.base).Ask(ctx, "POST", "/auth/reserve", from(n), wire.ReserveRequest{Invite: code, Handle: "name-" + id.New[id.Member]().String()[24:]}, nil))
	}
	rule, began := bus.NamesPerSlip(), time.Now()
	for n := 0; ; n++ {
		got := ask(n)
		if got == "429 too_many" && n >= rule.Burst {
			break
		}
		if most := rule.Burst + int(time.Since(began)/rule.Step()) + 1; got != "<nil>" || n > most {
			t.Fatalf("name %d: %s", n, got)
		}
	}
}

// A right password and a right slip are not free of limits, or their holder could write to the audit log,
// or ask the database, as often as they like.
func TestWhatIsRightIsLimitedToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sam := w.people["participant"]
	apw := apwOf(ctx, t, sam.Client, sam.account.Handle)
	var slips wire.NewSlips
	check(t, w.people["admin"].Do(ctx, "POST", "/invitations", wire.InviteRequest{Roles: []string{"participant"}, Cohort: w.cohort, Language: "en", Count: 1, Days: 7}, &slips))
	which := ""
	check(t, w.db.Conn(t, "postgres").QueryRow(ctx, "select id from invitation where used_at is null").Scan(&which))
	signIn := func() string { return logInAs(ctx, client.New(w.base), sam.account.Handle, apw) }
	readSlip := func() string {
		return refusal(client.New(w.base).Do(ctx, "POST", "/auth/slip", wire.SlipRequest{Invite: slips.Slips[0].Code}, nil))
	}
	for key, act := range map[string]func() string{sam.member + " logIn": signIn, which + " readSlip": readSlip} {
		if got := act(); got != "<nil>" {
			t.Errorf("%s: %s", key, got)
		}
		if got := beyond(ctx, t, w, key, act); got != "429 too_many" {
			t.Errorf("%s beyond its limit: %s", key, got)
		}
	}
}

// beyond uses up what a key may write and acts at once; what refills meanwhile is used up again.
func beyond(ctx context.Context, t *testing.T, w *world, key string, act func() string) (got string) {
	t.Helper()
	for range 20 {
		w.useUpFor(ctx, t, key, bus.WritePerMember())
		if got = act(); got != "<nil>" {
			return got
		}
	}
	return got
}
