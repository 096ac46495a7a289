package app

import (
	"context"
	"time"

	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// Facility returns what pages show of the facility: names, time zone, crisis lines, neutral address.
func (a *App) Facility(ctx context.Context) (wire.Facility, error) {
	return do(ctx, a, "readFacility", inFacility, func(ctx context.Context, s *step) (wire.Facility, error) {
		row, err := s.FacilityGet(ctx, s.actor.Facility)
		if err != nil {
			return wire.Facility{}, err
		}
		lines, err := s.CrisisLineList(ctx, s.actor.Facility)
		if err != nil {
			return wire.Facility{}, err
		}
		f := wire.Facility{Name: row.Name, TimeZone: row.TimeZone, Language: row.Language, NeutralURL: row.NeutralUrl, Track: row.Track, DutyNote: row.DutyNote, Crisis: []wire.CrisisLine{}}
		for _, l := range lines {
			f.Crisis = append(f.Crisis, wire.CrisisLine{Label: l.Label, Number: l.Number, Note: l.Note, Language: l.Language, CheckedOn: l.CheckedOn.Format(time.DateOnly)})
		}
		return f, nil
	})
}

// SetFacility sets the wording track of agendas and worksheets, and the facility's note on mandatory
// reporting.
func (a *App) SetFacility(ctx context.Context, in wire.FacilitySettings) error {
	return act(ctx, a, "setFacility", inFacility, func(ctx context.Context, s *step) error {
		_, err := s.FacilitySettingsSet(ctx, dbgen.FacilitySettingsSetParams{Track: in.Track, DutyNote: in.DutyNote, FacilityID: s.actor.Facility})
		s.record("facility.update", "facility", s.actor.Facility.Bytes())
		return err
	})
}
