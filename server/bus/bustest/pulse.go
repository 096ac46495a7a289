package bustest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amends/server/bus"
	"amends/server/id"
)

func answered(t *testing.T, node bus.Stores, pulse id.Pulse, who id.Member, option int, want bool) {
	t.Helper()
	kept, err := node.Pulses.Answer(t.Context(), pulse, who, option)
	must(t, err)
	if kept != want {
		t.Errorf("an answer was kept: %v, want %v", kept, want)
	}
}

func counted(t *testing.T, node bus.Stores, pulse id.Pulse, want map[int]int) {
	t.Helper()
	got, ok, err := node.Pulses.Count(t.Context(), pulse)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" || ok != (want != nil) {
		t.Errorf("counts, there %v: %s", ok, diff)
	}
}

func pulsesCount(t *testing.T, kit Kit) {
	ctx, pulse, other := t.Context(), id.New[id.Pulse](), id.New[id.Pulse]()
	sam, ana := id.New[id.Member](), id.New[id.Member]()
	answered(t, kit.A, pulse, sam, 1, false)
	counted(t, kit.B, pulse, nil)
	must(t, kit.A.Pulses.Open(ctx, pulse, bus.PulseLife))
	must(t, kit.A.Pulses.Open(ctx, other, bus.PulseLife))
	counted(t, kit.B, pulse, map[int]int{})
	answered(t, kit.A, pulse, sam, 1, true)
	answered(t, kit.B, pulse, ana, 10, true)
	counted(t, kit.A, pulse, map[int]int{1: 1, 10: 1})
	answered(t, kit.B, pulse, sam, 10, true)
	answered(t, kit.B, other, sam, 0, true)
	counted(t, kit.B, pulse, map[int]int{10: 2})
	must(t, kit.B.Pulses.Drop(ctx, pulse))
	must(t, kit.B.Pulses.Drop(ctx, pulse))
	answered(t, kit.A, pulse, sam, 1, false)
	counted(t, kit.A, pulse, nil)
	counted(t, kit.A, other, map[int]int{0: 1})
	must(t, kit.A.Pulses.Open(ctx, other, bus.PulseLife))
	counted(t, kit.B, other, map[int]int{})
}

func pulsesExpire(t *testing.T, kit Kit) {
	pulse, sam := id.New[id.Pulse](), id.New[id.Member]()
	must(t, kit.A.Pulses.Open(t.Context(), pulse, bus.PulseLife))
	kit.Advance(bus.PulseLife - slack)
	answered(t, kit.B, pulse, sam, 3, true)
	kit.Advance(slack)
	counted(t, kit.A, pulse, nil)
	answered(t, kit.B, pulse, sam, 3, false)
}

func pulsesRefuse(t *testing.T, kit Kit) {
	ctx, pulse, sam := t.Context(), id.New[id.Pulse](), id.New[id.Member]()
	_, noPulse := kit.A.Pulses.Answer(ctx, id.Pulse{}, sam, 1)
	_, nobody := kit.A.Pulses.Answer(ctx, pulse, id.Member{}, 1)
	_, noOption := kit.A.Pulses.Answer(ctx, pulse, sam, -1)
	_, _, countNone := kit.A.Pulses.Count(ctx, id.Pulse{})
	for name, err := range map[string]error{
		"answer nothing": noPulse, "answer of nobody": nobody, "answer no option": noOption, "count nothing": countNone,
		"open nothing": kit.A.Pulses.Open(ctx, id.Pulse{}, time.Hour), "open for no time": kit.A.Pulses.Open(ctx, pulse, 0),
		"drop nothing": kit.A.Pulses.Drop(ctx, id.Pulse{}),
	} {
		if !errors.Is(err, bus.ErrMisuse) {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, answer := kit.A.Pulses.Answer(gone, pulse, sam, 1)
	_, _, count := kit.A.Pulses.Count(gone, pulse)
	for name, err := range map[string]error{"answer": answer, "count": count, "open": kit.A.Pulses.Open(gone, pulse, time.Hour), "drop": kit.A.Pulses.Drop(gone, pulse)} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s of a caller who gave up: %v", name, err)
		}
	}
}
