package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"amends/server"
	"amends/server/app"
	"amends/server/client"
	"amends/server/id"
	"amends/server/room"
	"amends/server/wire"
)

// crowd is an open meeting with made-up guests. They have rows in the database and no phones; what they
// do goes through the room's own transactions.
type crowd struct {
	*world
	*testing.T
	ctx      context.Context
	key      app.RoomKey
	workshop string
	code     string
	guests   []id.Member
}

func newCrowd(ctx context.Context, t *testing.T, guests int) *crowd {
	t.Helper()
	c := &crowd{world: newWorldWith(t, func(c *server.Config) { c.Unlimited = true }), T: t, ctx: ctx}
	c.workshop, c.code = c.planOpen(ctx, t, 2*guests+20)
	super := c.db.Conn(t, "postgres")
	check(t, super.QueryRow(ctx, "select facility_id, id from workshop where id = $1", c.workshop).Scan(&c.key.Facility, &c.key.Workshop))
	for n := range guests {
		c.guests = append(c.guests, id.New[id.Member]())
		_, err := super.Exec(ctx, "insert into guest (facility_id, id, workshop_id, name, created_at) values ($1, $2, $3, $4, now())", c.key.Facility, c.guests[n], c.key.Workshop, fmt.Sprintf("Guest %03d of a crowd of people", n))
		check(t, err)
	}
	return c
}

// each lets every guest do the same, as many in one transaction as the room takes.
func (c *crowd) each(of func(id.Member) app.RoomRequest) {
	c.Helper()
	for some := range slices.Chunk(c.guests, app.MaxBatch) {
		var all []app.RoomRequest
		for _, who := range some {
			all = append(all, of(who))
		}
		out, err := c.app.Room(c.ctx, id.Node{}, c.key, all)
		check(c.T, err)
		c.app.Notify(c.ctx, id.Node{}, c.key, out)
	}
}

func (c *crowd) join() {
	c.Helper()
	c.each(func(who id.Member) app.RoomRequest { return app.RoomRequest{Member: who, Fact: app.PhoneJoined} })
}

func (c *crowd) command(do, with string) {
	c.Helper()
	c.each(func(who id.Member) app.RoomRequest {
		command, err := wire.ParseCommand([]byte(client.CommandFrame(id.New[id.Command]().String(), do, with, -1)))
		check(c.T, err)
		return app.RoomRequest{Member: who, Command: command}
	})
}

// people asks for a page as the counselor.
func (c *crowd) people(search string, page int) (out wire.RoomPeople) {
	c.Helper()
	check(c.T, c.world.people["counselor"].Do(c.ctx, "POST", "/workshops/"+c.workshop+"/people", wire.RoomPeopleRequest{Search: search, Page: page}, &out))
	return out
}

// The largest frame of a phone and of the stage, whatever 400 guests do: it holds the agenda, the shown
// words and three names. A counselor's holds some lists of room.MaxListed rows.
const (
	phoneBytes       = 3 << 10
	facilitatorBytes = 160 << 10
)

