package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"time"

	"amends/server/actor"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// stageCodes is how many stage codes there are.
var stageCodes = new(big.Int).Exp(big.NewInt(10), big.NewInt(wire.StageCodeLength), nil)

// errStageCode is the same answer for a code that is unknown, used or expired.
var errStageCode = fault.New(fault.NotFound, "stage_code.unknown", "This code is not valid any more. Please take a new one from the counselor's screen.")

// StageCode creates the digits that pair a screen as the stage of a workshop, once, within five
// minutes.
func (a *App) StageCode(ctx context.Context, which id.Workshop) (wire.StageCode, error) {
	type claim struct {
		facility id.Facility
		maker    id.Member
	}
	who, err := do(ctx, a, "makeStageCode", toWorkshop(which), func(ctx context.Context, s *step) (claim, error) {
		w, err := s.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return claim{}, err
		}
		if w.CancelledAt != nil || w.RoomState == string(wire.RoomEnded) {
			return claim{}, errUnderWay.With("workshop", "has ended")
		}
		s.record("stage.code", "workshop", which.Bytes())
		return claim{s.actor.Facility, s.actor.Member}, nil
	})
	if err != nil {
		return wire.StageCode{}, err
	}
	f, w, m := who.facility.Bytes(), which.Bytes(), who.maker.Bytes()
	value := append(append(append([]byte{}, f[:]...), w[:]...), m[:]...)
	for {
		n, err := rand.Int(a.random, stageCodes)
		if err != nil {
			return wire.StageCode{}, fmt.Errorf("draw a stage code: %w", err)
		}
		code := fmt.Sprintf("%0*d", wire.StageCodeLength, n)
		err = a.stores.Codes.Put(ctx, bus.StageCode, code, value, bus.StageCodeLife)
		if errors.Is(err, bus.ErrTaken) {
			continue
		}
		if err != nil {
			return wire.StageCode{}, fault.ErrUnavailable.Because(err)
		}
		return wire.StageCode{Code: code, ExpiresAt: a.now().Add(bus.StageCodeLife).UnixMilli()}, nil
	}
}

// ConnectedStage is a new stage: the secret of its cookie, and its room.
type ConnectedStage struct {
	Token    string
	Workshop id.Workshop
	Until    time.Time
}

// stageLife is the longest life of a stage, for workshops that nobody ends.
const stageLife = 12 * time.Hour

// ConnectStage makes the calling screen a stage. Faults: stage_code.unknown, too_many, door.work.
func (a *App) ConnectStage(ctx context.Context, code string, try Try) (ConnectedStage, error) {
	tried, err := a.countTries(ctx, "connectStage", try)
	if err != nil {
		return ConnectedStage{}, err
	}
	value, ok, err := a.stores.Codes.Take(ctx, bus.StageCode, code)
	if err != nil {
		return ConnectedStage{}, fault.ErrUnavailable.Because(err)
	}
	if !ok || len(value) != 48 {
		return ConnectedStage{}, errStageCode
	}
	tried.refund(ctx)
	facility, which, maker := id.From[id.Facility]([16]byte(value[:16])), id.From[id.Workshop]([16]byte(value[16:32])), id.From[id.Member]([16]byte(value[32:]))
	return doPublic(ctx, a, postgres.Scope{Facility: facility}, func(ctx context.Context, s *step) (ConnectedStage, error) {
		token, hash, err := a.tokens().New(a.random)
		if err != nil {
			return ConnectedStage{}, err
		}
		fresh := id.New[id.Stage]()
		if err := a.putStage(ctx, s, dbgen.StagePutParams{FacilityID: facility, ID: fresh, WorkshopID: which, CreatedBy: maker, CreatedAt: s.now}); err != nil {
			return ConnectedStage{}, err
		}
		if err := s.StageTokenPut(ctx, hash, facility, which, fresh); err != nil {
			return ConnectedStage{}, err
		}
		s.actor.Kind = actor.Stage
		s.record("stage.connected", "workshop", which.Bytes())
		return ConnectedStage{Token: token, Workshop: which, Until: s.now.Add(stageLife)}, nil
	})
}

// putStage stores a stage, and ends the oldest ones of its meeting beyond the cap.
func (a *App) putStage(ctx context.Context, s *step, row dbgen.StagePutParams) error {
	lock := func(ctx context.Context, q *dbgen.Queries) error {
		return q.CapLock(ctx, "stage "+row.WorkshopID.String())
	}
	put := func(ctx context.Context, q *dbgen.Queries) error { return q.StagePut(ctx, row) }
	return s.Together(ctx, lock, put, func(ctx context.Context, q *dbgen.Queries) error {
		return q.StageTrim(ctx, dbgen.StageTrimParams{At: s.now, FacilityID: row.FacilityID, WorkshopID: row.WorkshopID, Fresh: row.ID, Most: int32(a.most("stage") - 1)})
	})
}

// IdentifyStage finds the room of a stage cookie. Fault: signin.needed.
func (a *App) IdentifyStage(ctx context.Context, token string) (actor.Actor, error) {
	hash, ok := a.tokens().Hash(token)
	if !ok {
		return actor.Actor{}, fault.ErrUnauthenticated
	}
	facility, which, stage, err := a.db.StageOf(ctx, hash)
	if err != nil {
		return actor.Actor{}, err
	}
	if stage.IsZero() {
		return actor.Actor{}, fault.ErrUnauthenticated
	}
	return actor.Actor{Kind: actor.Stage, Facility: facility, Workshop: which, Stage: stage}, nil
}

// stageSeat is the seat of a projector: its own workshop, until that ends.
func (a *App) stageSeat(ctx context.Context, who actor.Actor, which id.Workshop) (Seat, error) {
	if who.Workshop != which {
		return Seat{}, fault.ErrForbidden
	}
	key := RoomKey{who.Facility, which}
	err := a.db.Reading(ctx, key.scope(), func(ctx context.Context, tx *postgres.Tx) error {
		row, err := tx.StageGet(ctx, dbgen.StageGetParams{FacilityID: who.Facility, ID: who.Stage})
		if err == nil && (row.EndedAt != nil || a.now().After(row.CreatedAt.Add(stageLife))) {
			return fault.ErrUnauthenticated
		}
		return err
	})
	return Seat{Key: key, Role: wire.RoleStage}, err
}
