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
	"amends/server/room"
)

// peopleLedger reads who the people of a batch are now, and what each may do.
type peopleLedger struct {
	*roomTx
	held   map[id.Signin]dbgen.SigninHeldManyRow
	guests map[id.Member]dbgen.GuestHeldManyRow
}

func (l *peopleLedger) asks(requests []RoomRequest) (asks []postgres.Ask) {
	l.held, l.guests = map[id.Signin]dbgen.SigninHeldManyRow{}, map[id.Member]dbgen.GuestHeldManyRow{}
	var signins []id.Signin
	var guests []id.Member
	for _, r := range requests {
		if r.Signin.IsZero() {
			guests = append(guests, r.Member)
		} else {
			signins = append(signins, r.Signin)
		}
	}
	if len(signins) > 0 {
		asks = append(asks, func(ctx context.Context, q *dbgen.Queries) error {
			rows, err := q.SigninHeldMany(ctx, dbgen.SigninHeldManyParams{WorkshopID: l.key.Workshop, FacilityID: l.key.Facility, Ids: id.UUIDs(signins...)})
			for _, row := range rows {
				l.held[row.ID] = row
			}
			return doing(err, "re-read the people of a batch")
		})
	}
	if len(guests) > 0 {
		asks = append(asks, func(ctx context.Context, q *dbgen.Queries) error {
			rows, err := q.GuestHeldMany(ctx, dbgen.GuestHeldManyParams{FacilityID: l.key.Facility, WorkshopID: l.key.Workshop, Ids: id.UUIDs(guests...)})
			for _, row := range rows {
				l.guests[row.ID] = row
			}
			return doing(err, "re-read the guests of a batch")
		})
	}
	return asks
}

func (*peopleLedger) takes(context.Context, decided) error { return nil }
func (*peopleLedger) writes(context.Context) error         { return nil }

// guest returns the row of a guest of this room. Only open meetings have guests.
func (l *peopleLedger) guest(who id.Member) (dbgen.GuestHeldManyRow, bool) {
	row, known := l.guests[who]
	return row, known && l.open
}

// departed reports whether a person is a guest who said goodbye.
func (l *peopleLedger) departed(who id.Member) bool {
	row, guest := l.guest(who)
	return guest && row.EndedAt != nil
}

// expected refuses people who are not of this room: only its own can be put into the queue, with or
// without a phone.
func (l *peopleLedger) expected(ctx context.Context, who id.Member) error {
	names, err := peopleNames(ctx, l.tx, l.key, l.open, l.cohort, nil)
	if err != nil {
		return err
	}
	if name, known := names.Of[who]; !known || name == "" || slices.Contains(names.Staff, who) {
		return room.ErrNoSuch
	}
	return nil
}

// entered lists the guests who entered the code since a time and have not left.
func (l *peopleLedger) entered(ctx context.Context, since time.Time) ([]id.Member, error) {
	if !l.open {
		return nil, nil
	}
	who, err := l.tx.GuestsSince(ctx, dbgen.GuestsSinceParams{FacilityID: l.key.Facility, WorkshopID: l.key.Workshop, Since: since})
	return who, doing(err, "read who entered since")
}

// allowed checks with the permission table, derived from the casbin policy, whether the person may give
// this command. Only the workshop's own facilitators facilitate; other counselors of the cohort take
// part like participants.
func (l *peopleLedger) allowed(r RoomRequest) (room.Actor, error) {
	if r.Signin.IsZero() {
		return l.allowedGuest(r)
	}
	row, known := l.held[r.Signin]
	if !known || row.MemberID != r.Member || row.EndedAt != nil || row.Status != "active" || l.now.After(row.AbsoluteUntil) {
		return room.Actor{}, fault.ErrUnauthenticated
	}
	relation := roles.None
	if row.InCohort {
		relation |= roles.Cohort
	}
	if row.Staff {
		relation |= roles.Staff
	}
	if !row.WorkshopID.IsZero() {
		return l.allowedPass(r, row)
	}
	may := func(need roles.Permission) bool { return l.may(heldRoles(row.Roles), need, relation) }
	who := room.Actor{Member: r.Member, Facilitator: row.Facilitates && may(roles.RoomFacilitate)}
	needs := r.Command.Spec.Needs
	switch {
	case needs == roles.RoomJoin && !who.Facilitator && may(needs):
		return who, nil
	case needs != roles.RoomJoin && who.Facilitator && may(needs):
		return who, nil
	case r.Command.Spec.Both && who.Facilitator:
		return who, nil
	}
	return who, fault.ErrForbidden
}

// allowedGuest checks a guest: never a facilitator, and only in their own room.
func (l *peopleLedger) allowedGuest(r RoomRequest) (room.Actor, error) {
	row, known := l.guest(r.Member)
	if !known || row.EndedAt != nil || l.now.After(row.CreatedAt.Add(guestLife)) {
		return room.Actor{}, fault.ErrUnauthenticated
	}
	who, err := l.allowedBound(r)
	who.Guest = true
	return who, err
}

// allowedPass checks a member with a room pass.
func (l *peopleLedger) allowedPass(r RoomRequest, row dbgen.SigninHeldManyRow) (room.Actor, error) {
	if row.WorkshopID != l.key.Workshop || !row.InCohort {
		return room.Actor{}, fault.ErrUnauthenticated
	}
	return l.allowedBound(r)
}

func (l *peopleLedger) allowedBound(r RoomRequest) (room.Actor, error) {
	if !l.may([]roles.Role{roles.Guest}, r.Command.Spec.Needs, roles.Own) {
		return room.Actor{}, fault.ErrForbidden
	}
	return room.Actor{Member: r.Member}, nil
}

func (l *peopleLedger) may(held []roles.Role, need roles.Permission, relation roles.Relation) bool {
	facility := l.key.Facility.String()
	return l.app.book.AllowsFast(roles.Asked{Held: held, Domain: facility, Object: facility, Needs: need, Relation: relation})
}
