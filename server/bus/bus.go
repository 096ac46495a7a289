// Package bus is the doorbell between the nodes of one installation, and the small
// short-lived stores beside it: rate limits, the back-off of sign-in guessing, resume halves,
// codes that work once, answers to an open pulse, and check-in words.
//
// The rule: nothing here is the truth. Postgres is. A message may be lost, an entry may be
// gone, everything may be flushed; then people wait a second or type a password again, and
// nothing else is lost. What must not happen is the opposite: a limit that fails is a closed
// door, never an open one (see Fallback).
//
// There are two implementations, in memory here and over Redis in redisbus. Both pass the
// one suite in bustest.
package bus

import (
	"context"
	"errors"

	"amends/server/id"
)

// Errors of every implementation. Test with errors.Is.
var (
	// ErrAway says that the store behind this could not be reached in time.
	ErrAway = errors.New("bus: store is away")
	// ErrClosed says that this bus was closed.
	ErrClosed = errors.New("bus: closed")
	// ErrTaken says that a code is in use; draw another one.
	ErrTaken = errors.New("bus: code is taken")
	// ErrMisuse says that the caller passed something senseless, such as a limit of nothing
	// or a lifetime that is over. It is a defect of ours, never of the person asking.
	ErrMisuse = errors.New("bus: misuse")
)

// Topic is one stream of messages. Use Room and Kick; other topics are not made.
type Topic string

// Kick carries Kicked messages: sign-ins that ended, members who were suspended.
const Kick Topic = "kick"

// Room is the topic of one room; it carries Rung, Live, Entered and Spoken messages.
func Room(workshop id.Workshop) Topic { return Topic("room:" + workshop.String()) }

// Bus is the doorbell. It delivers at most once and as well as it can.
//
// What holds: messages of one publisher on one topic arrive in the order in which its Publish
// calls returned; a publisher's own node hears its own messages too; topics do not mix. What
// does not: a message may be lost, and then the subscriber is told by its gap function; and
// one from a moment before the subscription may still come, so messages carry numbers.
type Bus interface {
	// Publish sends payload to every present subscriber of topic, on all nodes. It gives
	// ErrAway within half a second when the doorbell is broken, and ErrClosed; other nodes
	// then do not know, so the publisher of something that matters rings again later. The
	// payload may be used again by the caller.
	Publish(ctx context.Context, topic Topic, payload []byte) error

	// Subscribe calls ring for every message of topic, and gap whenever messages may have
	// been missed: the subscriber must then read the table. Calls for one subscription come
	// one at a time from a goroutine of its own; both functions must return, and must not
	// change the payload, which they may keep. What does not fit the subscriber's buffer of
	// InboxCapacity messages is dropped, oldest first, and gap is called in its place.
	//
	// ctx and half a second bound the wait until the subscription is in force, not its life.
	// While the doorbell is away Subscribe succeeds all the same; gap is called about once a
	// second until it is back, and once more then, so a subscriber that reads on gap stays
	// about a second behind. Faults: ErrClosed, ErrMisuse, the error of ctx.
	Subscribe(ctx context.Context, topic Topic, ring func(payload []byte), gap func()) (Subscription, error)
}

// Subscription is one subscriber's place at a topic.
type Subscription interface {
	// Close ends the subscription. It does not wait, so it may be called by the functions of
	// the subscription itself; a call that is running ends, no other one starts. Closing
	// twice is closing once.
	Close()
}

// Stores are all that one node is given: the doorbell and the stores beside it.
type Stores struct {
	Bus     Bus
	Limits  Limiter
	Backoff Backoff
	Halves  Halves
	Codes   Once
	Pulses  Pulses
	Words   Words
}
