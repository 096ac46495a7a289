package app

import (
	"context"
	"crypto/sha256"

	"amends/roles"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
	"amends/server/worksheet"
)

// A counselor's private note on a workshop is sealed to the counselor alone: its `ws` is the workshop's
// id, and no other route lists or opens it.

// Note returns the counselor's newest note on a workshop; version 0 for none.
func (a *App) Note(ctx context.Context, workshop id.Workshop) (wire.Note, error) {
	return do(ctx, a, "readNote", ofFacilitator(workshop), func(ctx context.Context, s *step) (wire.Note, error) {
		row, err := s.NoteGet(ctx, dbgen.NoteGetParams{FacilityID: s.actor.Facility, AuthorID: s.actor.Member, Ws: noteID(workshop)})
		if postgres.NotThere(err) {
			return wire.Note{}, nil
		}
		if err != nil {
			return wire.Note{}, err
		}
		file, err := a.openAtRest(ctx, s, s.actor.Member, row.Blob)
		return wire.Note{Ver: int(row.Ver), File: b64(file)}, err
	})
}

// SaveNote stores the next version. Faults: worksheet.shape, worksheet.moved_on, worksheet.full.
func (a *App) SaveNote(ctx context.Context, workshop id.Workshop, note wire.NoteSave) error {
	if err := worksheet.CheckSealed(note.File, 1); err != nil {
		return err
	}
	return act(ctx, a, "saveNote", ofFacilitator(workshop), func(ctx context.Context, s *step) error {
		me := s.actor.Member
		in := wire.Save{Ws: noteID(workshop), Ver: note.Ver, Typ: worksheet.Note, Readers: []id.Member{me}, File: note.File}
		_, err := a.storeVersion(ctx, s, in, me, sha256.Sum256(note.File))
		return err
	})
}

// ofFacilitator is the relation to one's own note: only facilitators of the workshop have one.
func ofFacilitator(workshop id.Workshop) relation {
	return func(ctx context.Context, s *step) (roles.Relation, error) {
		if is, err := isFacilitator(ctx, s, workshop); err != nil || !is {
			return roles.None, err
		}
		return roles.Own, nil
	}
}

// noteID is the `ws` of a note: the workshop's id.
func noteID(workshop id.Workshop) id.Worksheet { return id.From[id.Worksheet](workshop.Bytes()) }
