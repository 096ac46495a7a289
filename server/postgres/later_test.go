package postgres_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/postgres/pgtest"
)

// A batch sent in one round trip fails as a whole: no statement's error is lost.
func TestARoomBatchThatCannotBeWrittenReturnsItsError(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Open(t)
	scope := postgres.Scope{Facility: id.New[id.Facility](), Workshop: id.New[id.Workshop]()}
	event := dbgen.RoomEventPutParams{FacilityID: scope.Facility, WorkshopID: scope.Workshop, Seq: 1, At: time.Now(), Kind: "room.opened", Data: json.RawMessage("{}")}
	command := dbgen.RoomCommandPutParams{FacilityID: scope.Facility, WorkshopID: scope.Workshop, ActorID: id.New[id.Member](), CommandID: id.New[id.Command](), Seq: 1, At: time.Now()}
	foreign := event
	foreign.FacilityID = id.New[id.Facility]()
	for name, w := range map[string]postgres.RoomWritten{
		"an event of no workshop":         {Events: []dbgen.RoomEventPutParams{event}},
		"an event of another facility":    {Events: []dbgen.RoomEventPutParams{foreign}},
		"a command of no workshop, alone": {Commands: []dbgen.RoomCommandPutParams{command}},
	} {
		err := db.Within(t.Context(), scope, func(ctx context.Context, tx *postgres.Tx) error { return tx.RoomWrite(ctx, w) })
		if err == nil {
			t.Errorf("%s was written", name)
		}
	}
	err := db.Within(t.Context(), scope, func(ctx context.Context, tx *postgres.Tx) error { return tx.RoomWrite(ctx, postgres.RoomWritten{}) })
	if err != nil {
		t.Errorf("nothing to write: %v", err)
	}
}
