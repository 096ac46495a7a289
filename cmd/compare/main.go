// Command compare is `make bench`: a development tool, not part of the amends program.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"amends/server/measure/compare"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	var o compare.Options
	flag.StringVar(&o.Centrifugo, "centrifugo", "", "the program of Centrifugo, to compare with")
	flag.StringVar(&o.Page, "page", "", "write all figures into this file")
	flag.StringVar(&o.Readme, "readme", "", "write the short table into this file")
	flag.StringVar(&o.Chart, "chart", "", "write the chart here")
	flag.StringVar(&o.Out, "json", "", "write all figures here")
	flag.StringVar(&o.From, "from", "", "measure nothing: write the figures of this -json file again")
	flag.IntVar(&o.Rounds, "rounds", 5, "rounds, each of all servers")
	flag.IntVar(&o.People, "people", 1000, "listeners in the room")
	flag.IntVar(&o.Rate, "rate", 20, "events a second")
	flag.DurationVar(&o.Length, "time", 4*time.Second, "how long each load lasts")
	bare := flag.Bool("bare", false, "be the bare server (used by this program itself)")
	insert := flag.Bool("insert", false, "be the inserting process (used by this program itself)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 15*time.Minute)
	defer cancel()
	switch {
	case *bare:
		return compare.ServeBare()
	case *insert:
		return compare.ServeInserts(ctx)
	}
	return compare.Run(ctx, o)
}
