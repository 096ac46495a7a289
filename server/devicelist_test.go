package server_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/wire"
)

func devicesOf(ctx context.Context, t *testing.T, c *client.Client) []wire.Device {
	t.Helper()
	var out wire.Devices
	check(t, c.Do(ctx, "GET", "/devices", nil, &out))
	return out.Devices
}

func newDevices(ctx context.Context, t *testing.T, c *client.Client) int {
	t.Helper()
	var me wire.Me
	check(t, c.Do(ctx, "GET", "/me", nil, &me))
	return me.NewDevices
}

// secondDevice signs a person in on another device of a kind.
func (w *world) secondDevice(ctx context.Context, t *testing.T, name, kind string) *client.Client {
	t.Helper()
	p := w.people[name]
	c := client.New(w.base)
	check(t, c.Do(ctx, "POST", "/auth/login", wire.LoginRequest{Handle: "h-" + name, Apw: rightKey(ctx, t, p, "h-"+name), Device: kind}, nil))
	return c
}

func TestAPersonSeesTheirDevicesAndSignsOneOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	first := w.people["participant"].Client
	if all := devicesOf(ctx, t, first); len(all) != 1 || !all[0].This || all[0].Fresh || newDevices(ctx, t, first) != 0 {
		t.Fatalf("one device: %+v", all)
	}
	phone, tablet := w.secondDevice(ctx, t, "participant", "phone"), w.secondDevice(ctx, t, "participant", "tablet")
	all := devicesOf(ctx, t, first)
	kinds := []string{}
	for _, d := range all[1:] {
		kinds = append(kinds, d.Kind)
		if !d.Fresh || d.This {
			t.Errorf("a device that signed in later: %+v", d)
		}
	}
	slices.Sort(kinds)
	if !slices.Equal(kinds, []string{"phone", "tablet"}) || newDevices(ctx, t, first) != 2 || newDevices(ctx, t, tablet) != 0 {
		t.Errorf("kinds %v, %d new", kinds, newDevices(ctx, t, first))
	}
	check(t, first.Do(ctx, "POST", "/devices/noted", nil, nil))
	if newDevices(ctx, t, first) != 0 || newDevices(ctx, t, phone) != 1 {
		t.Error("the list was seen on one device: its mark is another device's, or stays")
	}
	for _, d := range all {
		if d.Kind == "phone" {
			if got := refusal(w.people["mentor"].Do(ctx, "DELETE", "/devices/"+d.ID, nil, nil)); got != "404 thing.not_found" {
				t.Errorf("somebody else's device: %s", got)
			}
			check(t, first.Do(ctx, "DELETE", "/devices/"+d.ID, nil, nil))
		}
	}
	if got := refusal(phone.Do(ctx, "GET", "/me", nil, nil)); got != "401 signin.needed" {
		t.Errorf("the device that was signed out: %s", got)
	}
	check(t, tablet.Do(ctx, "POST", "/devices/end-others", nil, nil))
	if got := refusal(first.Do(ctx, "GET", "/me", nil, nil)); got != "401 signin.needed" {
		t.Errorf("another device after all others were signed out: %s", got)
	}
	if left := devicesOf(ctx, t, tablet); len(left) != 1 || !left[0].This || left[0].Kind != "tablet" {
		t.Errorf("left: %+v", left)
	}
	if len(devicesOf(ctx, t, w.people["mentor"].Client)) != 1 {
		t.Error("somebody else was signed out too")
	}
}

// A socket of a device that is signed out closes at once.
func TestASignedOutDeviceLeavesTheRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	which := w.plan(ctx, t)
	phone := w.secondDevice(ctx, t, "participant", "phone")
	socket, err := phone.Room(ctx, which)
	check(t, err)
	defer socket.Close()
	check(t, w.people["participant"].Do(ctx, "POST", "/devices/end-others", nil, nil))
	if code, err := socket.Closed(ctx); err != nil || code != int(wire.CloseSignedOut) {
		t.Errorf("closed with %d, %v", code, err)
	}
}

func TestADeviceIsOfAKnownKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	got := refusal(client.New(w.base).Do(ctx, "POST", "/auth/login", wire.LoginRequest{Handle: "h-admin", Apw: key(), Device: "Pixel 9 of Sam"}, nil))
	if got != "400 input.invalid device" && got != "400 input.invalid" {
		t.Errorf("a name of a device: %s", got)
	}
}
