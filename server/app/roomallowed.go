package app

import (
	"amends/roles"
	"amends/server/fault"
	"amends/server/room"
)

// allowed asks the table made of the casbin policy whether the person may give this command.
// Only the workshop's own facilitators facilitate; a counselor of the cohort beside them is
// a guest in the room.
func (b *batch) allowed(r RoomRequest) (room.Actor, error) {
	if r.Signin.IsZero() {
		return b.allowedGuest(r)
	}
	row, known := b.held[r.Signin]
	if !known || row.MemberID != r.Member || row.EndedAt != nil || row.Status != "active" || b.now.After(row.AbsoluteUntil) {
		return room.Actor{}, fault.ErrUnauthenticated
	}
	relation := roles.None
	if row.InCohort {
		relation = roles.Cohort
	}
	if !row.WorkshopID.IsZero() {
		return b.allowedPass(r, row)
	}
	may := func(need roles.Permission) bool { return b.may(heldRoles(row.Roles), need, relation) }
	who := room.Actor{Member: r.Member, Facilitator: row.Facilitates && may(roles.RoomFacilitate)}
	needs := r.Command.Spec.Needs
	switch {
	case needs == roles.RoomJoin && !who.Facilitator && may(needs):
		return who, nil
	case needs != roles.RoomJoin && who.Facilitator && may(needs):
		return who, nil
	case r.Command.Do == "back" && who.Facilitator:
		return who, nil
	}
	return who, fault.ErrForbidden
}

func (b *batch) may(held []roles.Role, need roles.Permission, relation roles.Relation) bool {
	facility := b.key.Facility.String()
	return b.app.book.AllowsFast(roles.Asked{Held: held, Domain: facility, Object: facility, Needs: need, Relation: relation})
}
