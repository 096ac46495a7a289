package demo

import (
	"context"
	"fmt"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// Seed creates what is missing, through the API of a running server: people, cohort and pages the first
// time, and a workshop that starts now if none is open or upcoming. newSlip makes the first admin's
// slip, which only the operator's command can.
func (s *State) Seed(ctx context.Context, base, origin string, newSlip func(context.Context) (wire.NewSlip, error)) error {
	if len(s.Accounts) == 0 {
		if err := s.seedPeople(ctx, base, origin, newSlip); err != nil {
			return err
		}
	}
	return s.seedWorkshop(ctx, base, origin)
}

func connect(base, origin string) *client.Client {
	c := client.New(base)
	c.Origin = origin
	return c
}

func (s *State) seedPeople(ctx context.Context, base, origin string, newSlip func(context.Context) (wire.NewSlip, error)) error {
	slip, err := newSlip(ctx)
	if err != nil {
		return fmt.Errorf("make the first slip: %w", err)
	}
	all := people()
	admin := connect(base, origin)
	accounts := []Account{}
	first, err := join(ctx, admin, slip.Code, all[0], &accounts)
	if err != nil {
		return err
	}
	if err := admin.LogIn(ctx, first.Handle, first.Password); err != nil {
		return fmt.Errorf("sign in as the admin: %w", err)
	}
	today := time.Now()
	var cohort wire.Created
	made := wire.CohortRequest{Name: cohortName, StartsOn: today.AddDate(0, 0, -21).Format(time.DateOnly), EndsOn: today.AddDate(0, 0, 35).Format(time.DateOnly), Capacity: 12}
	if err := admin.Do(ctx, "POST", "/cohorts", made, &cohort); err != nil {
		return fmt.Errorf("make the cohort: %w", err)
	}
	for _, p := range all[1:] {
		if err := s.seedPerson(ctx, admin, base, origin, cohort.ID, p, &accounts); err != nil {
			return err
		}
	}
	s.Accounts, s.Cohort = accounts, cohort.ID
	if err := s.seedPairs(ctx, admin); err != nil {
		return err
	}
	return s.save()
}

// seedPairs gives two participants a mentor. They still consent, compare keys and share each page
// themselves.
func (s *State) seedPairs(ctx context.Context, admin *client.Client) error {
	for participant, mentor := range pairs() {
		in := wire.AssignRequest{Participant: s.account(participant).Member, Mentor: s.account(mentor).Member}
		if err := admin.Do(ctx, "POST", "/assignments", in, nil); err != nil {
			return fmt.Errorf("pair %s: %w", participant, err)
		}
	}
	return nil
}

func (s *State) seedPerson(ctx context.Context, admin *client.Client, base, origin, cohort string, p person, accounts *[]Account) error {
	invite := wire.InviteRequest{Roles: []string{p.role}, Cohort: cohort, Names: []string{p.name}, Language: "en", Days: 7}
	var slips wire.NewSlips
	if err := admin.Do(ctx, "POST", "/invitations", invite, &slips); err != nil {
		return fmt.Errorf("invite %s: %w", p.handle, err)
	}
	c := connect(base, origin)
	account, err := join(ctx, c, slips.Slips[0].Code, p, accounts)
	if err != nil {
		return err
	}
	for _, sheet := range pages() {
		if sheet.owner != p.handle {
			continue
		}
		if err := seedPage(ctx, c, account, sheet); err != nil {
			return err
		}
	}
	return nil
}

func join(ctx context.Context, c *client.Client, code string, p person, accounts *[]Account) (*client.Account, error) {
	password, err := secret()
	if err != nil {
		return nil, err
	}
	account, err := c.SignUp(ctx, code, p.handle, p.name, "en", password)
	if err != nil {
		return nil, fmt.Errorf("sign up %s: %w", p.handle, err)
	}
	member := id.From[id.Member](account.Acct)
	*accounts = append(*accounts, Account{Handle: p.handle, Name: p.name, Role: p.role, Member: member.String(), Password: password, Words: account.Words})
	return account, nil
}

func seedPage(ctx context.Context, c *client.Client, account *client.Account, sheet page) error {
	// A browser also signs in again on an open connection.
	if err := c.LogIn(ctx, account.Handle, account.Password); err != nil {
		return fmt.Errorf("sign in as %s: %w", account.Handle, err)
	}
	var fields []client.Field
	for _, key := range []string{"nick", "tie", "did", "kinds", "hurt", "part", "reach", "willing", "time", "done"} {
		if answer, there := sheet.answers[key]; there {
			fields = append(fields, client.Field{Q: key, A: answer})
		}
	}
	if err := c.SaveFirst(ctx, account, id.New[id.Worksheet]().String(), sheet.title, fields); err != nil {
		return fmt.Errorf("save a page of %s: %w", account.Handle, err)
	}
	return nil
}

func (s *State) account(handle string) Account {
	for _, a := range s.Accounts {
		if a.Handle == handle {
			return a
		}
	}
	return Account{}
}

// seedWorkshop plans a workshop that starts now unless one is open or upcoming.
func (s *State) seedWorkshop(ctx context.Context, base, origin string) error {
	admin := connect(base, origin)
	nora := s.account("nora")
	if err := admin.LogIn(ctx, nora.Handle, nora.Password); err != nil {
		return fmt.Errorf("sign in as the admin: %w", err)
	}
	var list wire.Workshops
	if err := admin.Do(ctx, "GET", "/workshops", nil, &list); err != nil {
		return fmt.Errorf("list workshops: %w", err)
	}
	recent := time.Now().Add(-4 * time.Hour).UnixMilli()
	for _, w := range list.Workshops {
		if w.State != "ended" && w.State != "cancelled" && w.StartsAt > recent {
			return nil
		}
	}
	zone, err := time.LoadLocation(timeZone)
	if err != nil {
		return fmt.Errorf("load the time zone: %w", err)
	}
	plan := wire.ScheduleRequest{Title: cohortName, Cohort: s.Cohort, Starts: time.Now().In(zone).Format(wire.LocalTime), Agenda: agendaKey, Language: "en",
		Lead: s.account("dana").Member, Counselors: []string{s.account("kofi").Member}, Capacity: 12}
	return admin.Do(ctx, "POST", "/workshops", plan, nil)
}

// Facility returns the demo's values for `amends facility create`.
func Facility() (name, zone, language, neutral string) {
	return facilityName, timeZone, "en", neutralURL
}
