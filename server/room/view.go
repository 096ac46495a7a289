package room

import (
	"cmp"
	"slices"

	"amends/server/id"
	"amends/server/wire"
)

// Names has everything the views need beside the state: the names of participants and facilitators, and
// texts that no event contains. Staff are the facilitators.
type Names struct {
	Of    map[id.Member]string
	Staff []id.Member
	// Expected are the participants, listed even before they come.
	Expected map[id.Member]bool
	// Guests are people without an account.
	Guests map[id.Member]bool
	// Whereabouts are the locations people gave; AsOf is the number of the event up to which they were read.
	Whereabouts map[id.Member]string
	AsOf        int64
	// Words are the option texts of pulses; Note is the text of the note NoteID.
	Words  map[id.Pulse][]string
	Note   string
	NoteID id.Note
	// Said are the check-in words of the list SaidRun, oldest first.
	Said    []Said
	SaidRun int64
	// SaidAway means that the words could not be read, or that Said may be stale.
	SaidAway bool
}

// Views is the shared part of a room for each role.
type Views struct {
	Facilitator wire.FacilitatorView
	Participant wire.ParticipantView
	Stage       wire.StageView
}

// ViewsOf builds the shared views of a state.
func ViewsOf(s State, names Names) Views {
	now, segment := nowOf(s), s.segmentOrEmpty()
	turn := wire.Countdown{}
	if s.Turn != nil {
		turn = s.Turn.Timer.view()
	}
	v := Views{
		Participant: wire.ParticipantView{RoomNow: now, Prompt: segment.Prompt, Worksheet: segment.Worksheet, QueueOpen: s.QueueOpen,
			TurnTimer: turn, Waiting: []string{}, Facilitate: namesOf(names.Staff, names)},
		Stage: wire.StageView{RoomNow: now, StageText: segment.StageText, Speaking: s.Turn != nil, TurnTimer: turn, Waiting: len(s.Queue), RoomCode: s.Plan.RoomCode, Guests: s.Plan.Open,
			Trios: stageTriosOf(s)},
	}
	if s.Turn != nil {
		v.Participant.Speaker = names.Of[s.Turn.Member]
	}
	next := s.Queue[:min(len(s.Queue), wire.NextShown)]
	for _, w := range next {
		v.Participant.Waiting = append(v.Participant.Waiting, names.Of[w.Member])
	}
	v.Participant.WaitingMore = len(s.Queue) - len(next)
	v.Facilitator = facilitatorOf(s, names, now)
	voicesOf(&v, s, names)
	return v
}

func (s State) segmentOrEmpty() (seg struct {
	Prompt, StageText string
	Worksheet         string
	Points            []string
	MaxShares         int
}) {
	seg.Worksheet, seg.Points = "none", []string{}
	if c, ok := s.Current(); ok && s.Phase != wire.RoomEnded {
		seg.Prompt, seg.StageText, seg.Worksheet, seg.MaxShares = c.Prompt, c.StageText, string(c.Worksheet), c.MaxShares
		seg.Points = append(seg.Points, c.Points...)
	}
	return seg
}

func nowOf(s State) wire.RoomNow {
	n := wire.RoomNow{Workshop: s.Plan.Workshop.String(), Language: s.Plan.Language, State: s.Phase, Calm: s.Calm, Holding: s.Holding, ReadyOf: s.ReadyOf(), StartsAt: s.Plan.StartsAt.UnixMilli(),
		Segment: s.Segment, Segments: []wire.SegmentView{}, Timer: s.Timer.view(), Here: s.Here(), Ready: s.ReadyCount(), Points: s.segmentOrEmpty().Points}
	for i, seg := range s.Plan.Segments {
		line := wire.SegmentView{Part: s.Course.Parts[i], Skipped: s.Course.Skipped[i], Type: string(seg.Type), Title: seg.Title, Minutes: seg.PlannedMin}
		if !s.Started[i].IsZero() {
			line.StartedAt = s.Started[i].UnixMilli()
		}
		n.Segments = append(n.Segments, line)
	}
	return n
}

