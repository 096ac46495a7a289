package server_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"amends/server/wire"
)

// A person who connects again and again gets no more commands than one who stays.
func TestANewConnectionBringsNoNewLimitOfCommands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, _, sam, _ := w.started(ctx, t, "step9-60")
	const each = wire.CommandsPerWindow / 4
	began, taken, refused := time.Now(), 0, 0
	for n := range 3 * wire.CommandsPerWindow {
		if n > 0 && n%each == 0 {
			sam.Close()
			sam = enter(ctx, t, w.people["participant"].Client, workshop)
		}
		switch code := do(ctx, t, sam, "ready", fmt.Sprintf(`{"on":%t}`, n%2 == 0), -1); code {
		case "":
			taken++
		case "too_many":
			refused++
		default:
			t.Fatalf("command %d: %s", n, code)
		}
	}
	windows := 1 + int(time.Since(began)/(wire.WindowSeconds*time.Second))
	if most := windows * wire.CommandsPerWindow; taken > most || taken+refused != 3*wire.CommandsPerWindow {
		t.Errorf("%d commands were taken in %d windows, %d refused; at most %d may be taken", taken, windows, refused, most)
	}
}
