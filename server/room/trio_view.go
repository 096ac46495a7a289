package room

import (
	"slices"

	"amends/server/id"
	"amends/server/wire"
)

// Who sees practice groups: each person sees their own group, facilitators see all, the stage sees only
// the number of groups and the round. The shared participant view contains nothing of them.

func roleAt(i int) wire.TrioRole {
	switch i {
	case 0:
		return wire.TrioSpeaker
	case 1:
		return wire.TrioListener
	}
	return wire.TrioWatcher
}

func stageTriosOf(s State) *wire.StageTrios {
	t := s.Care.Trios
	if t == nil {
		return nil
	}
	return &wire.StageTrios{Groups: len(t.Groups), Round: t.Round, Rounds: t.rounds(), Timer: t.Timer.view(), TalkMs: TalkFor.Milliseconds()}
}

func triosOf(s State, names Names) *wire.RoomTrios {
	t := s.Care.Trios
	if t == nil {
		return nil
	}
	out := &wire.RoomTrios{Round: t.Round, Rounds: t.rounds(), Timer: t.Timer.view(), TalkMs: TalkFor.Milliseconds(), Groups: []wire.TrioGroup{}}
	for _, g := range t.Groups {
		row := wire.TrioGroup{Case: t.story(g), People: []wire.TrioPerson{}}
		for i, who := range g.People {
			row.People = append(row.People, wire.TrioPerson{Member: who.String(), Name: names.Of[who], Role: roleAt(i)})
		}
		out.Groups = append(out.Groups, row)
	}
	return out
}

func myTrioOf(s State, who id.Member, names Names) *wire.MyTrio {
	t := s.Care.Trios
	if t == nil {
		return nil
	}
	at := t.groupOf(who)
	if at < 0 {
		return nil
	}
	g := t.Groups[at]
	mine := &wire.MyTrio{Role: roleAt(slices.Index(g.People, who)), Partners: []wire.TrioPartner{}, Case: t.story(g),
		Round: t.Round, Rounds: t.rounds(), Timer: t.Timer.view(), TalkMs: TalkFor.Milliseconds()}
	for i, other := range g.People {
		if other != who {
			mine.Partners = append(mine.Partners, wire.TrioPartner{Name: names.Of[other], Role: roleAt(i)})
		}
	}
	return mine
}