func facilitatorOf(s State, names Names, now wire.RoomNow) wire.FacilitatorView {
	segment := s.segmentOrEmpty()
	v := wire.FacilitatorView{RoomNow: now, Title: s.Plan.Title, Prompt: segment.Prompt, StageText: segment.StageText, Worksheet: segment.Worksheet,
		Locked: s.Locked, QueueOpen: s.QueueOpen, MaxShares: segment.MaxShares, RoomCode: s.Plan.RoomCode, Guests: s.Plan.Open,
		Queue: []wire.QueueRow{}, People: []wire.RoomPerson{}, Help: []wire.HelpTap{}, Staff: namesOf(names.Staff, names), Summary: []wire.SpokenCount{}}
	if !s.OpenedAt.IsZero() {
		v.OpenedAt = s.OpenedAt.UnixMilli()
	}
	if !s.EndedAt.IsZero() {
		v.EndedAt = s.EndedAt.UnixMilli()
	}
	if t := s.Turn; t != nil {
		v.Turn = &wire.RoomTurn{Turn: t.Turn.String(), Member: t.Member.String(), Name: names.Of[t.Member], Timer: t.Timer.view()}
	}
	queue, help := first(s.Queue), first(s.Help)
	v.QueueMore, v.HelpMore = len(s.Queue)-len(queue), len(s.Help)-len(help)
	for _, w := range queue {
		v.Queue = append(v.Queue, wire.QueueRow{Turn: w.Turn.String(), Member: w.Member.String(), Name: names.Of[w.Member], First: s.People[w.Member].Spoken == 0, NoPhone: !s.Present(w.Member)})
	}
	for _, h := range help {
		v.Help = append(v.Help, wire.HelpTap{Tap: h.ID.String(), Member: h.Member.String(), Name: names.Of[h.Member], At: h.At.UnixMilli(), TakenBy: names.Of[h.TakenBy], Whereabouts: names.Whereabouts[h.Member]})
	}
	for m, p := range s.People {
		if name := names.Of[m]; name != "" && p.Spoken > 0 && !slices.Contains(names.Staff, m) {
			v.Summary = append(v.Summary, wire.SpokenCount{Name: name, Turns: p.Spoken, Ms: p.SpokenMs})
		}
	}
	v.Course, v.Team = courseOf(s), teamOf(s, names)
	doorOf(&v, s, names)
	v.Trios = triosOf(s, names)
	v.Checks, v.ChecksMore = checksOf(s, names)
	v.Talk, v.TalkMore = talkOf(s, names)
	v.People = listed(s, peopleOf(s, names))
	slices.SortFunc(v.Summary, func(a, b wire.SpokenCount) int { return cmp.Compare(a.Name, b.Name) })
	return v
}

func namesOf(ids []id.Member, names Names) []string {
	out := []string{}
	for _, m := range ids {
		out = append(out, names.Of[m])
	}
	slices.Sort(out)
	return out
}

// MeOf builds the personal part of a participant's connection.
func MeOf(s State, who id.Member, names Names) wire.RoomMe {
	me := wire.RoomMe{Role: wire.RoleParticipant, Member: who.String(), Name: names.Of[who], Hand: wire.HandDown, Ready: s.Ready[who],
		Away: s.People[who].State == wire.PersonAway, InRoom: s.Present(who), Door: s.AtDoor(who),
		Listen: s.Doorway.Listen && (s.People[who].Guest || names.Guests[who])}
	if at := s.position(who); at >= 0 {
		me.Hand, me.Position = wire.HandUp, at+1
	}
	if s.Turn != nil && s.Turn.Member == who {
		me.Hand = wire.HandSpeaking
	}
	for _, h := range s.Help {
		if h.Member == who {
			me.Help = "tapped"
			if !h.TakenBy.IsZero() {
				me.Help = "taken"
			}
		}
	}
	careOf(&me, s, who, names)
	wordOf(&me, s, who, names)
	return me
}
