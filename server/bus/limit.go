package bus

import (
	"context"
	"fmt"
	"time"
)

// Limiter is a rate limiter: the generic cell rate algorithm (ITU-T I.371). A key may take Burst tries
// at once and then one every Per/Limit; so at most Burst+Limit in any Per.
//
// Keys never contain a name, a code or an address in clear: the caller passes a keyed hash, and
// redisbus hashes again.
type Limiter interface {
	// Allow takes one try of key under rule, or says how long to wait. It is exact under concurrency,
	// over all nodes. Treat an error (ErrAway, ErrMisuse, that of ctx) as a refusal.
	Allow(ctx context.Context, key string, rule Rule) (Decision, error)

	// Refund gives one try back. Where only failures count (many people behind one address), take first
	// and refund on success: checking first and counting afterwards would let any number of concurrent
	// tries through. Refunding a try that was never taken changes nothing.
	Refund(ctx context.Context, key string, rule Rule) error
}

// Decision is the result of Allow. The zero Decision is a refusal.
type Decision struct {
	OK bool
	// RetryAfter is how long until the next try would pass; 0 when this one did.
	RetryAfter time.Duration
	// Left is how many more tries would pass now.
	Left int
}

// Rule is one limit: Limit tries every Per, of which Burst may come at once. Rules with different names
// are counted separately.
type Rule struct {
	Name  string
	Limit int
	Per   time.Duration
	Burst int
	// Overall says that all callers share one counter. It refuses nobody: when it is used up, a try
	// needs a solved puzzle (decision 0025).
	Overall bool
	// Local says that each node counts alone, in memory: for what is asked often and costs little, so that
	// counting costs less. Such a rule is counted by Stores.Local.
	Local bool
}

// Step is the time that one try costs, truncated to milliseconds, the resolution of Redis' clock.
func (r Rule) Step() time.Duration {
	if r.Limit < 1 {
		return 0
	}
	return (r.Per / time.Duration(r.Limit)).Truncate(time.Millisecond)
}

// Room is how far a key may be ahead of its rate.
func (r Rule) Room() time.Duration { return r.Step() * time.Duration(r.Burst) }

// Check returns ErrMisuse for a rule that would allow everything or nothing.
func (r Rule) Check() error {
	if r.Name == "" || r.Burst < 1 || r.Step() < time.Millisecond || r.Room()/r.Step() != time.Duration(r.Burst) {
		return fmt.Errorf("%w: rule %q", ErrMisuse, r.Name)
	}
	return nil
}

// Stricter is the rule for a node that counts locally: a quarter of the limits, at least one, so that
// four nodes together allow about what the rule says.
func (r Rule) Stricter() Rule {
	r.Limit = max(1, r.Limit/4)
	r.Burst = max(1, r.Burst/4)
	return r
}

// siteShare is how many households of one IPv6 site together use up the limit of the site. It is small
// enough that a single site cannot use up what is counted for everybody.
const siteShare = 8

// OfSite is the rule for the /48 that an IPv6 address is part of: a network that renews its /64 with
// every try is counted there.
func (r Rule) OfSite() Rule {
	r.Name += "-site"
	r.Limit *= siteShare
	r.Burst *= siteShare
	return r
}

func perHour(name string, limit int) Rule {
	return Rule{Name: name, Limit: limit, Per: time.Hour, Burst: limit}
}

// The rules of Amends (decisions 0017, 0025 and 0027). "Failures" means: Allow first, Refund on
// success. A test fails for a rule that is not called from outside this package.
//
// No rule counts a whole account or facility: anyone who knows a name could use it up so that the right
// password is refused (decision 0017). Per name there is the Backoff.

// PreloginPerAddress counts requests for a name's key derivation parameters, per address.
func PreloginPerAddress() Rule {
	return Rule{Name: "prelogin-address", Limit: 600, Per: time.Hour, Burst: 120}
}

// SigninPerAddress counts failed sign-ins of one address (IPv6 by /64, IPv4 by /32; see OfSite).
func SigninPerAddress() Rule { return perHour("signin-address", 50) }

// PreloginPerDevice counts the same requests of one device that signed in before with that name. Like the
// password that follows, they do not count for the address, where strangers may have used up the limit.
func PreloginPerDevice() Rule {
	return Rule{Name: "prelogin-device", Limit: 120, Per: time.Hour, Burst: 30}
}

// InvitationPerAddress counts failed slip codes of one address.
func InvitationPerAddress() Rule { return perHour("invitation-address", 20) }

// NamesPerSlip counts the sign-in names that the holder of one slip asked for, taken or free.
func NamesPerSlip() Rule { return perHour("names-slip", 20) }

// StageCodePerAddress counts failed stage codes of one address that come without a puzzle.
func StageCodePerAddress() Rule {
	return Rule{Name: "stage-code-address", Limit: 10, Per: StageCodeLife, Burst: 10}
}

