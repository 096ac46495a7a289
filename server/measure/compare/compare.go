// Package compare measures Amends against a bare server that writes the same bytes and, if its binary
// is given, against Centrifugo: the same load by the same client on the same machine, alternating. On a
// shared machine, only ratios and medians over rounds are worth quoting.
package compare

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"amends/server/measure/stand"
)

// Options of a comparison; an empty file name writes nothing.
type Options struct {
	// Centrifugo is the path of its binary; empty leaves it out.
	Centrifugo string
	// Page gets all figures, Readme the short table, Out the figures as JSON, Chart the picture.
	Page, Readme, Out, Chart string
	// From is the Out of an earlier run: nothing is measured, its figures are written again.
	From string
	// Rounds is how often all servers are measured; People listen; Rate is events per second for
	// Length.
	Rounds, People, Rate int
	Length               time.Duration
}

// Run measures, prints the table and writes the requested files.
func Run(ctx context.Context, o Options) error {
	if o.From != "" {
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

// again publishes the figures of an earlier run.
func again(o Options) error {
	text, err := os.ReadFile(o.From)
	if err != nil {
		return fmt.Errorf("read the figures: %w", err)
	}
	var figures Figures
	if err := json.Unmarshal(text, &figures); err != nil {
		return fmt.Errorf("read the figures: %w", err)
	}
	return publish(o, figures)
}

// publish prints the table and writes the requested files.
func publish(o Options, figures Figures) error {
	chart := o.Chart
	if o.Page != "" && chart != "" {
		var err error
		if chart, err = filepath.Rel(filepath.Dir(o.Page), o.Chart); err != nil {
			return fmt.Errorf("find the chart from the page: %w", err)
		}
	}
	table := figures.table(chart)
	fmt.Println(table)
	if o.Out != "" {
		text, err := json.MarshalIndent(figures, "", " ")
		if err != nil {
			return fmt.Errorf("write the figures: %w", err)
		}
		if err := os.WriteFile(o.Out, append(text, '\n'), 0o644); err != nil {
			return fmt.Errorf("write the figures: %w", err)
		}
	}
	if o.Chart != "" {
		if err := os.WriteFile(o.Chart, []byte(figures.chart()), 0o644); err != nil {
			return fmt.Errorf("write the chart: %w", err)
		}
	}
	if o.Page != "" {
		if err := stand.WriteSection(o.Page, "bench", table); err != nil {
			return err
		}
	}
	if o.Readme != "" {
		return stand.WriteSection(o.Readme, "bench", figures.short())
	}
	return nil
}
