package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"amends/server/attendance"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
	"amends/server/wire"
)

// What a counselor confirms after the end. The rules: measured intervals are never changed; a record
// beside them is what counts. Confirming records the measured time and does nothing where a record
// exists. A correction needs a reason, and voids the record that the counselor saw.

// errRecords: voided records stay, so their number has an end.
var errRecords = fault.New(fault.Conflict, "attendance.too_many", "This time was corrected as often as it can be.").With("member", "has too many corrections")

// Attendance lists everybody who came or was expected, with their intervals and records. Reading it is
// an entry of the audit log.
func (a *App) Attendance(ctx context.Context, which id.Workshop) (wire.AttendanceSheet, error) {
	return do(ctx, a, "readAttendance", toWorkshop(which), func(ctx context.Context, s *step) (wire.AttendanceSheet, error) {
		roll, err := rollOf(ctx, s, which)
		if err != nil {
			return wire.AttendanceSheet{}, err
		}
		s.record("attendance.read", "workshop", which.Bytes())
		out := wire.AttendanceSheet{Ended: roll.ended, Rows: []wire.AttendanceRow{}, Reasons: wire.AttendanceReasons()}
		for who, name := range roll.names {
			row := wire.AttendanceRow{Member: who.String(), Name: name, Times: []wire.AttendanceTime{}, Minutes: attendance.Minutes(roll.spans[who], s.now)}
			for _, span := range roll.spans[who] {
				t := wire.AttendanceTime{From: span.From.UnixMilli()}
				if !span.To.IsZero() {
					t.To = span.To.UnixMilli()
				}
				row.Times = append(row.Times, t)
			}
			if r, recorded := roll.records[who]; recorded {
				row.Record = &wire.AttendanceRecord{ID: r.ID.String(), Minutes: int(r.Minutes), Reason: reasonOf(r.Reason), By: r.ByName, At: r.RecordedAt.UnixMilli()}
			}
			out.Rows = append(out.Rows, row)
		}
		slices.SortFunc(out.Rows, func(a, b wire.AttendanceRow) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Member, b.Member))
		})
		return out, nil
	})
}

func reasonOf(code *string) string {
	if code == nil {
		return ""
	}
	return *code
}

// roll is a workshop's attendance before it is formatted for a caller.
type roll struct {
	ended   bool
	names   map[id.Member]string
	spans   map[id.Member][]attendance.Span
	records map[id.Member]dbgen.AttendanceRecordsRow
}

func rollOf(ctx context.Context, s *step, which id.Workshop) (roll, error) {
	r := roll{names: map[id.Member]string{}, spans: map[id.Member][]attendance.Span{}, records: map[id.Member]dbgen.AttendanceRecordsRow{}}
	w, err := s.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: s.actor.Facility, ID: which})
	if err != nil {
		return r, err
	}
	r.ended = wire.RoomState(w.RoomState) == wire.RoomEnded
	people, err := s.RoomPeople(ctx, dbgen.RoomPeopleParams{WorkshopID: which, FacilityID: s.actor.Facility, CohortID: w.CohortID})
	if err != nil {
		return r, fmt.Errorf("read the people of workshop %s: %w", which, err)
	}
	times, err := s.AttendanceTimes(ctx, dbgen.AttendanceTimesParams{FacilityID: s.actor.Facility, WorkshopID: which})
	if err != nil {
		return r, fmt.Errorf("read the times of workshop %s: %w", which, err)
	}
	records, err := s.AttendanceRecords(ctx, dbgen.AttendanceRecordsParams{FacilityID: s.actor.Facility, WorkshopID: which})
	if err != nil {
		return r, fmt.Errorf("read the records of workshop %s: %w", which, err)
	}
	for _, t := range times {
		r.spans[t.MemberID] = append(r.spans[t.MemberID], spanOf(t.JoinedAt, t.LeftAt))
		r.names[t.MemberID] = t.RoomName
	}
	for _, rec := range records {
		r.records[rec.MemberID] = rec
		r.names[rec.MemberID] = rec.RoomName
	}
	expected := namesOf(people)
	for who := range expected.Expected {
		r.names[who] = expected.Of[who]
	}
	return r, nil
}

func spanOf(from time.Time, to *time.Time) attendance.Span {
	span := attendance.Span{From: from}
	if to != nil {
		span.To = *to
	}
	return span
}

// ConfirmAttendance records the measured time of people; those who have a record keep it (idempotent).
// Faults: attendance.not_over; room.no_such for a person who neither came nor was expected.
func (a *App) ConfirmAttendance(ctx context.Context, which id.Workshop, people []id.Member) error {
	return act(ctx, a, "confirmAttendance", toWorkshop(which), func(ctx context.Context, s *step) error {
		roll, err := rollOf(ctx, s, which)
		if err != nil {
			return err
		}
		if !roll.ended {
			return attendance.ErrNotOver
		}
		fresh := 0
		for _, who := range people {
			if _, known := roll.names[who]; !known {
				return room.ErrNoSuch
			}
			if _, recorded := roll.records[who]; recorded {
				continue
			}
			row := recordRow(s, which, who, attendance.Minutes(roll.spans[who], s.now))
			n, err := s.AttendanceConfirm(ctx, dbgen.AttendanceConfirmParams{FacilityID: row.FacilityID, ID: row.ID, WorkshopID: row.WorkshopID, MemberID: row.MemberID,
				Minutes: row.Minutes, RecordedBy: row.RecordedBy, RecordedAt: row.RecordedAt})
			if err != nil {
				return fmt.Errorf("confirm attendance in workshop %s: %w", which, err)
			}
			fresh += int(n)
		}
		if fresh > 0 {
			s.record("attendance.confirm", "workshop", which.Bytes())
		}
		return nil
	})
}

