// Package id gives every kind of entity its own identifier type, so that a worksheet id cannot be
// passed as a workshop id. All are UUIDs; New makes version 7 (ordered by time), NewRandom version 4. The only text form is
// the canonical one: lower case with hyphens.
package id

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// ID identifies an entity of type Kind. The zero ID identifies nothing.
type ID[Kind any] struct{ u uuid.UUID }

type (
	facilityKind   struct{}
	memberKind     struct{}
	signinKind     struct{}
	invitationKind struct{}
	cohortKind     struct{}
	agendaKind     struct{}
	workshopKind   struct{}
	worksheetKind  struct{}
	sealedKind     struct{}
	commandKind    struct{}
	intentKind     struct{}
	stageKind      struct{}
	turnKind       struct{}
	helpTapKind    struct{}
	talkKind       struct{}
	assignmentKind struct{}
	consentKind    struct{}
	nodeKind       struct{}
	attendanceKind struct{}
	pulseKind      struct{}
	noteKind       struct{}
	wordKind       struct{}
)

// The identifiers of Amends.
type (
	// Facility is a tenant.
	Facility = ID[facilityKind]
	// Member is a person in a facility; in version 1 also the person's account. Its 16 bytes
	// are the `acct` of the sealing format.
	Member = ID[memberKind]
	// Signin is an authenticated browser.
	Signin = ID[signinKind]
	// Invitation is a slip.
	Invitation = ID[invitationKind]
	// Cohort is a group that goes through a program together.
	Cohort = ID[cohortKind]
	// Agenda is a reusable list of segments.
	Agenda = ID[agendaKind]
	// Workshop is one scheduled live event, and its room.
	Workshop = ID[workshopKind]
	// Worksheet is the `ws` of a sealed document, chosen by the client.
	Worksheet = ID[worksheetKind]
	// Sealed is one stored version of a sealed document.
	Sealed = ID[sealedKind]
	// Command is the idempotency key of a room command, chosen by the client.
	Command = ID[commandKind]
	// Intent is the idempotency key of an operation that makes something, chosen by the client.
	Intent = ID[intentKind]
	// Stage is a projector view.
	Stage = ID[stageKind]
	// Turn is one person's position in the queue.
	Turn = ID[turnKind]
	// HelpTap is one help tap in a room.
	HelpTap = ID[helpTapKind]
	// TalkRequest is one "tell my counselor" outside a room.
	TalkRequest = ID[talkKind]
	// Assignment pairs a mentor with a participant.
	Assignment = ID[assignmentKind]
	// Consent is a participant's signed yes to one assignment.
	Consent = ID[consentKind]
	// Attendance is one record of how long a person was in a workshop.
	Attendance = ID[attendanceKind]
	// Pulse is one question to the room.
	Pulse = ID[pulseKind]
	// Note is one broadcast note of a counselor.
	Note = ID[noteKind]
	// Word is one check-in word on the screens; the id reveals nothing about its author.
	Word = ID[wordKind]
	// Node is one running server process.
	Node = ID[nodeKind]
)

// New generates a version-7 identifier. It panics only when the system has no randomness.
func New[T ~struct{ u uuid.UUID }]() T {
	return T(struct{ u uuid.UUID }{uuid.Must(uuid.NewV7())})
}

// NewRandom generates a version-4 identifier, which tells no time. An account has one: sign-in shows it
// to strangers, and one of version 7 would differ from that of a name that does not exist. It panics only when
// the system has no randomness.
func NewRandom[T ~struct{ u uuid.UUID }]() T {
	return T(struct{ u uuid.UUID }{uuid.New()})
}

// Parse decodes the canonical text form; any other text and the nil UUID are errors.
func Parse[T ~struct{ u uuid.UUID }](text string) (T, error) {
	var zero T
	u, err := uuid.Parse(text)
	if err != nil || len(text) != 36 || text != strings.ToLower(text) || u == uuid.Nil {
		return zero, fmt.Errorf("not an identifier")
	}
	return T(struct{ u uuid.UUID }{u}), nil
}

// From converts 16 bytes, as Postgres and the sealing format give them.
func From[T ~struct{ u uuid.UUID }](b [16]byte) T {
	return T(struct{ u uuid.UUID }{uuid.UUID(b)})
}

// UUIDs removes the kind: sqlc knows the kind of a column, but not of a list parameter.
func UUIDs[T interface{ Bytes() [16]byte }](ids ...T) []uuid.UUID {
	out := make([]uuid.UUID, 0, len(ids))
	for _, i := range ids {
		out = append(out, i.Bytes())
	}
	return out
}

// Each gives the ids that a query returned their kind.
func Each[T ~struct{ u uuid.UUID }](list []uuid.UUID) []T {
	out := make([]T, 0, len(list))
	for _, u := range list {
		out = append(out, T(struct{ u uuid.UUID }{u}))
	}
	return out
}

// String is the canonical text form, or empty for the zero identifier.
func (i ID[Kind]) String() string {
	if i.u == uuid.Nil {
		return ""
	}
	return i.u.String()
}

// Bytes are the 16 bytes of the identifier.
func (i ID[Kind]) Bytes() [16]byte { return i.u }

// IsZero reports whether i identifies nothing.
func (i ID[Kind]) IsZero() bool { return i.u == uuid.Nil }

// MarshalText encodes the canonical form; the zero identifier is empty.
func (i ID[Kind]) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText decodes the canonical form or an empty text, and refuses every other.
func (i *ID[Kind]) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*i = ID[Kind]{}
		return nil
	}
	parsed, err := Parse[ID[Kind]](string(text))
	if err != nil {
		return err
	}
	*i = parsed
	return nil
}

// Value returns the text form for Postgres, or null for the zero identifier.
func (i ID[Kind]) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return i.u.String(), nil
}

// Scan decodes a Postgres value; null becomes the zero identifier.
func (i *ID[Kind]) Scan(src any) error {
	var u uuid.UUID
	if src == nil {
		*i = ID[Kind]{}
		return nil
	}
	if err := u.Scan(src); err != nil {
		return fmt.Errorf("read identifier: %w", err)
	}
	i.u = u
	return nil
}
