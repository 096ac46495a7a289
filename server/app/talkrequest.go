package app

import (
	"context"

	"amends/roles"
	"amends/server/id"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// A call says that a participant would like to talk to their counselor, and nothing about why.
// It waits on the home of the cohort's counselors, which is not watched around the clock: the
// page that makes it says so and shows the crisis card.

// TellCounselor leaves a call; a second one before the first is taken is the same call.
func (a *App) TellCounselor(ctx context.Context) error {
	return act(ctx, a, "tellCounselor", myself, func(ctx context.Context, s *step) error {
		_, err := s.CallPut(ctx, dbgen.CallPutParams{FacilityID: s.actor.Facility, ID: id.New[id.Call](), MemberID: s.actor.Member, At: s.now})
		return err
	})
}

// Calls lists what nobody took yet, of the counselor's own cohorts.
func (a *App) Calls(ctx context.Context) (wire.Calls, error) {
	ownCohorts := func(context.Context, *step) (roles.Relation, error) { return roles.Cohort, nil }
	return do(ctx, a, "listCalls", ownCohorts, func(ctx context.Context, s *step) (wire.Calls, error) {
		rows, err := s.CallList(ctx, dbgen.CallListParams{FacilityID: s.actor.Facility, Me: s.actor.Member})
		if err != nil {
			return wire.Calls{}, err
		}
		out := wire.Calls{Calls: []wire.CallRow{}}
		for _, r := range rows {
			out.Calls = append(out.Calls, wire.CallRow{ID: r.ID.String(), RoomName: r.RoomName, At: r.At.UnixMilli()})
		}
		return out, nil
	})
}

// TakeCall says that a counselor looks after a call.
func (a *App) TakeCall(ctx context.Context, which id.Call) error {
	relate := func(ctx context.Context, s *step) (roles.Relation, error) {
		row, err := s.CallGet(ctx, dbgen.CallGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return roles.None, err
		}
		return toPerson(row.MemberID)(ctx, s)
	}
	return act(ctx, a, "takeCall", relate, func(ctx context.Context, s *step) error {
		n, err := s.CallTake(ctx, dbgen.CallTakeParams{At: &s.now, ByID: &s.actor.Member, FacilityID: s.actor.Facility, ID: which})
		if n > 0 {
			s.record("call.take", "call", which.Bytes())
		}
		return err
	})
}