// Four hundred made-up guests raise their hands, tap for help, send words and ask to talk: no frame of a
// phone or of the stage grows with them, over sockets and polls, and a counselor's has an end.
func TestNoFrameOfAPhoneGrowsWithThePeople(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	const guests = 400
	c := newCrowd(ctx, t, guests)
	dana := enter(ctx, t, c.world.people["counselor"].Client, c.workshop)
	for _, verb := range []string{"open", "start"} {
		do(ctx, t, dana, verb, "", -1)
	}
	c.join()
	robin, sam := enter(ctx, t, c.guest(ctx, t, c.code, "Robin"), c.workshop), enter(ctx, t, c.world.people["participant"].Client, c.workshop)
	stage, poller := c.stage(ctx, t, c.workshop), dial(c.world.people["participant2"].Client, c.workshop)
	sockets := map[string]*client.Socket{"a guest": robin, "a participant": sam, "the stage": stage}
	var polls []json.RawMessage
	ask := func() {
		t.Helper()
		poller.seen = polled{}
		if code := poller.poll(ctx, t); code != "" {
			t.Fatal(code)
		}
		polls = append(polls, poller.seen.Raw)
	}
	ask()
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	do(ctx, t, dana, "queue_open", "", -1)
	for do, with := range map[string]string{"raise": "", "ready": "", "help": "", "away": "", "word": `{"word":"abcdefghijklmnopqrstuvwx"}`, "talk_after": "", "here": `{"whereabouts":"Somewhere"}`} {
		c.command(do, with)
		ask()
	}
	inList(ctx, t, dana, "abcdefghijklmnopqrstuvwx")
	check(t, dana.Await(ctx, func(f []client.Frame) bool { return len(saidOf(t, client.Fold(f))) == wire.WordsSaid }))
	do(ctx, t, dana, "word_show", showing(true, saidOf(t, dana.State())[:wire.WordsShown]...), -1)
	awaitWords(ctx, t, sam, strings.TrimSpace(strings.Repeat("abcdefghijklmnopqrstuvwx ", wire.WordsShown)))
	do(ctx, t, dana, "note", fmt.Sprintf(`{"text":%q}`, strings.Repeat("n", wire.MaxNote)), -1)
	awaitView(ctx, t, sam, "waiting_more", float64(guests-wire.NextShown))
	awaitView(ctx, t, robin, "waiting_more", float64(guests-wire.NextShown))
	awaitView(ctx, t, dana, "queue_more", float64(guests-room.MaxListed))
	do(ctx, t, dana, "turn_start", "", -1)
	awaitView(ctx, t, robin, "waiting_more", float64(guests-1-wire.NextShown))
	ask()
	// Whoever comes anew gets a whole view.
	sockets["a guest who comes back"] = enter(ctx, t, c.guest(ctx, t, c.code, "Kim"), c.workshop)
	largest := 0
	for who, s := range sockets {
		for _, f := range s.Frames() {
			largest = max(largest, len(f.Raw))
			if len(f.Raw) > phoneBytes {
				t.Errorf("%s got a frame of %d bytes: %.200s", who, len(f.Raw), f.Raw)
			}
		}
	}
	for _, raw := range polls {
		largest = max(largest, len(raw))
		if len(raw) > phoneBytes {
			t.Errorf("a poll got %d bytes: %.200s", len(raw), raw)
		}
	}
	facing := 0
	for _, f := range append(dana.Frames(), enter(ctx, t, c.world.people["counselor"].Client, c.workshop).Frames()...) {
		facing = max(facing, len(f.Raw))
	}
	if facing > facilitatorBytes {
		t.Errorf("a counselor got a frame of %d bytes", facing)
	}
	t.Logf("the largest frame of a phone or stage has %d bytes, of a counselor %d", largest, facing)
	view := dana.State()
	for _, list := range []string{"people", "queue", "help", "talk"} {
		if rows, _ := view[list].([]any); len(rows) != room.MaxListed {
			t.Errorf("a counselor's screen lists %d %s", len(rows), list)
		}
	}
}

