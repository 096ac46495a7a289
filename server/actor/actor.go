// Package actor says who acts. The app's entry (app.do) takes the actor from the context and reads
// that person's rights from the database again; an Actor alone grants nothing.
package actor

import (
	"context"

	"amends/server/id"
)

// Kind distinguishes people, holders of a narrow token, and the server's own work.
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
	// Member and Signin are set for a Person. For a Guest, Member is the guest's own id, because inside
	// a room a guest is treated like any person.
	Member id.Member
	Signin id.Signin
	// Workshop is set for actors bound to one workshop: a Stage, a Guest, and a Person who entered by a
	// room pass. Stage is set for a Stage.
	Workshop id.Workshop
	Stage    id.Stage
	// Request is the correlation id shared by one request's log lines and audit entries.
	Request string
}

type key struct{}

// With returns a context that carries an actor.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, key{}, a) }

// From returns the actor of a context; false means that nobody is signed in.
func From(ctx context.Context) (Actor, bool) {
	a, ok := ctx.Value(key{}).(Actor)
	return a, ok && a.Kind != ""
}
