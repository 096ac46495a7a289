// Command compare measures Amends beside a bare server that writes the same bytes and, when its
// program is given, beside Centrifugo: the same load, by the same client, on the same machine,
// in turns. Only ratios and medians of rounds are worth quoting from a machine that is shared.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"

	"amends/server/stand"
)

type options struct {
	centrifugo, page, readme, out, chart, from string
	rounds, people, rate                       int
	length                                     time.Duration
}

func main() {
	var o options
	var bare, insert bool
	flag.StringVar(&o.centrifugo, "centrifugo", "", "the program of Centrifugo, to compare with")
	flag.StringVar(&o.page, "page", "", "write all figures into this file")
	flag.StringVar(&o.readme, "readme", "", "write the short table into this file")
	flag.StringVar(&o.chart, "chart", "", "write the chart here")
	flag.StringVar(&o.out, "json", "", "write all figures here")
	flag.StringVar(&o.from, "from", "", "measure nothing: write the figures of this -json file again")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds, each of all servers")
	flag.IntVar(&o.people, "people", 1000, "listeners in the room")
	flag.IntVar(&o.rate, "rate", 20, "events a second")
	flag.DurationVar(&o.length, "time", 4*time.Second, "how long each load lasts")
	flag.BoolVar(&bare, "bare", false, "be the bare server (used by this program itself)")
	flag.BoolVar(&insert, "insert", false, "be the inserting process (used by this program itself)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 15*time.Minute)
	defer cancel()
	var err error
	switch {
	case bare:
		err = serveBare()
	case insert:
		err = serveInserts(ctx)
	default:
		err = run(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // run has ended everything
	}
}

func run(ctx context.Context, o options) error {
	if o.from != "" {
		return again(o)
	}
	facts, began := stand.Machine(), time.Now()
	folder, err := os.MkdirTemp("", "amends-bench-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(folder)
	binary := filepath.Join(folder, "amends")
	if out, err := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, "./cmd/amends").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	figures, err := measure(ctx, o, binary, folder)
	if err != nil {
		return err
	}
	figures.Facts = fmt.Sprintf("%s %d rounds in turns, %.0f minutes.", facts, len(figures.Rounds), time.Since(began).Minutes())
	return publish(o, figures)
}

// again publishes what an earlier run measured.
func again(o options) error {
	text, err := os.ReadFile(o.from)
	if err != nil {
		return fmt.Errorf("read the figures: %w", err)
	}
	var figures Figures
	if err := json.Unmarshal(text, &figures); err != nil {
		return fmt.Errorf("read the figures: %w", err)
	}
	return publish(o, figures)
}

// publish prints the table and writes it, the chart and the figures where they were asked for.
func publish(o options, figures Figures) error {
	chart := o.chart
	if o.page != "" && chart != "" {
		var err error
		if chart, err = filepath.Rel(filepath.Dir(o.page), o.chart); err != nil {
			return fmt.Errorf("find the chart from the page: %w", err)
		}
	}
	table := figures.table(chart)
	fmt.Println(table)
	if o.out != "" {
		text, err := json.MarshalIndent(figures, "", " ")
		if err != nil {
			return fmt.Errorf("write the figures: %w", err)
		}
		if err := os.WriteFile(o.out, append(text, '\n'), 0o644); err != nil {
			return fmt.Errorf("write the figures: %w", err)
		}
	}
	if o.chart != "" {
		if err := os.WriteFile(o.chart, []byte(figures.chart()), 0o644); err != nil {
			return fmt.Errorf("write the chart: %w", err)
		}
	}
	if o.page != "" {
		if err := stand.WriteSection(o.page, "bench", table); err != nil {
			return err
		}
	}
	if o.readme != "" {
		return stand.WriteSection(o.readme, "bench", figures.short())
	}
	return nil
}