func recordRow(s *step, which id.Workshop, who id.Member, minutes int) dbgen.AttendanceRecordPutParams {
	return dbgen.AttendanceRecordPutParams{FacilityID: s.actor.Facility, ID: id.New[id.Attendance](), WorkshopID: which, MemberID: who, Minutes: int16(minutes),
		RecordedBy: s.actor.Member, RecordedAt: s.now}
}

// CorrectAttendance voids the record that the counselor saw, if any, and writes a new one
// (compare-and-set). Faults: attendance.not_over, attendance.moved_on, attendance.too_many, room.no_such.
func (a *App) CorrectAttendance(ctx context.Context, which id.Workshop, who id.Member, in wire.Correct) (wire.Created, error) {
	return do(ctx, a, "correctAttendance", toWorkshop(which), func(ctx context.Context, s *step) (wire.Created, error) {
		roll, err := rollOf(ctx, s, which)
		if err != nil {
			return wire.Created{}, err
		}
		if !roll.ended {
			return wire.Created{}, attendance.ErrNotOver
		}
		if _, known := roll.names[who]; !known {
			return wire.Created{}, room.ErrNoSuch
		}
		row := recordRow(s, which, who, in.Minutes)
		row.Reason = &in.Reason
		if !in.Replaces.IsZero() {
			row.Replaces = &in.Replaces
			void := dbgen.AttendanceRecordVoidParams{At: &s.now, ByID: &s.actor.Member, FacilityID: s.actor.Facility, ID: in.Replaces, WorkshopID: which, MemberID: who}
			if n, err := s.AttendanceRecordVoid(ctx, void); err != nil || n == 0 {
				return wire.Created{}, attendance.ErrMovedOn.Because(err)
			}
		}
		err = a.under(ctx, s, "attendance_record", who, 1, errRecords, func(ctx context.Context, q *dbgen.Queries) (int64, error) {
			return q.AttendanceRecordCount(ctx, dbgen.AttendanceRecordCountParams{FacilityID: s.actor.Facility, WorkshopID: which, MemberID: who})
		})
		if err != nil {
			return wire.Created{}, err
		}
		if err := s.AttendanceRecordPut(ctx, row); err != nil {
			if postgres.Doubled(err) {
				return wire.Created{}, attendance.ErrMovedOn
			}
			return wire.Created{}, fmt.Errorf("correct attendance in workshop %s: %w", which, err)
		}
		s.record("attendance.correct", "attendance", row.ID.Bytes())
		return wire.Created{ID: row.ID.String()}, nil
	})
}

// OwnAttendance lists the caller's own meetings.
func (a *App) OwnAttendance(ctx context.Context) (wire.OwnAttendance, error) {
	return do(ctx, a, "readOwnAttendance", myself, func(ctx context.Context, s *step) (wire.OwnAttendance, error) {
		out := wire.OwnAttendance{Meetings: []wire.OwnMeeting{}}
		times, err := s.AttendanceOwnTimes(ctx, dbgen.AttendanceOwnTimesParams{FacilityID: s.actor.Facility, MemberID: s.actor.Member})
		if err != nil {
			return out, fmt.Errorf("read own times: %w", err)
		}
		records, err := s.AttendanceOwnRecords(ctx, dbgen.AttendanceOwnRecordsParams{FacilityID: s.actor.Facility, MemberID: s.actor.Member})
		if err != nil {
			return out, fmt.Errorf("read own records: %w", err)
		}
		meetings, spans := map[id.Workshop]wire.OwnMeeting{}, map[id.Workshop][]attendance.Span{}
		for _, t := range times {
			meetings[t.WorkshopID] = wire.OwnMeeting{Workshop: t.WorkshopID.String(), Title: t.Title, StartsAt: t.StartsAt.UnixMilli()}
			spans[t.WorkshopID] = append(spans[t.WorkshopID], spanOf(t.JoinedAt, t.LeftAt))
		}
		for which, m := range meetings {
			m.Minutes = attendance.Minutes(spans[which], s.now)
			meetings[which] = m
		}
		for _, r := range records {
			meetings[r.WorkshopID] = wire.OwnMeeting{Workshop: r.WorkshopID.String(), Title: r.Title, StartsAt: r.StartsAt.UnixMilli(),
				Minutes: int(r.Minutes), Confirmed: true, Corrected: r.Reason != nil}
		}
		for _, m := range meetings {
			out.Meetings = append(out.Meetings, m)
		}
		slices.SortFunc(out.Meetings, func(a, b wire.OwnMeeting) int {
			return cmp.Or(cmp.Compare(b.StartsAt, a.StartsAt), cmp.Compare(a.Workshop, b.Workshop))
		})
		return out, nil
	})
}
