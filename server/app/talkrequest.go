package app

import (
	"context"

	"amends/roles"
	"amends/server/id"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// A talk request says that a participant would like to talk to their counselor, without a reason. It
// waits on the home screen of the cohort's counselors, which nobody watches around the clock; the page
// that makes one says so and shows the crisis card.

// RequestTalk makes a talk request; it is idempotent until the request is taken.
func (a *App) RequestTalk(ctx context.Context) error {
	return act(ctx, a, "requestTalk", myself, func(ctx context.Context, s *step) error {
		_, err := s.TalkRequestPut(ctx, dbgen.TalkRequestPutParams{FacilityID: s.actor.Facility, ID: id.New[id.TalkRequest](), MemberID: s.actor.Member, At: s.now})
		return err
	})
}

// TalkRequests lists the talk requests of the counselor's cohorts that nobody has taken.
func (a *App) TalkRequests(ctx context.Context) (wire.TalkRequests, error) {
	ownCohorts := func(context.Context, *step) (roles.Relation, error) { return roles.Staff, nil }
	return do(ctx, a, "listTalkRequests", ownCohorts, func(ctx context.Context, s *step) (wire.TalkRequests, error) {
		rows, err := s.TalkRequestList(ctx, dbgen.TalkRequestListParams{FacilityID: s.actor.Facility, Me: s.actor.Member})
		if err != nil {
			return wire.TalkRequests{}, err
		}
		out := wire.TalkRequests{Requests: []wire.TalkRequest{}}
		for _, r := range rows {
			out.Requests = append(out.Requests, wire.TalkRequest{ID: r.ID.String(), RoomName: r.RoomName, At: r.At.UnixMilli()})
		}
		return out, nil
	})
}

// TakeTalkRequest marks a talk request as taken by this counselor.
func (a *App) TakeTalkRequest(ctx context.Context, which id.TalkRequest) error {
	relate := func(ctx context.Context, s *step) (roles.Relation, error) {
		row, err := s.TalkRequestGet(ctx, dbgen.TalkRequestGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return roles.None, err
		}
		return toPerson(row.MemberID)(ctx, s)
	}
	return act(ctx, a, "takeTalkRequest", relate, func(ctx context.Context, s *step) error {
		n, err := s.TalkRequestTake(ctx, dbgen.TalkRequestTakeParams{At: &s.now, ByID: &s.actor.Member, FacilityID: s.actor.Facility, ID: which})
		if n > 0 {
			// Entries from before this name say call.take, and stay as they are: the chain covers them.
			s.record("talk_request.take", "talk_request", which.Bytes())
		}
		return err
	})
}
