package app

import (
	"context"
	"time"

	"amends/server/wire"
)

// Facility tells a signed-in page of its facility: names, zone, crisis lines, neutral address.
func (a *App) Facility(ctx context.Context) (wire.Facility, error) {
	return do(ctx, a, "facility.read", inFacility, func(ctx context.Context, s *step) (wire.Facility, error) {
		row, err := s.FacilityGet(ctx, s.actor.Facility)
		if err != nil {
			return wire.Facility{}, err
		}
		lines, err := s.CrisisLineList(ctx, s.actor.Facility)
		if err != nil {
			return wire.Facility{}, err
		}
		f := wire.Facility{Name: row.Name, TimeZone: row.TimeZone, Language: row.Language, NeutralURL: row.NeutralUrl, Crisis: []wire.CrisisLine{}}
		for _, l := range lines {
			f.Crisis = append(f.Crisis, wire.CrisisLine{Label: l.Label, Number: l.Number, Note: l.Note, Language: l.Language, CheckedOn: l.CheckedOn.Format(time.DateOnly)})
		}
		return f, nil
	})
}
