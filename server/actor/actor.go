// Package actor says who acts. The way in reads it from the context and re-reads in the
// database what the person may be; nothing else trusts it.
package actor

import (
	"context"

	"amends/server/id"
)

// Kind tells people from the narrow tokens and from the server's own work.
type Kind string

// The kinds of actor, as the audit log names them.
const (
	Person Kind = "member"
	Stage  Kind = "stage"
	Guest  Kind = "guest"
	System Kind = "system"
)

// Actor is who acts. The zero Actor is nobody.
type Actor struct {
	Kind     Kind
	Facility id.Facility
	// Member and Signin are set for a Person. The Member of a Guest is the guest's own id: in
	// the room a guest is a person like others.
	Member id.Member
	Signin id.Signin
	// Workshop is set for whoever is bound to one workshop: a Stage, a Guest, and a Person who
	// came in by a room pass. Stage is set for a Stage.
	Workshop id.Workshop
	Stage    id.Stage
	// Request is the id that log lines and audit entries of one request share.
	Request string
}

type key struct{}

// With puts an actor into a context.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, key{}, a) }

// From finds the actor; false means nobody is signed in.
func From(ctx context.Context) (Actor, bool) {
	a, ok := ctx.Value(key{}).(Actor)
	return a, ok && a.Kind != ""
}
