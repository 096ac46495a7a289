package app

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"time"

	"amends/roles"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
	"amends/server/worksheet"
)

// SaveWorksheet stores one sealed version, or with Replace re-seals a stored version for other readers.
// Sending the same version again is idempotent. Feedback is stored with the page it is about, whose
// owner it names. Faults: worksheet.shape, worksheet.moved_on, worksheet.reader_refused,
// worksheet.full.
func (a *App) SaveWorksheet(ctx context.Context, in wire.Save) (wire.Created, error) {
	if err := worksheet.CheckSealed(in.File, len(in.Readers)); err != nil {
		return wire.Created{}, err
	}
	if in.Typ == worksheet.Feedback {
		return a.saveFeedback(ctx, in)
	}
	return do(ctx, a, "saveWorksheet", myself, func(ctx context.Context, s *step) (wire.Created, error) {
		me := s.actor.Member
		if err := worksheet.CheckReaders(in.Readers, me); err != nil {
			return wire.Created{}, err
		}
		if err := everyReaderMay(ctx, s, in); err != nil {
			return wire.Created{}, err
		}
		if in.Replace {
			return wire.Created{}, a.reseal(ctx, s, in)
		}
		return a.storeVersion(ctx, s, in, me, sha256.Sum256(in.File))
	})
}

// saveFeedback stores a mentor's sealed feedback on a page that they may read today; only the mentor
// and the page's owner can read it.
func (a *App) saveFeedback(ctx context.Context, in wire.Save) (wire.Created, error) {
	relate := func(ctx context.Context, s *step) (roles.Relation, error) { return sharedBy(ctx, s, in.Owner, in.Ws) }
	return do(ctx, a, "saveFeedback", relate, func(ctx context.Context, s *step) (wire.Created, error) {
		if in.Replace || !slices.Equal(in.Readers, []id.Member{s.actor.Member, in.Owner}) {
			return wire.Created{}, worksheet.ErrReaderRefused
		}
		return a.storeVersion(ctx, s, in, in.Owner, sha256.Sum256(in.File))
	})
}

// storeVersion inserts the next version of a document by the actor.
func (a *App) storeVersion(ctx context.Context, s *step, in wire.Save, owner id.Member, sum [32]byte) (wire.Created, error) {
	blob, err := a.sealAtRest(ctx, s, owner, in.File)
	if err != nil {
		return wire.Created{}, err
	}
	fresh := id.New[id.Sealed]()
	row := dbgen.WorksheetSaveParams{FacilityID: s.actor.Facility, ID: fresh, OwnerID: owner, AuthorID: s.actor.Member, Ws: in.Ws, Ver: int32(in.Ver), Typ: in.Typ,
		Readers: in.Readers, Size: int32(len(in.File)), Sha256: sum[:], Day: s.now, Blob: blob}
	stored, use, err := insertVersion(ctx, s, row)
	switch {
	case err != nil:
		return wire.Created{}, err
	case !stored:
		return sameVersion(ctx, s, in, owner, sum)
	}
	if owner != s.actor.Member {
		s.record("feedback.save", "worksheet", in.Ws.Bytes())
	}
	return wire.Created{ID: fresh.String()}, worksheet.CheckRoom(use.Documents, use.Bytes, a.most("sealed"))
}

// insertVersion inserts a version if it is the next one, prunes old versions of the author's own pages,
// and reads how much space the author then uses, in one round trip. If the version was not the next
// one, either it is the stored one that pruned these before, or the transaction is rolled back.
func insertVersion(ctx context.Context, s *step, row dbgen.WorksheetSaveParams) (stored bool, use dbgen.WorksheetUsageRow, err error) {
	asks := []postgres.Ask{func(ctx context.Context, q *dbgen.Queries) error {
		n, err := q.WorksheetSave(ctx, row)
		stored = n > 0
		return err
	}}
	if through := row.Ver - worksheet.KeepVersions; through > 0 && row.OwnerID == row.AuthorID {
		asks = append(asks, func(ctx context.Context, q *dbgen.Queries) error {
			_, err := q.WorksheetPrune(ctx, dbgen.WorksheetPruneParams{FacilityID: row.FacilityID, OwnerID: row.OwnerID, Ws: row.Ws, Typ: row.Typ, Through: through})
			return err
		})
	}
	asks = append(asks, func(ctx context.Context, q *dbgen.Queries) (err error) {
		use, err = q.WorksheetUsage(ctx, dbgen.WorksheetUsageParams{FacilityID: row.FacilityID, AuthorID: row.AuthorID})
		return err
	})
	err = s.Together(ctx, asks...)
	return stored, use, err
}

