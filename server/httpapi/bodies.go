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

// What bodies of requests may take of memory, all together. People who are known have one lane
// and strangers a small one of their own, so no stranger takes what somebody who is signed in
// needs for a save. In the lane of the known each person has at most a share, and who finds it
// full hears 503; when the lane is full, who holds most is cut off for who holds less. In the lane
// of strangers nobody can be told from another: there, the one who has been sending longest is cut
// off, since a sign-in arrives in one piece and a flood does not.

// Parts of the memory for bodies.
const (
	standardBodyBytes = 64 << 20
	// shares is how many people can fill the lane of the known, and how many times that is the
	// lane of strangers.
	shares = 8
)

// fullPause is when it makes sense to send a body again.
const fullPause = 2 * time.Second

// bodies is the memory of all bodies of the process.
type bodies struct {
	mu               sync.Mutex
	known, strangers lane
}

// lane is guarded by the mu of its bodies.
type lane struct {
	left, each int64
	held       map[holder]int64
	// sending are the bookings that may be cut, longest first: of bodies that are not whole yet.
	sending list.List
}

// holder is a person or a big screen.
type holder struct {
	member id.Member
	stage  id.Stage
}

func holderOf(who actor.Actor) holder { return holder{who.Member, who.Stage} }

// newBodies has so many bytes for the known, or a standard for 0.
func newBodies(bytes int64) *bodies {
	if bytes == 0 {
		bytes = standardBodyBytes
	}
	return &bodies{known: lane{left: bytes, each: bytes / shares, held: map[holder]int64{}}, strangers: lane{left: bytes / shares, each: bytes / shares, held: map[holder]int64{}}}
}

// booking is what one body holds. It is the request's own but for of.mu's fields.
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

// booking books nothing yet. While somebody sends, the connection may be closed for others: a body
// that does not come in would hold it, whoever sends it.
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

// begin puts what is sent behind all that is sent already.
func (k *booking) begin() {
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	k.sending = k.lane.sending.PushBack(k)
}

// take books more bytes. Faults: server.unavailable, request.cut.
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

// cutFor ends the booking of who has to make room; false when that is nobody.
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

// longest is what has been sent longest: of strangers when it is not one's own, of the known by who
// holds most when that is more than the asker would hold.
func (l *lane) longest(k *booking, n int) (longest *booking) {
	if first := l.sending.Front(); k.who == (holder{}) {
		if first == nil || first.Value == k {
			return nil
		}
		return first.Value.(*booking)
	}
	most := l.held[k.who] + int64(n)
	if most > l.each {
		return nil // what others hold is not what is lacking
	}
	for e := l.sending.Front(); e != nil; e = e.Next() {
		if one := e.Value.(*booking); one.bytes > 0 && l.held[one.who] > most {
			longest, most = one, l.held[one.who]
		}
	}
	return longest
}

// whole says that the body is there: nobody is cut off any more. Fault: request.cut.
func (k *booking) whole() error {
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	k.sent()
	if k.cut || k.seat != nil && !k.seat.Begin() {
		return errCut
	}
	if k.seat != nil && k.who != (holder{}) {
		k.seat.Claim(k.who)
	}
	return nil
}

// giveAll gives back what is booked, once.
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