// StageCodeOverall counts all failed stage codes, against guessing from many addresses. A stage code is
// one of 10^8 and lives five minutes.
func StageCodeOverall() Rule {
	return Rule{Name: "stage-code-overall", Limit: 120, Per: StageCodeLife, Burst: 120, Overall: true}
}

// RoomCodePerAddress counts failed room codes of one address that come without a puzzle.
func RoomCodePerAddress() Rule {
	return Rule{Name: "room-code-address", Limit: 20, Per: StageCodeLife, Burst: 20}
}

// RoomCodeOverall counts all failed room codes. A room code is one of 2^30 and lives a day: at this rate,
// without puzzles, guessing needs more than a year to find one of a hundred open meetings. Room passes
// need no such limit: one of 2^40 for ten minutes.
func RoomCodeOverall() Rule {
	return Rule{Name: "room-code-overall", Limit: 240, Per: StageCodeLife, Burst: 240, Overall: true}
}

// RoomPassPerAddress counts failed room passes of one address. It is not that of room codes: what somebody
// in the house tries in vain at the guests' door must not keep out those whom a counselor lets in.
func RoomPassPerAddress() Rule {
	return Rule{Name: "room-pass-address", Limit: 20, Per: StageCodeLife, Burst: 20}
}

// CodesPerMember counts the failed codes of one signed-in person, or of all devices that one account
// signed in on before, when others used up what counts for all: people whom the server knows solve no
// puzzle.
func CodesPerMember() Rule {
	return Rule{Name: "codes-member", Limit: 20, Per: StageCodeLife, Burst: 20}
}

// PuzzlesPerAddress counts the puzzles that one address asked for. They cost little to make; what is tried
// with them is counted too.
func PuzzlesPerAddress() Rule {
	return Rule{Name: "puzzles-address", Limit: 600, Per: StageCodeLife, Burst: 600}
}

// WorkPerAddress counts failed codes of one address, each with a solved puzzle, after it used up what it
// may try without: a whole house may be one address, with one troll in it.
func WorkPerAddress() Rule {
	return Rule{Name: "work-address", Limit: 40, Per: StageCodeLife, Burst: 40}
}

// PuzzleOnce counts how often one puzzle was handed in: once in its whole life.
func PuzzleOnce() Rule {
	return Rule{Name: "puzzle-once", Limit: 1, Per: 2 * puzzleLife, Burst: 1}
}

// puzzleLife is at least as long as a puzzle can be handed in (puzzle.Life, a test).
const puzzleLife = 2 * time.Minute

// GuestsPerAddress counts guests from one address. A large open meeting may share one address, so this
// only stops a flood.
func GuestsPerAddress() Rule { return perHour("guests-address", 6000) }

// RefusalPerMember spaces the audit entries of what one person was refused through one use case: a page
// that asks in a loop makes one entry a minute.
func RefusalPerMember() Rule {
	return Rule{Name: "refusal-member", Limit: 1, Per: time.Minute, Burst: 1}
}

// WritePerMember counts the changes that one signed-in person or guest makes through one use case. The
// key names both, so that a page that saves in a loop exhausts its own limit and never that of a talk
// request. The burst lets a person seal all 600 documents again at once. Room commands have their own
// limit.
func WritePerMember() Rule {
	return Rule{Name: "write-member", Limit: 300, Per: time.Minute, Burst: 600}
}

// ReadPerMember counts the questions that one signed-in person or guest asks through one use case, on
// each node. A page that reads in a loop exhausts its own limit and nothing else, least of all the
// crisis lines.
func ReadPerMember() Rule {
	return Rule{Name: "read-member", Limit: 1200, Per: time.Minute, Burst: 600, Local: true}
}

// PollPerSeat counts the polls of one person, guest or stage in one room, over all their devices. A poll
// is held until something changes; ten changes a second are more than a room has.
func PollPerSeat() Rule {
	return Rule{Name: "poll-seat", Limit: 600, Per: time.Minute, Burst: 120, Local: true}
}

// JoinPerSeat counts how often one person, guest or stage enters one room, by socket or poll, over all
// devices and nodes. A phone that cannot stay connected tries about twelve times in a minute, because its
// pauses double; all people of a room who reconnect at once each have a count of their own.
func JoinPerSeat() Rule {
	return Rule{Name: "join-seat", Limit: 60, Per: time.Minute, Burst: 60}
}

// CommandPerSeat counts the commands of one person or guest in one room without a socket, over all their
// devices: a new device must not bring a new limit. Four devices at the limit of one connection are
// less.
func CommandPerSeat() Rule {
	return Rule{Name: "command-seat", Limit: 480, Per: time.Minute, Burst: 120, Local: true}
}
