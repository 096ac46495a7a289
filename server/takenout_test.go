package server_test

import (
	"context"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/wire"
)

// A removed guest cannot come back in the same browser: not with the old cookie, not after leaving, not
// after another meeting, and not as a guest beside a sign-in. Another browser gets in until the door is
// locked, because nothing distinguishes it from a stranger's.
func TestAGuestWhoWasTakenOutDoesNotComeBackUnderAnotherName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 10)
	second, elsewhere := w.planOpen(ctx, t, 10)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	do(ctx, t, dana, "open", "", -1)
	remove := func(who string) {
		t.Helper()
		if got := do(ctx, t, dana, "remove", `{"member":"`+who+`","reason":"ground_rules"}`, -1); got != "" {
			t.Fatal(got)
		}
	}
	taken := func(what string, c *client.Client) {
		t.Helper()
		if _, err := c.EnterAsGuest(ctx, code, "Somebody new"); refusal(err) != "403 room.removed" {
			t.Errorf("%s: %v", what, err)
		}
	}
	robin, sam := w.guest(ctx, t, code, "Robin"), w.people["participant"]
	seat, members := enter(ctx, t, robin, workshop), enter(ctx, t, sam.Client, workshop)
	remove(seat.Frames()[0].Me["member"].(string))
	if code, _ := seat.Closed(ctx); code != 4410 {
		t.Errorf("taken out with %d", code)
	}
	taken("beside the old seat", robin)
	// Another meeting admits the guest; afterwards this one still refuses.
	if _, err := robin.EnterAsGuest(ctx, elsewhere, "Robin"); err != nil {
		t.Errorf("another meeting: %v", err)
	}
	taken("after another meeting", robin)
	// Being removed there too does not open this one.
	there := enter(ctx, t, w.people["counselor"].Client, second)
	ordered(ctx, t, there, "open", "")
	_, err := robin.EnterAsGuest(ctx, elsewhere, "Robin")
	check(t, err)
	other := enter(ctx, t, robin, second)
	ordered(ctx, t, there, "remove", `{"member":"`+meOf(ctx, t, robin)+`","reason":"ground_rules"}`)
	_, err = other.Closed(ctx)
	check(t, err)
	taken("after being removed from another meeting as well", robin)
	taken("again", robin)
	if _, err := robin.EnterAsGuest(ctx, elsewhere, "Robin"); refusal(err) != "403 room.removed" {
		t.Errorf("the other meeting: %v", err)
	}
	check(t, robin.Do(ctx, "POST", "/guest/leave", nil, nil))
	taken("after giving the seat back", robin)

	kim := w.guest(ctx, t, code, "Kim")
	room := enter(ctx, t, kim, workshop)
	remove(room.Frames()[0].Me["member"].(string))
	_, err = room.Closed(ctx)
	check(t, err)
	check(t, kim.Do(ctx, "POST", "/auth/quick-exit", nil, nil))
	taken("after quick exit", kim)

	remove(sam.member)
	_, err = members.Closed(ctx)
	check(t, err)
	taken("a member as a guest", sam.Client)
	if _, err := w.people["participant2"].EnterAsGuest(ctx, code, "Lee"); err != nil {
		t.Errorf("a member who was not taken out: %v", err)
	}
	// A room pass ends with the removal of its holder.
	var pass wire.Pass
	mentor := w.people["mentor"].member
	check(t, w.people["counselor"].Do(ctx, "POST", "/workshops/"+workshop+"/passes", wire.PassRequest{Member: mentor}, &pass))
	phone := client.New(w.base)
	check(t, phone.Do(ctx, "POST", "/guest/pass", wire.PassEntryRequest{Code: pass.Code}, nil))
	passed := enter(ctx, t, phone, workshop)
	remove(mentor)
	_, err = passed.Closed(ctx)
	check(t, err)
	if err := phone.Do(ctx, "GET", "/guest", nil, nil); refusal(err) != "401 signin.needed" {
		t.Errorf("the room pass of a person who was taken out: %v", err)
	}
	taken("the holder of a room pass as a guest", phone)
	// The documented limit: a browser without cookies gets in, unless the door is locked.
	do(ctx, t, dana, "lock", "", -1)
	fresh := w.guest(ctx, t, code, "Robin again")
	again, err := fresh.Room(ctx, workshop)
	check(t, err)
	check(t, again.Await(ctx, func(f []client.Frame) bool { return client.Fold(f)["state"] == "door" }))
}
