// Command amends runs the server and its administration commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // facilities have time zones, and the machine may have no zone files

	"amends/server/fault"

	"github.com/alecthomas/kong"
)

// version is set by the linker.
var version = "dev"

type cli struct {
	Demo     demoCommand     `cmd:"" help:"Run a seeded facility on this machine, with its own database. For looking around, never for real people."`
	Serve    serveCommand    `cmd:"" help:"Run the server."`
	Migrate  migrateCommand  `cmd:"" help:"Bring the database's schema to this version."`
	Facility facilityCommand `cmd:"" help:"Make a facility, or a new slip for its admin."`
	Secrets  secretsCommand  `cmd:"" help:"Make the folder of secrets."`
	Doctor   doctorCommand   `cmd:"" help:"Say in words what is wrong with the set-up."`
	Audit    auditCommand    `cmd:"" help:"Check a facility's audit log."`
	Bench    benchCommand    `cmd:"" help:"Measure a running server from the outside, with a bounded load."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run() error {
	fmt.Println(version)
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	parsed := kong.Parse(&c, kong.Name("amends"), kong.Description("Live recovery workshops with sealed worksheets."), kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "amends: "+words(err))
		os.Exit(1) //nolint:gocritic // stop only gives the signals back, and the process ends here
	}
}

// words formats an error for a terminal, with every wrong field by name.
func words(err error) string {
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		return err.Error()
	}
	text := f.Text
	for _, field := range f.Fields {
		text += fmt.Sprintf("\n  %s %s", field.Name, field.Problem)
	}
	return text
}
