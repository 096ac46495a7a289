// Command faults is `make faults`: a development tool, not part of the amends program.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"amends/server/measure/faults"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

func run() error {
	var o faults.Options
	flag.StringVar(&o.Page, "page", "", "write the table into this file")
	flag.StringVar(&o.Readme, "readme", "", "write the short text into this file")
	flag.DurationVar(&o.RedisDown, "redis-down", time.Minute, "how long Redis is down")
	flag.BoolVar(&o.Keep, "keep", false, "keep the folder with the logs")
	flag.StringVar(&o.Only, "only", "", "only acts whose name holds this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 12*time.Minute)
	defer cancel()
	return faults.Run(ctx, o)
}
