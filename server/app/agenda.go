package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"amends/roles"
	"amends/server/agenda"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

var (
	errAgenda       = fault.New(fault.Invalid, "input.invalid", "Some fields need another look.").With("agenda", "is not one of the choices")
	errAgendaSource = fault.New(fault.Invalid, "input.invalid", "Some fields need another look.").With("from", "is not one of the choices")
	errAgendaFull   = fault.New(fault.Conflict, "agenda.full", "There are too many agendas. Archive some first.").With("title", "is of one agenda too many")
	errVersions     = fault.New(fault.Conflict, "agenda.versions", "This agenda has too many versions. Please go on with a copy.").With("ver", "is one version too many")
	errAgendaAway   = fault.New(fault.Conflict, "agenda.archived", "This agenda is archived.")
)

// archivedPerUsed is how many agendas, archived ones among them, a facility may have for each that may be
// in use.
const archivedPerUsed = 10

// toAgenda is the relation to one own agenda: own for its author.
func toAgenda(which id.Agenda) relation {
	return func(ctx context.Context, s *step) (roles.Relation, error) {
		row, err := s.AgendaGet(ctx, dbgen.AgendaGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return roles.None, err
		}
		return agendaRelation(s, row.CreatedBy), nil
	}
}

func agendaRelation(s *step, author id.Member) roles.Relation {
	if author == s.actor.Member {
		return roles.Own
	}
	return roles.None
}

// may reports whether the person could run a use case with this relation; it decides which buttons are
// shown.
func (a *App) may(s *step, use string, relation roles.Relation) bool {
	return a.permit(s, a.rules[use], relation) == nil
}

// Agendas lists what a workshop can be scheduled from, and the facility's own agendas in every state.
func (a *App) Agendas(ctx context.Context) (wire.Agendas, error) {
	return do(ctx, a, "listAgendas", inFacility, func(ctx context.Context, s *step) (wire.Agendas, error) {
		f, err := s.FacilityGet(ctx, s.actor.Facility)
		if err != nil {
			return wire.Agendas{}, err
		}
		out := wire.Agendas{Agendas: []wire.AgendaChoice{}, Own: []wire.AgendaRow{}}
		for _, g := range a.agendas.In(f.Track) {
			out.Agendas = append(out.Agendas, choiceOf(g.Key, g.Language, g.Title, g.Segments, true))
		}
		published, err := s.AgendaPublishedList(ctx, s.actor.Facility)
		if err != nil {
			return wire.Agendas{}, err
		}
		for _, p := range published {
			segments, err := segmentsOf(p.Segments)
			if err != nil {
				return wire.Agendas{}, err
			}
			out.Agendas = append(out.Agendas, choiceOf(p.AgendaID.String(), p.Language, p.Title, segments, false))
		}
		rows, err := s.AgendaList(ctx, s.actor.Facility)
		if err != nil {
			return wire.Agendas{}, err
		}
		for _, r := range rows {
			segments, err := segmentsOf(r.Segments)
			if err != nil {
				return wire.Agendas{}, err
			}
			relation := agendaRelation(s, r.CreatedBy)
			out.Own = append(out.Own, wire.AgendaRow{ID: r.ID.String(), Title: r.Title, Language: r.Language, Minutes: agenda.Minutes(segments), Parts: len(segments),
				AuthorName: r.AuthorName, Published: int(r.Published), Draft: r.PublishedAt == nil, Archived: r.ArchivedAt != nil, SavedAt: r.SavedAt.UnixMilli(),
				MayEdit: r.ArchivedAt == nil && a.may(s, "saveAgenda", relation), MayArchive: a.may(s, "archiveAgenda", relation)})
		}
		return out, nil
	})
}

func choiceOf(key, language, title string, segments []agenda.Segment, builtin bool) wire.AgendaChoice {
	choice := wire.AgendaChoice{Key: key, Title: title, Minutes: agenda.Minutes(segments), Language: language, Builtin: builtin, Segments: []wire.AgendaSegment{}}
	for _, seg := range segments {
		choice.Segments = append(choice.Segments, wire.AgendaSegment{Type: string(seg.Type), Title: seg.Title, Minutes: seg.PlannedMin})
	}
	return choice
}

// Agenda returns a built-in agenda in a language, or the newest version of an own one.
func (a *App) Agenda(ctx context.Context, which wire.AgendaRef, language string) (wire.Agenda, error) {
	if which.Own.IsZero() {
		return a.builtinAgenda(ctx, which.Key, language)
	}
	return a.ownAgenda(ctx, "readAgenda", which.Own, 0)
}

// AgendaVersion returns one version of an own agenda.
func (a *App) AgendaVersion(ctx context.Context, which id.Agenda, ver int) (wire.Agenda, error) {
	return a.ownAgenda(ctx, "readAgendaVersion", which, ver)
}

func (a *App) builtinAgenda(ctx context.Context, key, language string) (wire.Agenda, error) {
	return do(ctx, a, "readAgenda", inFacility, func(ctx context.Context, s *step) (wire.Agenda, error) {
		f, err := s.FacilityGet(ctx, s.actor.Facility)
		if err != nil {
			return wire.Agenda{}, err
		}
		g, ok := a.agendas.Find(key, language, f.Track)
		if !ok {
			return wire.Agenda{}, fault.ErrNotFound
		}
		return wire.Agenda{ID: g.Key, Builtin: true, Language: g.Language, Title: g.Title, TargetMin: g.TargetMin, Segments: partsOf(g.Segments), Versions: []wire.AgendaVersion{}}, nil
	})
}

