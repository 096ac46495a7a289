package app

import (
	"context"
	"slices"
	"time"

	"amends/roles"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// Sharing is per worksheet, and off until the owner turns it on. A grant lets a reader fetch the bytes;
// whether they can decrypt them is between the two browsers.

var (
	// errNoConsent: nothing can be shared without a valid consent.
	errNoConsent = fault.New(fault.Forbidden, "grant.no_consent", "Please sign the consent for this person first.")
	errNoPage    = fault.New(fault.NotFound, "grant.no_page", "Please save this page first.").With("ws", "is no page of yours")
	errGrants    = fault.New(fault.Conflict, "grant.too_many", "You have shared as many pages as one can.").With("ws", "is one page too many")
)

// Share opens one of the person's own pages, which must be stored, to a reader. Faults:
// grant.no_consent, grant.no_page, grant.too_many.
func (a *App) Share(ctx context.Context, ws id.Worksheet, reader id.Member) error {
	return act(ctx, a, "share", myself, func(ctx context.Context, s *step) error {
		f, me := s.actor.Facility, s.actor.Member
		if err := s.GrantsLock(ctx, id.UUIDs(me, reader)); err != nil {
			return err
		}
		consent, err := s.ConsentInForce(ctx, dbgen.ConsentInForceParams{FacilityID: f, SubjectID: me, RecipientID: reader, Now: s.now})
		if postgres.NotThere(err) {
			return errNoConsent
		}
		if err != nil {
			return err
		}
		room, err := s.GrantRoom(ctx, dbgen.GrantRoomParams{FacilityID: f, OwnerID: me, Ws: ws, ReaderID: reader})
		switch {
		case err != nil:
			return err
		case !room.Page:
			return errNoPage
		case room.Others >= a.most("reader_grant"):
			return errGrants
		}
		err = s.GrantPut(ctx, dbgen.GrantPutParams{FacilityID: f, OwnerID: me, Ws: ws, ReaderID: reader, OpenedAt: s.now, ConsentID: consent.ID, Until: consent.ExpiresAt})
		s.record("worksheet.share", "worksheet", ws.Bytes())
		return err
	})
}

// Unshare closes one page to a reader at once. It is idempotent.
func (a *App) Unshare(ctx context.Context, ws id.Worksheet, reader id.Member) error {
	return act(ctx, a, "unshare", myself, func(ctx context.Context, s *step) error {
		n, err := s.GrantClose(ctx, dbgen.GrantCloseParams{At: &s.now, FacilityID: s.actor.Facility, OwnerID: s.actor.Member, Ws: ws, ReaderID: reader})
		if err != nil || n == 0 {
			return err
		}
		s.record("worksheet.unshare", "worksheet", ws.Bytes())
		s.then(func(ctx context.Context) { a.kick(ctx, s.actor.Facility, reader) })
		return nil
	})
}

// Grants lists who may fetch which of the person's own pages now.
func (a *App) Grants(ctx context.Context) (wire.Grants, error) {
	return do(ctx, a, "listGrants", myself, func(ctx context.Context, s *step) (wire.Grants, error) {
		rows, err := s.GrantsOf(ctx, dbgen.GrantsOfParams{FacilityID: s.actor.Facility, OwnerID: s.actor.Member, Now: s.now})
		if err != nil {
			return wire.Grants{}, err
		}
		zone, err := facilityZone(ctx, s)
		if err != nil {
			return wire.Grants{}, err
		}
		out := wire.Grants{Grants: []wire.Grant{}}
		for _, r := range rows {
			out.Grants = append(out.Grants, wire.Grant{Ws: r.Ws.String(), Reader: acct(r.ReaderID), RoomName: r.RoomName, Until: day(r.Until.Add(-time.Second), zone)})
		}
		return out, nil
	})
}

// asReader is a mentor's relation to the list of what is shared with them; row-level security shows
// only rows with an open grant.
func asReader(context.Context, *step) (roles.Relation, error) { return roles.Shared, nil }

// Shared lists the newest version of every page that others share with this person.
func (a *App) Shared(ctx context.Context) (wire.SealedList, error) {
	return do(ctx, a, "listShared", asReader, func(ctx context.Context, s *step) (wire.SealedList, error) {
		rows, err := s.SharedList(ctx, dbgen.SharedListParams{FacilityID: s.actor.Facility, ReaderID: s.actor.Member})
		if err != nil {
			return wire.SealedList{}, err
		}
		out := wire.SealedList{Sealed: []wire.Sealed{}}
		for _, r := range rows {
			out.Sealed = append(out.Sealed, sealedOf(dbgen.WorksheetVersionsOfRow(r)))
		}
		return out, nil
	})
}

// SharedVersions lists the versions of one page that this person may open, and their own feedback on
// it. It is not found once sharing has ended; an open page polls it to notice that.
func (a *App) SharedVersions(ctx context.Context, owner id.Member, ws id.Worksheet) (wire.SealedList, error) {
	relate := func(ctx context.Context, s *step) (roles.Relation, error) { return sharedBy(ctx, s, owner, ws) }
	return do(ctx, a, "listSharedVersions", relate, func(ctx context.Context, s *step) (wire.SealedList, error) {
		rows, err := s.SharedVersions(ctx, dbgen.SharedVersionsParams{FacilityID: s.actor.Facility, OwnerID: owner, Ws: ws, ReaderID: s.actor.Member})
		if err != nil {
			return wire.SealedList{}, err
		}
		out := wire.SealedList{Sealed: []wire.Sealed{}}
		for _, r := range rows {
			out.Sealed = append(out.Sealed, sealedOf(dbgen.WorksheetVersionsOfRow(r)))
		}
		return out, nil
	})
}

// Openings tells the person who opened which of their pages, once per day.
func (a *App) Openings(ctx context.Context) (wire.Openings, error) {
	return do(ctx, a, "listOpenings", myself, func(ctx context.Context, s *step) (wire.Openings, error) {
		rows, err := s.PagesOpened(ctx, dbgen.PagesOpenedParams{FacilityID: s.actor.Facility, OwnerID: &s.actor.Member})
		if err != nil {
			return wire.Openings{}, err
		}
		zone, err := facilityZone(ctx, s)
		if err != nil {
			return wire.Openings{}, err
		}
		out := wire.Openings{Openings: []wire.Opening{}}
		for _, r := range rows {
			// Only an assigned mentor can have a grant, so only a mentor can have opened a page.
			o := wire.Opening{Ws: id.From[id.Worksheet](r.ObjectID.UUID).String(), Role: string(roles.Mentor), RoomName: r.RoomName, On: day(r.At, zone)}
			if !slices.Contains(out.Openings, o) {
				out.Openings = append(out.Openings, o)
			}
		}
		return out, nil
	})
}
