package main

import (
	"context"
	"fmt"
	"time"

	"amends/server"
	"amends/server/app"
	"amends/server/config"
	"amends/server/id"
	"amends/server/wire"
)

type facilityCommand struct {
	Create      facilityCreate `cmd:"" help:"Make a facility and print its first admin slip (72 hours)."`
	InviteAdmin facilityInvite `cmd:"" help:"Print a new admin slip, when the last admin is lost."`
}

type facilityCreate struct {
	Name       string `required:"" help:"Its name, as staff know it."`
	Zone       string `required:"" help:"Its time zone, such as America/New_York."`
	Language   string `default:"en" help:"en or es."`
	NeutralURL string `default:"https://www.weather.gov" help:"Where quick exit goes."`
}

// Run creates the facility and prints its first slip.
func (f facilityCreate) Run(ctx context.Context) error {
	return withApp(ctx, func(a *app.App) error {
		facility, slip, err := a.CreateFacility(ctx, app.NewFacility{Name: f.Name, TimeZone: f.Zone, Language: f.Language, NeutralURL: f.NeutralURL})
		if err != nil {
			return err
		}
		fmt.Printf("Facility %s\n", facility)
		printSlip(slip)
		return nil
	})
}

type facilityInvite struct {
	Facility string `required:"" help:"The facility's id."`
}

// Run prints a new slip.
func (f facilityInvite) Run(ctx context.Context) error {
	which, err := id.Parse[id.Facility](f.Facility)
	if err != nil {
		return fmt.Errorf("--facility is not an identifier")
	}
	return withApp(ctx, func(a *app.App) error {
		slip, err := a.InviteAdmin(ctx, which)
		if err == nil {
			printSlip(slip)
		}
		return err
	})
}

func printSlip(slip wire.NewSlip) {
	fmt.Printf("Admin slip  %s\nAddress     %s\nValid until %s, once\n", slip.Code, slip.URL, time.UnixMilli(slip.ExpiresAt).Format(time.RFC1123))
}

// withApp runs an operator's use case after the same checks as serve.
func withApp(ctx context.Context, run func(*app.App) error) error {
	cfg, err := config.Read()
	if err != nil {
		return err
	}
	made, err := serveConfig(cfg)
	if err != nil {
		return err
	}
	a, closeAll, err := server.Operator(ctx, made)
	if err != nil {
		return err
	}
	defer closeAll()
	return run(a)
}
