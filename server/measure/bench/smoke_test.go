package bench_test

import (
	"context"
	"testing"
	"time"

	"amends/server/measure/bench"
	"amends/server/measure/stand"
	"amends/server/measure/stand/standtest"
)

// A short load on a real node with real servers: every figure is present and nothing is lost.
func TestALoadOnARealServerLosesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	s := standtest.New(ctx, t)
	node := standtest.Serve(ctx, t, s, true)
	slip := slipOf(ctx, t, s)
	got, err := bench.Run(ctx, bench.Options{Base: node.Base, Origin: "http://localhost:8080", Slip: slip, PID: node.PID(), People: 20, Rate: 20, Burst: 5,
		Length: 2 * time.Second, Stalled: 2, Reconnect: 20, Saves: 3, FlushDir: s.Folder})
	if err != nil {
		t.Fatal(err)
	}
	if got.Tally.Lost+got.Tally.Duplicated+got.Tally.Reordered != 0 || got.Tally.Deliveries < 18*20 || got.Tally.Frames == 0 {
		t.Errorf("deliveries %+v", got.Tally)
	}
	if got.LiveKiB != 0 {
		t.Errorf("live memory that nobody asked for: %v", got.LiveKiB)
	}
	if got.CPUMicros <= 0 || got.IdleKiB < 0 || got.FlushP50 <= 0 || got.Command.P99 < got.Command.P50 || got.Command.P50 <= 0 || got.Open.Max <= 0 {
		t.Errorf("figures %+v", got)
	}
	phones, err := bench.Run(ctx, bench.Options{Base: node.Base, Origin: "http://localhost:8080", Slip: slipOf(ctx, t, s), PID: node.PID(), Live: node.Live, People: 10, Guests: true, Rate: 5,
		Burst: 1, Length: time.Second, Reconnect: 15})
	if err != nil {
		t.Fatal(err)
	}
	// With live memory measured, resident memory is not reported.
	if phones.LiveKiB <= 0 || phones.IdleKiB != 0 {
		t.Errorf("live memory of a guest: %v KiB, resident %v", phones.LiveKiB, phones.IdleKiB)
	}
	if phones.Tally.Lost+phones.Tally.Duplicated+phones.Tally.Reordered != 0 || phones.Tally.Deliveries < 30 || phones.Back == nil || phones.Back.Errors != 0 || phones.Back.People != 15 {
		t.Errorf("guests: %+v %+v", phones.Tally, phones.Back)
	}
	load := bench.Options{Base: node.Base, Origin: "http://localhost:8080", PID: node.PID(), People: 5, Rate: 20, Burst: 1, Length: time.Second, FlushDir: s.Folder}
	house, err := bench.Found(ctx, node.Base, load.Origin, slipOf(ctx, t, s), bench.Staffing{Leads: 1})
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := house.Rooms(ctx, load, 5)
	if err != nil || rooms.PerSecond < 5 || rooms.Command.P50 <= 0 || rooms.FlushP50 <= 0 {
		t.Errorf("many rooms: %+v %v", rooms, err)
	}
	load.Rate = 900
	if most, err := house.Most(ctx, load); err != nil || most.Stopped == "" {
		t.Errorf("the most: %+v %v", most, err)
	}
	if got.Back == nil || got.Back.Errors != 0 || got.Back.AllMs <= 0 || got.Save == nil || got.SaveMicros <= 0 {
		t.Errorf("coming back %+v, saves %+v", got.Back, got.Save)
	}
}

func slipOf(ctx context.Context, t *testing.T, s *stand.Stand) string {
	t.Helper()
	slip, err := s.Slip(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return slip
}
