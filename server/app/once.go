package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"

	"github.com/google/uuid"
)

// Operations that create something are idempotent by key, however often a request arrives. The key is
// inserted first in the transaction of the act, so a concurrent second request waits for the first. A
// repeat is authorized again.
//
// Of the answer only the id of what was created is stored. An answer with secrets (the codes of slips,
// a pass, a stage code) is shown once and stored nowhere: its repeat is refused.

var (
	errReused = fault.New(fault.Unprocessable, "request.reused", "This does not fit what was sent before. Please try again.").With(wire.IdempotencyKey, "belongs to another request")
	errDone   = fault.New(fault.Conflict, "request.done", "This was done already. Its code is shown only once: please make a new one.").With(wire.IdempotencyKey, "was answered before, and the answer is not kept")
)

// intent is the idempotency key of a request, with what it asks.
type intent struct {
	operation string
	key       id.Intent
	// asked is a keyed hash of all its values; keyed, so that a typed name cannot be guessed from it.
	asked []byte
}

type intentKey struct{}

// intentOf reads the idempotency key. Fault: input.invalid naming Idempotency-Key.
func (a *App) intentOf(o Operation, r Request) (intent, error) {
	key, err := wire.ParseIntent(r.Header(wire.IdempotencyKey))
	if err != nil {
		return intent{}, err
	}
	m := hmac.New(sha256.New, a.secrets.Derive("what was asked"))
	add := func(value []byte) {
		m.Write(binary.BigEndian.AppendUint64(nil, uint64(len(value))))
		m.Write(value)
	}
	add([]byte(o.Name))
	for _, p := range o.Call.Takes {
		switch p.In {
		case InPath:
			add([]byte(r.Param(p.Name)))
		case InQuery:
			add([]byte(r.Query(p.Name)))
		}
	}
	add(r.Body())
	return intent{o.Name, key, m.Sum(nil)}, nil
}

// once runs the rule of a use case, or repeats its answer for the same key. Faults beside those of the
// rule: request.reused, request.done.
func once[T any](ctx context.Context, a *App, s *step, use string, run func(context.Context, *step) (T, error)) (T, error) {
	var zero T
	in, keyed := ctx.Value(intentKey{}).(intent)
	if !keyed || in.operation != use {
		return run(ctx, s)
	}
	fresh, err := s.KeptActClaim(ctx, dbgen.KeptActClaimParams{FacilityID: s.actor.Facility, Key: in.key, MemberID: s.actor.Member, Operation: use, Asked: in.asked, At: s.now})
	if err != nil {
		return zero, fmt.Errorf("take the key of %s: %w", use, err)
	}
	if fresh == 0 {
		return again[T](ctx, s, in)
	}
	out, err := run(ctx, s)
	if err != nil {
		return zero, err
	}
	return out, a.keepMade(ctx, s, in, out)
}

// keepMade stores the id of what was created, before the commit.
func (a *App) keepMade(ctx context.Context, s *step, in intent, out any) error {
	if made, is := out.(wire.Created); is {
		which, err := uuid.Parse(made.ID)
		if err != nil {
			return fmt.Errorf("read the id that %s made: %w", in.operation, err)
		}
		err = s.Later().KeptActMade(ctx, dbgen.KeptActMadeParams{Made: &which, FacilityID: s.actor.Facility, Key: in.key, MemberID: s.actor.Member})
		if err != nil {
			return err
		}
	}
	return s.Later().KeptActTrim(ctx, dbgen.KeptActTrimParams{FacilityID: s.actor.Facility, MemberID: s.actor.Member, Most: int32(a.most("kept_act"))})
}

// again answers a repeat. Another person's key is invisible here, and gets request.reused like one used
// for another request.
func again[T any](ctx context.Context, s *step, in intent) (out T, err error) {
	row, err := s.KeptActGet(ctx, dbgen.KeptActGetParams{FacilityID: s.actor.Facility, Key: in.key, MemberID: s.actor.Member})
	switch {
	case postgres.NotThere(err):
		return out, errReused
	case err != nil:
		return out, fmt.Errorf("read what %s made: %w", in.operation, err)
	case row.Operation != in.operation || !hmac.Equal(row.Asked, in.asked):
		return out, errReused
	}
	made, is := any(&out).(*wire.Created)
	if !is || row.Made == nil {
		return out, errDone
	}
	made.ID = row.Made.String()
	return out, nil
}
