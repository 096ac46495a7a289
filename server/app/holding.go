package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"amends/server/audit"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
)

// Who holds a room, who stands at its door, and what the audit log keeps of both. The rule of
// connections: a node that has the screen of a facilitator, or somebody at the door, says so
// every few seconds in a table that all nodes read, by the clock of Postgres. Nobody says that
// somebody is gone: who was not seen for room.HoldAfter is, on whichever node they were and
// whatever became of that node.

// staffOf reads the named facilitators of a workshop, the same for all nodes.
func staffOf(ctx context.Context, tx *postgres.Tx, w dbgen.Workshop) ([]id.Member, error) {
	rows, err := tx.WorkshopFacilitators(ctx, dbgen.WorkshopFacilitatorsParams{FacilityID: w.FacilityID, WorkshopID: w.ID})
	if err != nil {
		return nil, fmt.Errorf("read the facilitators of workshop %s: %w", w.ID, err)
	}
	var staff []id.Member
	for _, row := range rows {
		staff = append(staff, row.MemberID)
	}
	return staff, nil
}

// RoomSeen says that these people are connected here and now.
func (a *App) RoomSeen(ctx context.Context, key RoomKey, who []id.Member) error {
	return a.db.Within(ctx, key.scope(), func(ctx context.Context, tx *postgres.Tx) error {
		return seen(ctx, tx, key, who)
	})
}

func seen(ctx context.Context, tx *postgres.Tx, key RoomKey, who []id.Member) error {
	if err := tx.RoomSeenPut(ctx, dbgen.RoomSeenPutParams{FacilityID: key.Facility, WorkshopID: key.Workshop, Members: who}); err != nil {
		return fmt.Errorf("say who is connected to workshop %s: %w", key.Workshop, err)
	}
	return nil
}

// RoomLastSeen tells how long ago each person was connected anywhere.
func (a *App) RoomLastSeen(ctx context.Context, key RoomKey) (ago map[id.Member]time.Duration, err error) {
	err = a.db.Reading(ctx, key.scope(), func(ctx context.Context, tx *postgres.Tx) error {
		ago, err = lastSeenOf(ctx, tx, key)
		return err
	})
	return ago, err
}

func lastSeenOf(ctx context.Context, tx *postgres.Tx, key RoomKey) (map[id.Member]time.Duration, error) {
	rows, err := tx.RoomSeenList(ctx, dbgen.RoomSeenListParams{FacilityID: key.Facility, WorkshopID: key.Workshop})
	if err != nil {
		return nil, fmt.Errorf("read who is connected to workshop %s: %w", key.Workshop, err)
	}
	ago := make(map[id.Member]time.Duration, len(rows))
	for _, row := range rows {
		ago[row.MemberID] = time.Duration(row.AgoMs) * time.Millisecond
	}
	return ago, nil
}

// team takes in the facts of facilitators' screens and of the door.
func (b *batch) team(ctx context.Context, r RoomRequest) ([]room.Event, error) {
	if r.Fact == ScreenJoined {
		return room.StaffCame(b.state, r.Member, b.deciding()), seen(ctx, b.tx, b.key, []id.Member{r.Member})
	}
	ago, err := lastSeenOf(ctx, b.tx, b.key)
	if err != nil {
		return nil, err
	}
	lately := map[id.Member]bool{}
	for who, since := range ago {
		lately[who] = since < room.HoldAfter
	}
	return room.Unseen(b.state, lately, b.deciding()), nil
}

// stays says whether a join ends at the door: then the person is not in the room, and no time
// is counted.
func (b *batch) stays(who id.Member, events []room.Event) bool {
	return b.state.AtDoor(who) && len(events) == 0 || slices.ContainsFunc(events, func(e room.Event) bool { return e.Kind == room.Knocked })
}

// closeRemoved ends the time of people who were taken out, and the room pass they came by.
func (b *batch) closeRemoved(ctx context.Context) error {
	for _, who := range b.removed {
		leave := dbgen.AttendanceLeaveParams{At: b.now, FacilityID: b.key.Facility, WorkshopID: b.key.Workshop, MemberID: who}
		if err := b.tx.Later().AttendanceLeave(ctx, leave); err != nil {
			return fmt.Errorf("close an interval: %w", err)
		}
		pass := dbgen.SigninEndPassParams{At: &b.now, FacilityID: b.key.Facility, WorkshopID: b.key.Workshop, MemberID: who}
		if err := b.tx.SigninEndPass(ctx, pass); err != nil {
			return fmt.Errorf("end a room pass: %w", err)
		}
		if b.open {
			if err := b.guestGone(ctx, who); err != nil {
				return err
			}
		}
	}
	return nil
}

// noteOf says which events the audit log keeps: of a person, the person is the object; why
// somebody was taken out is a code in the action.
func (b *batch) noteOf(e room.Event) (audit.Entry, bool) {
	note := audit.Entry{Action: e.Kind, ObjectKind: "workshop", Object: b.key.Workshop.Bytes(), Outcome: audit.Done, Actor: e.Actor.Bytes()}
	switch e.Kind {
	case room.Opened, room.Ended, room.Locked, room.Unlocked, room.TookOver:
		return note, true
	case room.Removed:
		b.removed = append(b.removed, e.Data.Member)
		note.Action += "." + e.Data.Reason
	case room.Admitted, room.HandedOver:
	default:
		return audit.Entry{}, false
	}
	note.ObjectKind, note.Object = "member", e.Data.Member.Bytes()
	return note, true
}
