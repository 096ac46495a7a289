package app

import (
	"context"
	"time"

	"amends/roles"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// NewFacility is the operator's input for a facility.
type NewFacility struct {
	Name, TimeZone, Language, NeutralURL string
}

// Check names every invalid field. Fault: input.invalid.
func (f NewFacility) Check() error {
	var c fault.Check
	c.Must(len(f.Name) >= 1 && len(f.Name) <= 80, "name", "is missing or too long")
	_, err := time.LoadLocation(f.TimeZone)
	c.Must(err == nil && f.TimeZone != "" && f.TimeZone != "Local", "zone", "is not an IANA time zone like America/New_York")
	c.Must(f.Language == "en" || f.Language == "es", "language", "is en or es")
	c.Must(len(f.NeutralURL) > 8 && f.NeutralURL[:8] == "https://", "neutral-url", "starts with https://")
	return c.Err()
}

// AdminSlipLife is how long the first admin's slip is valid.
const AdminSlipLife = 72 * time.Hour

// CreateFacility creates a tenant and the slip of its first admin. Operators run it from the command
// line.
func (a *App) CreateFacility(ctx context.Context, in NewFacility) (id.Facility, wire.NewSlip, error) {
	if err := in.Check(); err != nil {
		return id.Facility{}, wire.NewSlip{}, err
	}
	fresh := id.New[id.Facility]()
	slip, err := a.asOperator(ctx, fresh, func(ctx context.Context, s *step) (wire.NewSlip, error) {
		if err := s.FacilityPut(ctx, dbgen.FacilityPutParams{ID: fresh, Name: in.Name, TimeZone: in.TimeZone, Language: in.Language, NeutralUrl: in.NeutralURL}); err != nil {
			return wire.NewSlip{}, err
		}
		if err := s.FacilityListed(ctx, fresh); err != nil {
			return wire.NewSlip{}, err
		}
		for i, line := range seedCrisisLines() {
			line.FacilityID, line.Position = fresh, int16(i%3+1)
			if err := s.CrisisLinePut(ctx, line); err != nil {
				return wire.NewSlip{}, err
			}
		}
		s.record("facility.create", "facility", fresh.Bytes())
		s.record(policyLoaded, policyObject, a.policy())
		return a.adminSlip(ctx, s, in.Language)
	})
	return fresh, slip, err
}

// InviteAdmin creates a new admin slip, for a facility that has lost its last admin.
func (a *App) InviteAdmin(ctx context.Context, facility id.Facility) (wire.NewSlip, error) {
	return a.asOperator(ctx, facility, func(ctx context.Context, s *step) (wire.NewSlip, error) {
		f, err := s.FacilityGet(ctx, facility)
		if err != nil {
			return wire.NewSlip{}, err
		}
		return a.adminSlip(ctx, s, f.Language)
	})
}

func (a *App) adminSlip(ctx context.Context, s *step, language string) (wire.NewSlip, error) {
	return a.newSlip(ctx, s, wire.Invite{Roles: []roles.Role{roles.Admin}, Language: language, Valid: AdminSlipLife}, "")
}

func (a *App) asOperator(ctx context.Context, facility id.Facility, run func(context.Context, *step) (wire.NewSlip, error)) (wire.NewSlip, error) {
	asked := roles.Asked{Held: []roles.Role{roles.Operator}, Domain: "system", Object: "system", Needs: roles.FacilityProvision}
	if ok, err := a.book.Allows(asked); err != nil || !ok {
		return wire.NewSlip{}, fault.ErrForbidden.Because(err)
	}
	return doPublic(ctx, a, postgres.Scope{Facility: facility}, run)
}

// seedCrisisLines are the United States lines that every facility starts with; a facility lists its own
// before them.
func seedCrisisLines() []dbgen.CrisisLinePutParams {
	checked := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	return []dbgen.CrisisLinePutParams{
		{Label: "Suicide and Crisis Lifeline", Number: "988", Note: "Call or text, day and night.", Language: "en", CheckedOn: checked},
		{Label: "Domestic Violence Hotline", Number: "1-800-799-7233", Note: "Or text START to 88788.", Language: "en", CheckedOn: checked},
		{Label: "Emergency", Number: "911", Note: "When a life is in danger right now.", Language: "en", CheckedOn: checked},
		{Label: "Línea 988 de Prevención del Suicidio y Crisis", Number: "988", Note: "Llama y marca 2, de día y de noche.", Language: "es", CheckedOn: checked},
		{Label: "Línea contra la Violencia Doméstica", Number: "1-800-799-7233", Note: "O envía START al 88788.", Language: "es", CheckedOn: checked},
		{Label: "Emergencia", Number: "911", Note: "Cuando una vida está en peligro ahora.", Language: "es", CheckedOn: checked},
	}
}
