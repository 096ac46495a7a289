package bus

import (
	"context"
	"fmt"
	"time"
)

// Limiter counts tries. It is the generic cell rate algorithm (ITU-T I.371): a key may do
// Burst things at once and then one every Per/Limit; so at most Burst+Limit in any Per.
//
// Keys never hold a name, a code or an address in clear: the caller passes a keyed hash, and
// redisbus hashes once more.
type Limiter interface {
	// Allow takes one try of key under rule, or says how long to wait. It is exact under
	// concurrency, over all nodes. An error (ErrAway, ErrMisuse, that of ctx) is a refusal.
	Allow(ctx context.Context, key string, rule Rule) (Decision, error)

	// Refund gives one try back. Where only failures count (a house behind one address),
	// take first and refund on success: to look first and count later would let any number
	// of tries through at the same moment. Refunding what was never taken changes nothing.
	Refund(ctx context.Context, key string, rule Rule) error
}

// Decision is the answer of a Limiter. The zero Decision is a refusal.
type Decision struct {
	OK bool
	// RetryAfter is how long until the next try would pass; 0 when this one did.
	RetryAfter time.Duration
	// Left is how many more would pass at this moment.
	Left int
}

// Rule is one limit: Limit tries every Per, of which Burst may come at once. Rules with
// different names count apart.
type Rule struct {
	Name  string
	Limit int
	Per   time.Duration
	Burst int
	// Overall says that everybody's tries count together.
	Overall bool
}

// Step is the time one try costs, in whole milliseconds, the grain of Redis' clocks.
func (r Rule) Step() time.Duration {
	if r.Limit < 1 {
		return 0
	}
	return (r.Per / time.Duration(r.Limit)).Truncate(time.Millisecond)
}

// Room is how much time of tries a key may be ahead.
func (r Rule) Room() time.Duration { return r.Step() * time.Duration(r.Burst) }

// Check gives ErrMisuse for a rule that would allow everything or nothing.
func (r Rule) Check() error {
	if r.Name == "" || r.Burst < 1 || r.Step() < time.Millisecond || r.Room()/r.Step() != time.Duration(r.Burst) {
		return fmt.Errorf("%w: rule %q", ErrMisuse, r.Name)
	}
	return nil
}

// Stricter is the rule for a node that counts alone: a quarter of everything, at least one.
// Four nodes together then allow about what the rule says.
func (r Rule) Stricter() Rule {
	r.Limit = max(1, r.Limit/4)
	r.Burst = max(1, r.Burst/4)
	return r
}

func perHour(name string, limit int) Rule {
	return Rule{Name: name, Limit: limit, Per: time.Hour, Burst: limit}
}

// The rules of Amends (4-sealing section 8, 5-access "Guessing"). "Failures" means: Allow first,
// Refund on success. A test fails for a rule that nothing outside this package calls.
//
// There is no rule for an account or a facility as a whole: whoever knows a name could use it up
// and refuse the right password (decision 0017). Per name there is the Backoff.

// PreloginPerAddress counts questions of how to derive a key, from one address.
func PreloginPerAddress() Rule {
	return Rule{Name: "prelogin-address", Limit: 600, Per: time.Hour, Burst: 120}
}

// SigninPerAddress counts failures of one address (/64 or /32).
func SigninPerAddress() Rule { return perHour("signin-address", 50) }

// InvitationPerAddress counts failed slip codes of one address.
func InvitationPerAddress() Rule { return perHour("invitation-address", 20) }

// PairingPerAddress counts failed pairing codes of one address.
func PairingPerAddress() Rule {
	return Rule{Name: "pairing-address", Limit: 10, Per: PairingLife, Burst: 10}
}

// PairingOverall counts failed pairing codes of everybody, against guessing from many
// addresses: in the life of one code at most 240 of a million can be tried.
func PairingOverall() Rule {
	return Rule{Name: "pairing-overall", Limit: 120, Per: PairingLife, Burst: 120, Overall: true}
}

// RoomCodePerAddress counts failed room codes and room passes of one address.
func RoomCodePerAddress() Rule {
	return Rule{Name: "room-code-address", Limit: 20, Per: PairingLife, Burst: 20}
}

// RoomCodeOverall counts failed room codes and passes of everybody. A room code is one of 2^30
// and lives a day: guessing at this pace from any number of addresses finds one of a hundred
// open meetings in more than a year.
func RoomCodeOverall() Rule {
	return Rule{Name: "room-code-overall", Limit: 240, Per: PairingLife, Burst: 240, Overall: true}
}

// GuestsPerAddress counts guests from one address. The whole room of a large open meeting may
// be behind one wifi, so this only stops a flood.
func GuestsPerAddress() Rule { return perHour("guests-address", 6000) }

// WritePerMember counts what one signed-in person or guest changes by one use case; its key names
// both, so that a page that saves in a loop uses up its own lane and never that of a call for
// help. A whole shelf (600 documents) can be sealed again at once. Commands of a room are not
// counted here: they have a limit of their own beside the room.
func WritePerMember() Rule {
	return Rule{Name: "write-member", Limit: 300, Per: time.Minute, Burst: 600}
}
