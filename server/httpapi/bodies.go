package httpapi

import (
	"container/list"
	"sync"
	"time"

	"amends/server/actor"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/inbound"

	"github.com/gofiber/fiber/v2"
)

// The memory budget for request bodies. Authenticated people share one lane, and unauthenticated
// clients a small one of their own, so that they cannot use up the memory a signed-in person needs for
// a save. In the first lane each person has at most a share; beyond it the answer is 503. When the lane
// is full, the person who holds most is cut off in favour of one who holds less. Unauthenticated
// clients cannot be told apart, so in their lane the longest running upload is cut off: a sign-in
// arrives in one piece and a flood does not.

// Sizes of the budget.
const (
	standardBodyBytes = 64 << 20
	// shares: a person may use 1/shares of the authenticated lane, and the other lane is 1/shares of
	// its size.
	shares = 8
)

// fullPause is the Retry-After of a refused body.
const fullPause = 2 * time.Second

// bodies is the budget for all request bodies of the process.
type bodies struct {
	mu               sync.Mutex
	known, strangers lane
}

// lane is one part of the budget. bodies.mu guards it.
type lane struct {
	left, each int64
	held       map[holder]int64
	// sending are the bookings of incomplete bodies, oldest first; only these can be cut.
	sending list.List
}

// holder is a person or a stage.
type holder struct {
	member id.Member
	stage  id.Stage
	// guest: anybody can become any number of guests.
	guest bool
}

func holderOf(who actor.Actor) holder {
	return holder{who.Member, who.Stage, who.Kind == actor.Guest}
}

// newBodies gives the authenticated lane this many bytes; 0 means standardBodyBytes.
func newBodies(bytes int64) *bodies {
	if bytes == 0 {
		bytes = standardBodyBytes
	}
	return &bodies{known: lane{left: bytes, each: bytes / shares, held: map[holder]int64{}}, strangers: lane{left: bytes / shares, each: bytes / shares, held: map[holder]int64{}}}
}

// booking is the memory that one body holds. Its request owns it, except for the fields guarded by
// of.mu.
type booking struct {
	of   *bodies
	lane *lane
	who  holder
	seat *inbound.Conn

	// bytes, sending and cut are guarded by of.mu.
	bytes   int64
	sending *list.Element
	cut     bool
}

// booking starts a booking of zero bytes. Until the body is complete, its connection may be closed in
// favour of others, because a stalled upload would occupy it.
func (b *bodies) booking(c *fiber.Ctx) *booking {
	who, known := actor.From(c.UserContext())
	k := &booking{of: b, lane: &b.known, who: holderOf(who)}
	if !known {
		k.lane, k.who = &b.strangers, holder{}
	}
	if k.seat, _ = c.Context().Conn().(*inbound.Conn); k.seat != nil {
		k.seat.Rest()
	}
	k.begin()
	return k
}

// begin appends the booking to the lane's list of incomplete bodies.
func (k *booking) begin() {
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	k.sending = k.lane.sending.PushBack(k)
}

// take reserves n more bytes. Faults: server.unavailable, request.cut.
func (k *booking) take(n int) error {
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	for !k.cut && k.lane.left < int64(n) {
		if !k.lane.cutFor(k, n) {
			break
		}
	}
	switch held := k.lane.held[k.who] + int64(n); {
	case k.cut:
		return errCut
	case k.lane.left < int64(n) || held > k.lane.each:
		return fault.ErrUnavailable.After(fullPause)
	default:
		k.lane.held[k.who] = held
		k.lane.left -= int64(n)
		k.bytes += int64(n)
		return nil
	}
}

// cutFor cuts off one upload to make room for k; false when none may be cut.
func (l *lane) cutFor(k *booking, n int) bool {
	longest := l.longest(k, n)
	if longest == nil {
		return false
	}
	longest.cut = true
	longest.give()
	if longest.seat != nil {
		longest.seat.Cut()
	}
	return true
}

// longest returns the upload to cut for k. Unauthenticated: the oldest, unless that is k.
// Authenticated: the oldest of the person who holds most, if that is more than k's person would hold.
func (l *lane) longest(k *booking, n int) (longest *booking) {
	if first := l.sending.Front(); k.who == (holder{}) {
		if first == nil || first.Value == k {
			return nil
		}
		return first.Value.(*booking)
	}
	most := l.held[k.who] + int64(n)
	if most > l.each {
		return nil // the person's own share is exhausted; cutting others would not help
	}
	for e := l.sending.Front(); e != nil; e = e.Next() {
		if one := e.Value.(*booking); one.bytes > 0 && l.held[one.who] > most {
			longest, most = one, l.held[one.who]
		}
	}
	return longest
}

// whole marks the body as complete: it can no longer be cut. Fault: request.cut.
func (k *booking) whole() error {
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	k.sent()
	if k.cut || k.seat != nil && !k.seat.Begin() {
		return errCut
	}
	if k.seat != nil && k.who != (holder{}) {
		k.seat.Claim(k.who, k.who.guest)
	}
	return nil
}

// giveAll releases the booked memory; it is idempotent.
func (k *booking) giveAll() {
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	k.give()
}

func (k *booking) give() {
	k.sent()
	k.lane.left += k.bytes
	if k.lane.held[k.who] -= k.bytes; k.lane.held[k.who] == 0 {
		delete(k.lane.held, k.who)
	}
	k.bytes = 0
}

func (k *booking) sent() {
	if k.sending != nil {
		k.lane.sending.Remove(k.sending)
		k.sending = nil
	}
}