// ownAgenda reads a version; ver 0 means the newest.
func (a *App) ownAgenda(ctx context.Context, use string, which id.Agenda, ver int) (wire.Agenda, error) {
	return do(ctx, a, use, toAgenda(which), func(ctx context.Context, s *step) (wire.Agenda, error) {
		row, err := s.AgendaGet(ctx, dbgen.AgendaGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return wire.Agenda{}, err
		}
		v, err := versionOf(ctx, s, which, ver)
		if err != nil {
			return wire.Agenda{}, err
		}
		segments, err := segmentsOf(v.Segments)
		if err != nil {
			return wire.Agenda{}, err
		}
		versions, err := publishedVersions(ctx, s, which)
		return wire.Agenda{ID: which.String(), Language: row.Language, Title: v.Title, TargetMin: int(v.TargetMin), Segments: partsOf(segments), Ver: int(v.Ver), Rev: int(v.Rev),
			Draft: v.PublishedAt == nil, Archived: row.ArchivedAt != nil, SavedAt: v.SavedAt.UnixMilli(), SavedBy: v.SavedBy,
			MayEdit: row.ArchivedAt == nil && a.may(s, "saveAgenda", agendaRelation(s, row.CreatedBy)), Versions: versions}, err
	})
}

func versionOf(ctx context.Context, s *step, which id.Agenda, ver int) (dbgen.AgendaNewestRow, error) {
	if ver == 0 {
		return s.AgendaNewest(ctx, dbgen.AgendaNewestParams{FacilityID: s.actor.Facility, AgendaID: which})
	}
	row, err := s.AgendaVersionGet(ctx, dbgen.AgendaVersionGetParams{FacilityID: s.actor.Facility, AgendaID: which, Ver: int32(ver)})
	return dbgen.AgendaNewestRow(row), err
}

func publishedVersions(ctx context.Context, s *step, which id.Agenda) ([]wire.AgendaVersion, error) {
	rows, err := s.AgendaVersionList(ctx, dbgen.AgendaVersionListParams{FacilityID: s.actor.Facility, AgendaID: which})
	if err != nil {
		return nil, err
	}
	out := []wire.AgendaVersion{}
	for _, r := range rows {
		segments, err := segmentsOf(r.Segments)
		if err != nil {
			return nil, err
		}
		out = append(out, wire.AgendaVersion{Ver: int(r.Ver), Title: r.Title, Minutes: agenda.Minutes(segments), Parts: len(segments), PublishedAt: millis(r.PublishedAt), ByName: r.SavedBy})
	}
	return out, nil
}

func millis(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.UnixMilli()
}

// plannedFrom finds the agenda that a workshop copies: a built-in one in the facility's wording, or the
// newest published version of an own one that is not archived. Fault: input.invalid naming agenda.
func (a *App) plannedFrom(ctx context.Context, s *step, key, language string) ([]agenda.Segment, error) {
	if own, err := id.Parse[id.Agenda](key); err == nil {
		row, err := s.AgendaPublished(ctx, dbgen.AgendaPublishedParams{FacilityID: s.actor.Facility, AgendaID: own})
		if postgres.NotThere(err) || err == nil && row.Language != language {
			return nil, errAgenda
		}
		if err != nil {
			return nil, err
		}
		return segmentsOf(row.Segments)
	}
	f, err := s.FacilityGet(ctx, s.actor.Facility)
	if err != nil {
		return nil, err
	}
	g, ok := a.agendas.Find(key, language, f.Track)
	if !ok {
		return nil, errAgenda
	}
	return g.Segments, nil
}

func segmentsOf(stored json.RawMessage) ([]agenda.Segment, error) {
	var out []agenda.Segment
	if err := json.Unmarshal(stored, &out); err != nil {
		return nil, fmt.Errorf("read the parts of an agenda: %w", err)
	}
	return out, nil
}

func partsOf(segments []agenda.Segment) []wire.AgendaPart {
	out := []wire.AgendaPart{}
	for _, s := range segments {
		out = append(out, wire.AgendaPart{Type: string(s.Type), Title: s.Title, PlannedMin: s.PlannedMin, Prompt: s.Prompt, StageText: s.StageText,
			Points: append([]string{}, s.Points...), Queue: s.Queue, Worksheet: string(s.Worksheet), ShareSec: s.ShareSec, MaxShares: s.MaxShares})
	}
	return out
}

func segmentsFrom(parts []wire.AgendaPart) []agenda.Segment {
	out := []agenda.Segment{}
	for _, p := range parts {
		s := agenda.Segment{Type: agenda.SegmentType(p.Type), Title: p.Title, PlannedMin: p.PlannedMin, Prompt: p.Prompt, StageText: p.StageText,
			Queue: p.Queue, Worksheet: agenda.Worksheet(p.Worksheet), ShareSec: p.ShareSec, MaxShares: p.MaxShares}
		if len(p.Points) > 0 {
			s.Points = p.Points
		}
		out = append(out, s)
	}
	return out
}
