package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"amends/server/measure/bench"
)

type benchCommand struct {
	Base      string        `default:"http://localhost:8080" help:"The server's address, as this machine reaches it."`
	Origin    string        `help:"PUBLIC_URL of the server, when it is not the address."`
	Slip      string        `help:"Code of an admin slip (amends facility create prints one). Without it the server must be a demo."`
	MyServer  bool          `name:"my-own-server" help:"The address is not loopback, and the server is mine."`
	PID       int           `help:"The server's process on this machine; found by its port if not given."`
	People    int           `default:"200" help:"Listeners in one room."`
	Rate      int           `default:"2" help:"Events a second. More than 2 needs a server with RATE_LIMITS=off."`
	Burst     int           `default:"1" help:"Events at once."`
	Time      time.Duration `default:"10s" help:"How long events are sent."`
	Guests    bool          `help:"Listeners are guests of an open meeting, not screens; more than a few hundred need RATE_LIMITS=off."`
	Stalled   int           `help:"Listeners who stop reading."`
	Reconnect int           `default:"200" help:"People who reconnect at once; 0 skips this."`
	Saves     int           `help:"Worksheets of 20 KB to save (and delete again); needs --slip."`
	FlushDir  string        `type:"existingdir" help:"A folder on the database's disk, to measure one flush there."`
	JSON      string        `placeholder:"FILE" help:"Write the figures here too."`
}

// Run measures and prints a table. Lost, duplicated or reordered events are an error.
func (b benchCommand) Run(ctx context.Context) error {
	result, err := bench.Run(ctx, bench.Options{Base: b.Base, Origin: b.Origin, Slip: b.Slip, Mine: b.MyServer, PID: b.PID, People: b.People, Rate: b.Rate,
		Burst: b.Burst, Length: b.Time, Guests: b.Guests, Stalled: b.Stalled, Reconnect: b.Reconnect, Saves: b.Saves, FlushDir: b.FlushDir, Say: os.Stderr})
	if err != nil {
		return err
	}
	fmt.Print(result.Table())
	if b.JSON != "" {
		text, err := json.MarshalIndent(result, "", "  ")
		if err != nil {
			return fmt.Errorf("write the figures: %w", err)
		}
		if err := os.WriteFile(b.JSON, append(text, '\n'), 0o644); err != nil {
			return fmt.Errorf("write the figures: %w", err)
		}
	}
	if t := result.Tally; t.Lost+t.Duplicated+t.Reordered > 0 {
		return fmt.Errorf("%d events lost, %d doubled, %d reordered", t.Lost, t.Duplicated, t.Reordered)
	}
	return nil
}
