// Package id gives every kind of thing its own identifier type, so that a worksheet id
// cannot be passed as a workshop id. All are UUIDs; those we make are version 7 (ordered by
// time). Text is the canonical lower-case form with hyphens; any other form is refused.
package id

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// ID is an identifier of the thing Kind marks. The zero ID names nothing.
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
	callKind       struct{}
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
	// Turn is one person's place in the queue.
	Turn = ID[turnKind]
	// Call is a help tap in a room, or a "tell my counselor" outside one.
	Call = ID[callKind]
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
	// Word is one check-in word on the screens; it says nothing of whose it is.
	Word = ID[wordKind]
	// Node is one running server process.
	Node = ID[nodeKind]
)

// New makes a fresh version-7 identifier. It fails only when the system has no randomness.
func New[T ~struct{ u uuid.UUID }]() T {
	return T(struct{ u uuid.UUID }{uuid.Must(uuid.NewV7())})
}

// Parse reads the canonical text form.
func Parse[T ~struct{ u uuid.UUID }](text string) (T, error) {
	var zero T
	u, err := uuid.Parse(text)
	if err != nil || len(text) != 36 || text != strings.ToLower(text) || u == uuid.Nil {
		return zero, fmt.Errorf("not an identifier")
	}
	return T(struct{ u uuid.UUID }{u}), nil
}

// From makes an identifier of 16 bytes, as Postgres and the sealing format give them.
func From[T ~struct{ u uuid.UUID }](b [16]byte) T {
	return T(struct{ u uuid.UUID }{uuid.UUID(b)})
}

// UUIDs takes the kind away: sqlc knows the kind of a column, and none of a list that a query takes.
func UUIDs[T interface{ Bytes() [16]byte }](ids ...T) []uuid.UUID {
	out := make([]uuid.UUID, 0, len(ids))
	for _, i := range ids {
		out = append(out, i.Bytes())
	}
	return out
}

// Each gives a list that a query made its kind.
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

// IsZero says whether this names nothing.
func (i ID[Kind]) IsZero() bool { return i.u == uuid.Nil }

// MarshalText writes the canonical form.
func (i ID[Kind]) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads the canonical form and refuses every other.
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

// Value gives Postgres the text form, or null for the zero identifier.
func (i ID[Kind]) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return i.u.String(), nil
}

// Scan reads what Postgres sends.
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
