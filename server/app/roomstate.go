package app

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"amends/server/actor"
	"amends/server/agenda"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
	"amends/server/wire"
)

// roomCache caches the folded state of rooms, so that a batch reads only newer events. It can be
// emptied at any time: the events are the source of truth.
type roomCache struct {
	mu sync.Mutex
	at map[id.Workshop]room.State
}

// maxCachedRooms bounds the cache; a full cache is emptied.
const maxCachedRooms = 500

func (c *roomCache) find(w id.Workshop) (room.State, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.at[w]
	return s, ok
}

// keep stores a state unless a newer one is cached.
func (c *roomCache) keep(w id.Workshop, s room.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at == nil || len(c.at) >= maxCachedRooms {
		c.at = map[id.Workshop]room.State{}
	}
	if c.at[w].Seq <= s.Seq {
		c.at[w] = s
	}
}

// state returns a workshop's state up to event seq.
func (c *roomCache) state(ctx context.Context, tx *postgres.Tx, key RoomKey, seq int64) (room.State, error) {
	s, ok := c.find(key.Workshop)
	if !ok || s.Seq > seq {
		w, err := tx.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: key.Facility, ID: key.Workshop})
		if err != nil {
			return s, fmt.Errorf("read the plan of workshop %s: %w", key.Workshop, err)
		}
		var segments []agenda.Segment
		if err := json.Unmarshal(w.Segments, &segments); err != nil {
			return s, fmt.Errorf("read the agenda of workshop %s: %w", w.ID, err)
		}
		staff, err := staffOf(ctx, tx, w)
		if err != nil {
			return s, err
		}
		s = room.New(room.Plan{Workshop: w.ID, Title: w.Title, Language: w.Language, RoomCode: w.RoomCode, StartsAt: w.StartsAt, Capacity: int(w.Capacity), Open: w.Kind == kindOpen,
			Segments: segments, Lead: w.LeadID, Staff: staff})
	}
	if s.Seq == seq {
		return s, nil
	}
	folding := room.Fold(s)
	for s.Seq < seq {
		rows, err := tx.RoomEventsAfter(ctx, dbgen.RoomEventsAfterParams{FacilityID: key.Facility, WorkshopID: key.Workshop, After: s.Seq})
		if err != nil {
			return s, fmt.Errorf("read events of workshop %s: %w", key.Workshop, err)
		}
		if len(rows) == 0 || rows[0].Seq != s.Seq+1 {
			return s, fmt.Errorf("workshop %s lacks events after %d", key.Workshop, s.Seq)
		}
		for _, row := range rows {
			if err := applyRow(folding, row); err != nil {
				return s, fmt.Errorf("fold event %d of workshop %s: %w", row.Seq, key.Workshop, err)
			}
		}
		s = folding.State()
	}
	return s, nil
}

func applyRow(folding *room.Folding, row dbgen.RoomEventsAfterRow) error {
	e := room.Event{Kind: row.Kind, At: row.At.UTC()}
	if row.ActorID != nil {
		e.Actor = *row.ActorID
	}
	if err := json.Unmarshal(row.Data, &e.Data); err != nil {
		return err
	}
	return folding.Apply(e)
}

// RoomNow reads the newest state of a room and the names for its views. Fault: thing.not_found.
func (a *App) RoomNow(ctx context.Context, key RoomKey) (s room.State, names room.Names, err error) {
	err = a.db.Reading(ctx, key.scope(), func(ctx context.Context, tx *postgres.Tx) error {
		w, err := tx.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: key.Facility, ID: key.Workshop})
		if err != nil {
			return err
		}
		if w.CancelledAt != nil {
			return fault.ErrNotFound
		}
		if s, err = a.rooms.state(ctx, tx, key, w.Seq); err != nil {
			return err
		}
		if names, err = peopleNames(ctx, tx, key, w.Kind == kindOpen, w.CohortID, unlisted(s)); err != nil {
			return fmt.Errorf("read the people of workshop %s: %w", key.Workshop, err)
		}
		names.AsOf = s.Seq
		if err = roomTexts(ctx, tx, key, &names); err != nil {
			return err
		}
		names.Whereabouts, err = a.whereabouts(ctx, tx, key)
		return err
	})
	if err == nil {
		a.rooms.keep(key.Workshop, s)
	}
	return s, names, err
}

func peopleNames(ctx context.Context, tx *postgres.Tx, key RoomKey, open bool, cohort id.Cohort, others []id.Member) (room.Names, error) {
	if open {
		return openNames(ctx, tx, key, others)
	}
	people, err := tx.RoomPeople(ctx, dbgen.RoomPeopleParams{WorkshopID: key.Workshop, FacilityID: key.Facility, CohortID: cohort})
	return namesOf(people), err
}

func namesOf(people []dbgen.RoomPeopleRow) room.Names {
	n := room.Names{Of: map[id.Member]string{}, Expected: map[id.Member]bool{}}
	for _, p := range people {
		n.Of[p.ID] = p.RoomName
		if p.Facilitates {
			n.Staff = append(n.Staff, p.ID)
		} else if p.Participant {
			n.Expected[p.ID] = true
		}
	}
	return n
}

// Seat is what a connection authorization in a room: which room, and who is there as what.
type Seat struct {
	Key    RoomKey
	Role   wire.RoomRole
	Member id.Member
	// Signin is zero for guests and stages.
	Signin id.Signin
}

// Guest reports whether this is a guest's seat, without a sign-in.
func (s Seat) Guest() bool { return s.Role == wire.RoleParticipant && s.Signin.IsZero() }

// TakeSeat decides how the actor may be in a room: as facilitator, participant or stage. It runs at
// every connect and again every minute; being in a room counts as activity of the sign-in. Faults:
// signin.needed, access.refused, thing.not_found.
func (a *App) TakeSeat(ctx context.Context, which id.Workshop) (Seat, error) {
	who, _ := actor.From(ctx)
	if who.Kind == actor.Stage {
		return a.stageSeat(ctx, who, which)
	}
	if !who.Workshop.IsZero() {
		return a.boundSeat(ctx, who, which)
	}
	seat, err := a.seat(ctx, "facilitateRoom", wire.RoleFacilitator, which)
	if err == nil {
		a.noteNetwork(ctx, seat)
	}
	if errors404or403(err) {
		seat, err = a.seat(ctx, "joinRoom", wire.RoleParticipant, which)
	}
	return seat, err
}

func errors404or403(err error) bool {
	kind := fault.As(err).Kind
	return err != nil && (kind == fault.NotFound || kind == fault.Forbidden)
}

func (a *App) seat(ctx context.Context, use string, role wire.RoomRole, which id.Workshop) (Seat, error) {
	return do(ctx, a, use, toWorkshop(which), func(ctx context.Context, s *step) (Seat, error) {
		facilitates, err := s.WorkshopFacilitators(ctx, dbgen.WorkshopFacilitatorsParams{FacilityID: s.actor.Facility, WorkshopID: which})
		if err != nil {
			return Seat{}, err
		}
		named := false
		for _, f := range facilitates {
			named = named || f.MemberID == s.actor.Member
		}
		if named != (role == wire.RoleFacilitator) {
			return Seat{}, fault.ErrForbidden
		}
		err = s.SigninTouch(ctx, dbgen.SigninTouchParams{FacilityID: s.actor.Facility, ID: s.actor.Signin, At: s.now})
		return Seat{Key: RoomKey{s.actor.Facility, which}, Role: role, Member: s.actor.Member, Signin: s.actor.Signin}, err
	})
}
