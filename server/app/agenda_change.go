package app

import (
	"context"
	"encoding/json"
	"fmt"

	"amends/server/agenda"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// Changes of own agendas. Each locks the agenda's row first, so that concurrent editors are serialized;
// agenda.Newest decides what is allowed then.

// CreateAgenda creates an own agenda as a draft: from a built-in one, from the newest version of an own
// one, or empty. Faults: input.invalid naming from, agenda.full.
func (a *App) CreateAgenda(ctx context.Context, in wire.AgendaFrom) (wire.Created, error) {
	return do(ctx, a, "createAgenda", inFacility, func(ctx context.Context, s *step) (wire.Created, error) {
		if err := a.roomForAgenda(ctx, s); err != nil {
			return wire.Created{}, err
		}
		source, err := a.copied(ctx, s, in)
		if err != nil {
			return wire.Created{}, err
		}
		fresh := id.New[id.Agenda]()
		row := dbgen.AgendaPutParams{FacilityID: s.actor.Facility, ID: fresh, Language: in.Language, CreatedBy: s.actor.Member, CreatedAt: s.now}
		if err := s.AgendaPut(ctx, row); err != nil {
			return wire.Created{}, err
		}
		if err := putVersion(ctx, s, fresh, 1, agenda.Agenda{Title: in.Title, TargetMin: source.TargetMin, Segments: source.Segments}); err != nil {
			return wire.Created{}, err
		}
		s.record("agenda.create", "agenda", fresh.Bytes())
		return wire.Created{ID: fresh.String()}, nil
	})
}

// roomForAgenda counts those in use, and all. Fault: agenda.full.
func (a *App) roomForAgenda(ctx context.Context, s *step) error {
	var n dbgen.AgendaCountRow
	_, err := counted(ctx, s, "agenda", s.actor.Facility, func(ctx context.Context, q *dbgen.Queries) (_ int64, err error) {
		n, err = q.AgendaCount(ctx, s.actor.Facility)
		return n.Used, err
	})
	if most := a.most("agenda"); err == nil && (n.Used >= most || n.Every >= archivedPerUsed*most) {
		err = errAgendaFull
	}
	return err
}

func (a *App) copied(ctx context.Context, s *step, in wire.AgendaFrom) (agenda.Agenda, error) {
	switch {
	case !in.Own.IsZero():
		v, err := s.AgendaNewest(ctx, dbgen.AgendaNewestParams{FacilityID: s.actor.Facility, AgendaID: in.Own})
		if postgres.NotThere(err) {
			return agenda.Agenda{}, errAgendaSource
		}
		if err != nil {
			return agenda.Agenda{}, err
		}
		segments, err := segmentsOf(v.Segments)
		return agenda.Agenda{TargetMin: int(v.TargetMin), Segments: segments}, err
	case in.Key != "":
		f, err := s.FacilityGet(ctx, s.actor.Facility)
		if err != nil {
			return agenda.Agenda{}, err
		}
		g, ok := a.agendas.Find(in.Key, in.Language, f.Track)
		if !ok {
			return agenda.Agenda{}, errAgendaSource
		}
		return g, nil
	}
	return agenda.Agenda{TargetMin: usualMinutes, Segments: []agenda.Segment{}}, nil
}

// usualMinutes is the default target length of an empty agenda.
const usualMinutes = 90

func putVersion(ctx context.Context, s *step, which id.Agenda, ver int32, in agenda.Agenda) error {
	text, err := json.Marshal(in.Segments)
	if err != nil {
		return fmt.Errorf("write the parts of agenda %s: %w", which, err)
	}
	return s.AgendaVersionPut(ctx, dbgen.AgendaVersionPutParams{FacilityID: s.actor.Facility, AgendaID: which, Ver: ver, Title: in.Title, TargetMin: int16(in.TargetMin),
		Segments: text, SavedBy: s.actor.Member, SavedAt: s.now})
}

// newest locks an agenda and reads its newest version. Fault: agenda.archived.
func newest(ctx context.Context, s *step, which id.Agenda) (agenda.Newest, error) {
	row, err := s.AgendaLock(ctx, dbgen.AgendaLockParams{FacilityID: s.actor.Facility, ID: which})
	if err != nil {
		return agenda.Newest{}, err
	}
	if row.ArchivedAt != nil {
		return agenda.Newest{}, errAgendaAway
	}
	v, err := s.AgendaNewest(ctx, dbgen.AgendaNewestParams{FacilityID: s.actor.Facility, AgendaID: which})
	if err != nil {
		return agenda.Newest{}, err
	}
	segments, err := segmentsOf(v.Segments)
	return agenda.Newest{Ver: int(v.Ver), Rev: int(v.Rev), Draft: v.PublishedAt == nil,
		Agenda: agenda.Agenda{Language: row.Language, Title: v.Title, TargetMin: int(v.TargetMin), Segments: segments}}, err
}

// SaveAgenda stores the draft by compare-and-set. Faults: agenda.moved_on, agenda.archived,
// agenda.versions, input.invalid naming fields such as segments[3].title.
func (a *App) SaveAgenda(ctx context.Context, which id.Agenda, in wire.AgendaDraftRequest) (wire.AgendaSaved, error) {
	return do(ctx, a, "saveAgenda", toAgenda(which), func(ctx context.Context, s *step) (wire.AgendaSaved, error) {
		was, err := newest(ctx, s, which)
		if err != nil {
			return wire.AgendaSaved{}, err
		}
		draft := agenda.Agenda{Language: was.Language, Title: in.Title, TargetMin: in.TargetMin, Segments: segmentsFrom(in.Segments)}
		if err := draft.CheckDraft(); err != nil {
			return wire.AgendaSaved{}, err
		}
		stored, err := was.Save(in.Ver, in.Rev, draft)
		if err != nil {
			return wire.AgendaSaved{}, err
		}
		saved := wire.AgendaSaved{Ver: in.Ver, Rev: in.Rev + 1, SavedAt: s.now.UnixMilli()}
		switch {
		case stored:
			return saved, nil
		case !was.Draft && int64(in.Ver) > a.most("agenda_version"):
			return wire.AgendaSaved{}, errVersions
		case !was.Draft:
			return saved, putVersion(ctx, s, which, int32(in.Ver), draft)
		}
		return saved, setDraft(ctx, s, which, in, draft.Segments)
	})
}

func setDraft(ctx context.Context, s *step, which id.Agenda, in wire.AgendaDraftRequest, segments []agenda.Segment) error {
	text, err := json.Marshal(segments)
	if err != nil {
		return fmt.Errorf("write the parts of agenda %s: %w", which, err)
	}
	n, err := s.AgendaDraftSet(ctx, dbgen.AgendaDraftSetParams{Title: in.Title, TargetMin: int16(in.TargetMin), Segments: text, SavedBy: s.actor.Member, SavedAt: s.now,
		FacilityID: s.actor.Facility, AgendaID: which, Ver: int32(in.Ver), Rev: int32(in.Rev)})
	if err == nil && n == 0 {
		err = agenda.ErrMovedOn
	}
	return err
}

// PublishAgenda publishes the draft that the caller saw; workshops are scheduled from it, and it never
// changes again. Faults: agenda.moved_on, agenda.archived, input.invalid naming what is missing.
func (a *App) PublishAgenda(ctx context.Context, which id.Agenda, in wire.AgendaPublishRequest) error {
	return act(ctx, a, "publishAgenda", toAgenda(which), func(ctx context.Context, s *step) error {
		was, err := newest(ctx, s, which)
		if err != nil {
			return err
		}
		already, err := was.Publish(in.Ver, in.Rev)
		if err != nil || already {
			return err
		}
		n, err := s.AgendaVersionPublish(ctx, dbgen.AgendaVersionPublishParams{At: &s.now, FacilityID: s.actor.Facility, AgendaID: which, Ver: int32(in.Ver), Rev: int32(in.Rev)})
		if err != nil {
			return err
		}
		if n == 0 {
			return agenda.ErrMovedOn
		}
		s.record("agenda.publish", "agenda", which.Bytes())
		return nil
	})
}

// ArchiveAgenda archives an agenda, so that no workshop can be scheduled from it, or restores it.
func (a *App) ArchiveAgenda(ctx context.Context, which id.Agenda, away bool) error {
	return act(ctx, a, "archiveAgenda", toAgenda(which), func(ctx context.Context, s *step) error {
		row, err := s.AgendaLock(ctx, dbgen.AgendaLockParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil || (row.ArchivedAt != nil) == away {
			return err
		}
		in := dbgen.AgendaArchiveParams{FacilityID: s.actor.Facility, ID: which}
		action := "agenda.unarchive"
		if away {
			in.At, action = &s.now, "agenda.archive"
		}
		if err := s.AgendaArchive(ctx, in); err != nil {
			return err
		}
		s.record(action, "agenda", which.Bytes())
		return nil
	})
}