// reseal replaces the file of a stored version with one for other readers. The old file is deleted by
// that.
func (a *App) reseal(ctx context.Context, s *step, in wire.Save) error {
	me, sum := s.actor.Member, sha256.Sum256(in.File)
	blob, err := a.sealAtRest(ctx, s, me, in.File)
	if err != nil {
		return err
	}
	n, err := s.WorksheetReseal(ctx, dbgen.WorksheetResealParams{Readers: in.Readers, Size: int32(len(in.File)), Sha256: sum[:], Blob: blob,
		FacilityID: s.actor.Facility, OwnerID: me, Ws: in.Ws, Typ: in.Typ, Ver: int32(in.Ver)})
	if err == nil && n == 0 {
		err = fault.ErrNotFound
	}
	return err
}

// everyReaderMay checks that a page is sealed only to people with an open grant.
func everyReaderMay(ctx context.Context, s *step, in wire.Save) error {
	others := slices.DeleteFunc(slices.Clone(in.Readers), func(r id.Member) bool { return r == s.actor.Member })
	if len(others) == 0 {
		return nil
	}
	open, err := s.GrantOpen(ctx, dbgen.GrantOpenParams{FacilityID: s.actor.Facility, OwnerID: s.actor.Member, Ws: in.Ws, Readers: id.UUIDs(others...), Now: s.now})
	if err != nil {
		return err
	}
	if len(open) != len(others) {
		return worksheet.ErrReaderRefused
	}
	return nil
}

// sameVersion answers a repeat as before; anything else is a conflict.
func sameVersion(ctx context.Context, s *step, in wire.Save, owner id.Member, sum [32]byte) (wire.Created, error) {
	old, err := s.WorksheetVersion(ctx, dbgen.WorksheetVersionParams{FacilityID: s.actor.Facility, OwnerID: owner, AuthorID: s.actor.Member, Ws: in.Ws, Typ: in.Typ, Ver: int32(in.Ver)})
	if err == nil && [32]byte(old.Sha256) == sum {
		return wire.Created{ID: old.ID.String()}, nil
	}
	if err != nil && !postgres.NotThere(err) {
		return wire.Created{}, err
	}
	return wire.Created{}, worksheet.ErrMovedOn
}

// Worksheets lists the newest version of each of the person's own documents, and of each mentor's
// feedback on them.
func (a *App) Worksheets(ctx context.Context) (wire.SealedList, error) {
	return do(ctx, a, "listWorksheets", myself, func(ctx context.Context, s *step) (wire.SealedList, error) {
		rows, err := s.WorksheetList(ctx, dbgen.WorksheetListParams{FacilityID: s.actor.Facility, OwnerID: s.actor.Member, Typs: []string{worksheet.Page, worksheet.Mine, worksheet.Feedback}})
		if err != nil {
			return wire.SealedList{}, err
		}
		out := wire.SealedList{Sealed: []wire.Sealed{}}
		for _, r := range rows {
			out.Sealed = append(out.Sealed, sealedOf(dbgen.WorksheetVersionsOfRow(r)))
		}
		return out, nil
	})
}

func sealedOf(r dbgen.WorksheetVersionsOfRow) wire.Sealed {
	return wire.Sealed{ID: r.ID.String(), Ws: r.Ws.String(), Ver: int(r.Ver), Typ: r.Typ, Owner: acct(r.OwnerID), Author: acct(r.AuthorID), Readers: accts(r.Readers),
		Size: int(r.Size), Sha256: hex.EncodeToString(r.Sha256), Day: r.Day.Format(time.DateOnly)}
}

// acct encodes a member id as in the sealing format.
func acct(m id.Member) string {
	b := m.Bytes()
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func accts(ms []id.Member) []string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = acct(m)
	}
	return out
}