// Nobody hides behind the others: each person of a large meeting is on a page, is found by a part of
// their name as it looks, and can be let in and removed from there.
func TestEverybodyOfALargeMeetingIsFoundAdmittedAndRemoved(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := newCrowd(ctx, t, room.MaxListed+60)
	dana := enter(ctx, t, c.world.people["counselor"].Client, c.workshop)
	do(ctx, t, dana, "open", "", -1)
	c.join()
	sam := enter(ctx, t, c.world.people["participant"].Client, c.workshop)
	troll := c.guest(ctx, t, c.code, "Z\u043eltan \U0001F600") // a Cyrillic o
	hidden := enter(ctx, t, troll, c.workshop)
	everybody := len(c.guests) + 2
	awaitView(ctx, t, dana, "here", float64(everybody))
	check(t, dana.Await(ctx, func(f []client.Frame) bool { return len(list(client.Fold(f), "people")) == room.MaxListed }))
	if strings.Contains(fmt.Sprint(dana.State()["people"]), "ltan") {
		t.Fatal("the troll is on the list without a search: make the meeting larger")
	}
	// All pages together have everybody once, in order of names, and no more.
	seen, names := map[string]bool{}, []string{}
	first := c.people("", 1)
	for page := 1; page <= first.Pages; page++ {
		for _, p := range c.people("", page).People {
			seen[p.Member] = true
			names = append(names, p.Name)
		}
	}
	if first.Found != everybody || len(seen) != everybody || len(names) != everybody || !slices.IsSorted(names) || len(first.People) != wire.PeoplePage {
		t.Errorf("%d found on %d pages, %d people in %d rows", first.Found, first.Pages, len(seen), len(names))
	}
	if last := c.people("", first.Pages+7); last.Page != first.Pages || len(last.People) == 0 {
		t.Errorf("beyond the last page: page %d with %d people", last.Page, len(last.People))
	}
	if none := c.people("Nobody of this name", 1); none.Found != 0 || none.Pages != 1 || none.People == nil {
		t.Errorf("nobody found: %+v", none)
	}
	if some := c.people("guest 25", 1); some.Found != 10 {
		t.Errorf("by a part of the name: %d found", some.Found)
	}
	one := func(search string) wire.RoomPerson {
		t.Helper()
		got := c.people(search, 1)
		if got.Found != 1 {
			t.Fatalf("%q: %+v", search, got)
		}
		return got.People[0]
	}
	for _, search := range []string{"zoltan", "ZOLTAN", "\U0001F600", "olt"} {
		if p := one(search); !p.Guest || p.State != wire.PersonHere || p.Name != "Z\u043eltan \U0001F600" {
			t.Errorf("%q finds %+v", search, p)
		}
	}
	if p := one("room participant"); p.Guest || p.Member != c.world.people["participant"].member {
		t.Errorf("a member is %+v", p)
	}
	// Removed from the search, they are out, and the search says so.
	if code := do(ctx, t, dana, "remove", fmt.Sprintf(`{"member":%q,"reason":"ground_rules"}`, one("zoltan").Member), -1); code != "" {
		t.Fatal(code)
	}
	if code, err := hidden.Closed(ctx); err != nil || code != 4410 {
		t.Errorf("a removed guest was closed with %d %v", code, err)
	}
	if p := one("zoltan"); p.State != wire.PersonRemoved {
		t.Errorf("after the removal: %+v", p)
	}
	// Somebody at the door is found there and let in.
	do(ctx, t, dana, "lock", "", -1)
	late := enter(ctx, t, c.guest(ctx, t, c.code, "Ulrike"), c.workshop)
	awaitView(ctx, t, late, "state", "door")
	waiting := one("ulrike")
	if waiting.State != wire.PersonAtDoor {
		t.Errorf("at the door: %+v", waiting)
	}
	if code := do(ctx, t, dana, "admit", fmt.Sprintf(`{"member":%q}`, waiting.Member), -1); code != "" {
		t.Fatal(code)
	}
	awaitView(ctx, t, late, "state", "open")
	if p := one("ulrike"); p.State != wire.PersonHere {
		t.Errorf("let in: %+v", p)
	}
	// The searches are in no log, and nobody else may search.
	if strings.Contains(c.log.String(), "ltan") || strings.Contains(c.log.String(), "lrike") {
		t.Error("the log holds a name that was searched for")
	}
	for who, want := range map[string]string{"counselor2": "404 thing.not_found", "admin": "404 thing.not_found", "participant": "404 thing.not_found", "other counselor": "404 thing.not_found"} {
		if err := c.world.people[who].Do(ctx, "POST", "/workshops/"+c.workshop+"/people", wire.RoomPeopleRequest{Page: 1}, nil); refusal(err) != want {
			t.Errorf("a search by %s: %v", who, err)
		}
	}
	noneOf(t, "a participant", sam, "ltan", "Guest 2")
	// In a group, staff of the cohort who do not facilitate this workshop may not search either.
	var group wire.Created
	check(t, c.world.people["admin"].Do(ctx, "POST", "/workshops", wire.ScheduleRequest{Title: "Group", Cohort: c.cohort, Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: "step9-60",
		Language: "en", Lead: c.world.people["counselor"].member, Capacity: 12}, &group))
	for who, want := range map[string]string{"counselor": "<nil>", "counselor2": "404 thing.not_found"} {
		if err := c.world.people[who].Do(ctx, "POST", "/workshops/"+group.ID+"/people", wire.RoomPeopleRequest{Page: 1}, nil); refusal(err) != want {
			t.Errorf("a search in a group by %s: %v", who, err)
		}
	}
}

func list(view map[string]any, name string) []any {
	rows, _ := view[name].([]any)
	return rows
}
