package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
	"amends/server/wire"
)

// The places of an open meeting (decision 0026). The rules: from one network a quarter of the seats is
// taken freely, and from one IPv6 site half. Whoever comes from there after them waits at the door until a
// facilitator lets them in, and then counts no more; as many again can wait. The network of a facilitator
// of this meeting has no limit: a treatment center is one address. Places are counted and taken under one
// lock, so that many at once take no more.

// guestsPerSeat is how many tokens may exist per seat: phones and tabs get lost, and a person who lost
// their token must be able to enter again.
const guestsPerSeat = 2

// leastShare is what a network may take of a small meeting: a household.
const leastShare = 4

// shares are how many places one network, and one site, takes freely.
func shares(seats int64) (network, site int64) {
	return max(leastShare, (seats+3)/4), max(2*leastShare, (seats+1)/2)
}

// errCrowd: as many people as may wait at the door from one network wait there.
var errCrowd = fault.New(fault.Conflict, "room.crowd", "Many people who use the same network wait at the door. Please try again when a counselor has let them in.").With("code", "is of a room with many people from one network")

// place is where a new guest comes from: keyed hashes that differ for each meeting. Site is nil for IPv4.
type place struct{ network, site []byte }

func (a *App) placeOf(which id.Workshop, from Address) place {
	p := place{network: a.networkOf(which, from)}
	if site, is := from.Site(); is {
		p.site = a.networkOf(which, site)
	}
	return p
}

// networkOf is 16 bytes that tell networks of one meeting apart, and nothing about an address to whoever
// does not know the key.
func (a *App) networkOf(which id.Workshop, from Address) []byte {
	m, w := hmac.New(sha256.New, a.secrets.Derive("networks")), which.Bytes()
	m.Write(w[:])
	m.Write([]byte(from))
	return m.Sum(nil)[:16]
}

// takePlace locks the places of a meeting and takes one, or refuses. It reports whether the guest has to
// be let in. Faults: room.full, room.crowd.
func (a *App) takePlace(ctx context.Context, s *step, w dbgen.Workshop, from place) (crowd bool, err error) {
	if err := s.CapLock(ctx, "guests "+w.ID.String()); err != nil {
		return false, err
	}
	state, err := a.rooms.state(ctx, s.Tx, RoomKey{w.FacilityID, w.ID}, w.Seq)
	if err != nil {
		return false, err
	}
	own, err := s.RoomSeenNear(ctx, dbgen.RoomSeenNearParams{FacilityID: w.FacilityID, WorkshopID: w.ID, Network: from.network})
	if err != nil {
		return false, err
	}
	places, err := s.GuestPlaces(ctx, dbgen.GuestPlacesParams{Network: from.network, Site: from.site, Admitted: id.UUIDs(ids(state.Doorway.Admitted)...), FacilityID: w.FacilityID, WorkshopID: w.ID, Removed: id.UUIDs(ids(state.Doorway.Removed)...)})
	seats := int64(w.Capacity)
	network, site := shares(seats)
	switch {
	case err != nil:
		return false, err
	case places.Held >= guestsPerSeat*seats:
		return false, errGuestFull
	case own, places.Near < network && places.Around < site:
		return false, nil
	case places.Crowding >= network, places.CrowdingAround >= site:
		return false, errCrowd
	}
	return true, nil
}

func ids(set map[id.Member]bool) []id.Member {
	out := make([]id.Member, 0, len(set))
	for who := range set {
		out = append(out, who)
	}
	return out
}

type addressKey struct{}

// WithAddress returns a context that says where a connection to a room comes from.
func WithAddress(ctx context.Context, from Address) context.Context {
	return context.WithValue(ctx, addressKey{}, from)
}

// AddressOf is what WithAddress said; "" for nothing.
func AddressOf(ctx context.Context) Address {
	from, _ := ctx.Value(addressKey{}).(Address)
	return from
}

// noteNetwork keeps the network of a facilitator's connection. If that fails, guests from there wait to be
// let in.
func (a *App) noteNetwork(ctx context.Context, seat Seat) {
	from := AddressOf(ctx)
	if seat.Role != wire.RoleFacilitator || from == "" {
		return
	}
	err := a.db.Within(ctx, seat.Key.scope(), func(ctx context.Context, tx *postgres.Tx) error {
		return tx.RoomSeenFrom(ctx, dbgen.RoomSeenFromParams{FacilityID: seat.Key.Facility, WorkshopID: seat.Key.Workshop, MemberID: seat.Member, Network: a.networkOf(seat.Key.Workshop, from)})
	})
	if err != nil {
		a.log.Warn("noting the network of a counselor failed; guests from there wait at the door", "room", seat.Key.Workshop.String(), "err", err)
	}
}

// unlisted are the people whom an open meeting's room names although they have not been in it: members at
// the door, and those who were removed there.
func unlisted(s room.State) []id.Member {
	who := ids(s.Doorway.Removed)
	for _, k := range s.Doorway.Waits {
		who = append(who, k.Member)
	}
	return who
}