// toWorksheet is the relation to a worksheet. Only rows visible under row-level security count: for
// everybody else it does not exist.
func toWorksheet(ws id.Worksheet) relation {
	return func(ctx context.Context, s *step) (roles.Relation, error) {
		owners, err := s.WorksheetOwners(ctx, dbgen.WorksheetOwnersParams{FacilityID: s.actor.Facility, Ws: ws})
		if err != nil {
			return roles.None, err
		}
		if len(owners) == 0 {
			return roles.None, fault.ErrNotFound
		}
		if slices.Contains(owners, s.actor.Member) {
			return roles.Own, nil
		}
		return sharedBy(ctx, s, owners[0], ws)
	}
}

func sharedBy(ctx context.Context, s *step, owner id.Member, ws id.Worksheet) (roles.Relation, error) {
	open, err := s.GrantOf(ctx, dbgen.GrantOfParams{FacilityID: s.actor.Facility, OwnerID: owner, Ws: ws, ReaderID: s.actor.Member, Now: s.now})
	if err != nil || !open {
		return roles.None, err
	}
	return roles.Shared, nil
}

// WorksheetVersions lists the stored versions of one document.
func (a *App) WorksheetVersions(ctx context.Context, ws id.Worksheet) (wire.SealedList, error) {
	return do(ctx, a, "listVersions", toWorksheet(ws), func(ctx context.Context, s *step) (wire.SealedList, error) {
		owners, err := s.WorksheetOwners(ctx, dbgen.WorksheetOwnersParams{FacilityID: s.actor.Facility, Ws: ws})
		if err != nil || len(owners) == 0 {
			return wire.SealedList{}, err
		}
		owner := owners[0]
		if slices.Contains(owners, s.actor.Member) {
			owner = s.actor.Member
		}
		rows, err := s.WorksheetVersionsOf(ctx, dbgen.WorksheetVersionsOfParams{FacilityID: s.actor.Facility, OwnerID: owner, Ws: ws})
		if err != nil {
			return wire.SealedList{}, err
		}
		out := wire.SealedList{Sealed: []wire.Sealed{}}
		for _, r := range rows {
			out.Sealed = append(out.Sealed, sealedOf(r))
		}
		return out, nil
	})
}

// OpenSealed returns the sealed bytes of one version to its owner or to a reader with an open grant.
// Reading another person's page writes an audit entry for its owner.
func (a *App) OpenSealed(ctx context.Context, which id.Sealed) ([]byte, error) {
	relate := func(ctx context.Context, s *step) (roles.Relation, error) {
		row, err := s.WorksheetBlob(ctx, dbgen.WorksheetBlobParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return roles.None, err
		}
		if row.OwnerID == s.actor.Member {
			return roles.Own, nil
		}
		return sharedBy(ctx, s, row.OwnerID, row.Ws)
	}
	return do(ctx, a, "openSealed", relate, func(ctx context.Context, s *step) ([]byte, error) {
		row, err := s.WorksheetBlob(ctx, dbgen.WorksheetBlobParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return nil, err
		}
		if row.OwnerID != s.actor.Member && row.Typ == worksheet.Page {
			s.record("worksheet.open", "worksheet", row.Ws.Bytes())
		}
		return a.openAtRest(ctx, s, row.OwnerID, row.Blob)
	})
}

// DeleteWorksheet deletes every version of one of the person's own documents, and closes its grants.
func (a *App) DeleteWorksheet(ctx context.Context, ws id.Worksheet) error {
	return act(ctx, a, "deleteWorksheet", toWorksheet(ws), func(ctx context.Context, s *step) error {
		n, err := s.WorksheetDelete(ctx, dbgen.WorksheetDeleteParams{FacilityID: s.actor.Facility, OwnerID: s.actor.Member, Ws: ws})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.ErrNotFound
		}
		s.record("worksheet.delete", "worksheet", ws.Bytes())
		readers, err := s.GrantsClosePage(ctx, dbgen.GrantsClosePageParams{At: &s.now, FacilityID: s.actor.Facility, OwnerID: s.actor.Member, Ws: ws})
		for _, reader := range readers {
			s.then(func(ctx context.Context) { a.kick(ctx, s.actor.Facility, reader) })
		}
		return err
	})
}
