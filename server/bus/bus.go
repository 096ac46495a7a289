// Package bus is the pub/sub between the nodes of one installation (a message only notifies: there
// is something to read), and the small short-lived stores beside it: rate limits, the back-off of
// sign-in guessing, resume halves, single-use codes, answers to an open pulse, and check-in words.
//
// Rule: nothing here is the source of truth; Postgres is. If a message is lost, an entry gone or
// everything flushed, people wait a second or type a password again, and nothing else is lost. The
// opposite must not happen: a limit that cannot be checked refuses, it never lets through (fail closed,
// see Fallback).
//
// There are two implementations, in memory here and over Redis in redisbus. Both pass the conformance
// suite in bustest.
package bus

import (
	"context"
	"errors"

	"amends/server/id"
)

// Errors that every implementation may return. Test with errors.Is.
var (
	// ErrAway says that the store could not be reached in time.
	ErrAway = errors.New("bus: store is away")
	// ErrClosed says that this bus was closed.
	ErrClosed = errors.New("bus: closed")
	// ErrTaken says that a code is in use; draw another.
	ErrTaken = errors.New("bus: code is taken")
	// ErrMisuse says that an argument makes no sense, such as a limit of zero or an expired lifetime: a
	// defect in our code, never a mistake of the person asking.
	ErrMisuse = errors.New("bus: misuse")
)

// Topic is one stream of messages: Kick, or one made by Room.
type Topic string

// Kick carries Kicked messages: sign-ins that ended, members whose rights must be read again.
const Kick Topic = "kick"

// Room is the topic of one room; it carries Committed, Live, Entered and Spoken messages.
func Room(workshop id.Workshop) Topic { return Topic("room:" + workshop.String()) }

// Bus is best-effort pub/sub with at-most-once delivery.
//
// Guarantees: messages of one publisher on one topic arrive in the order in which its Publish calls
// returned; a node receives its own messages too; topics do not mix. No guarantees: a message may be
// lost, and then the subscriber's gap function is called; and one from just before the subscription may
// still arrive, which is why messages carry numbers.
type Bus interface {
	// Publish sends payload to every current subscriber of topic, on all nodes. It returns ErrAway
	// within half a second when the store cannot be reached, or ErrClosed; other nodes then know
	// nothing, so the publisher of something that matters must publish again later. The caller may
	// reuse payload.
	Publish(ctx context.Context, topic Topic, payload []byte) error

	// Subscribe calls message for every message of topic, and gap whenever messages may have been missed:
	// the subscriber must then read the table. Calls for one subscription are serial, from its own
	// goroutine; both functions must return, and may keep the payload but not change it. When a
	// subscriber's InboxCapacity messages are full, all of them are dropped and gap is called instead.
	//
	// ctx and half a second bound the wait until the subscription is in force, not its life. While the
	// store is unreachable Subscribe succeeds all the same; gap is then called about once a second
	// until it is back, and once more then, so a subscriber that reads on gap lags by about a second.
	// Errors: ErrClosed, ErrMisuse, that of ctx.
	Subscribe(ctx context.Context, topic Topic, message func(payload []byte), gap func()) (Subscription, error)
}

// Subscription is one subscriber of one topic.
type Subscription interface {
	// Close ends the subscription: a running call finishes and no other one starts. It does not wait,
	// so the subscription's own functions may call it. It is idempotent.
	Close()
}

// Stores are what one node uses: the pub/sub and the stores beside it.
type Stores struct {
	Bus    Bus
	Limits Limiter
	// Local counts the rules that each node counts alone.
	Local   Limiter
	Backoff Backoff
	Halves  Halves
	Codes   Once
	Pulses  Pulses
	Words   Words
}
