package room

import (
	"cmp"
	"slices"

	"amends/server/id"
	"amends/server/wire"
)

// Muting the check-in words of one person. The rules: one tap hides all words of a person, also those to
// come, in every part of this workshop, and works while the store of words is away: the state knows the
// person, and the views leave their words out. A muted word stays in the list of the counselors, where
// it cannot be shown until they unmute the person. Unmuting shows nothing by itself. The person's phone
// says what it says of every word that is not shown.

var muteRules = map[string]rule{"word_mute": with(builder.muteWords)}

func (b builder) muteWords(w wire.WordMuteWith) ([]Event, error) {
	s, who, on := b.s, w.Member, wire.On(w.On)
	switch {
	case !s.came(who):
		return nil, ErrNoSuch
	case on == s.Voice.Words.Muted[who]:
		return nil, nil
	case on:
		return b.one(WordsMuted, Data{Member: who}), nil
	case b.d.SaidAway:
		return nil, ErrWordsAway
	}
	var events []Event
	for _, said := range b.d.Said {
		if said.Member == who && slices.Contains(s.Voice.Words.Shown, said.ID) {
			events = append(events, b.one(WordHidden, Data{Word: said.ID})...)
		}
	}
	return append(events, b.one(WordsUnmuted, Data{Member: who})...), nil
}

// Events of muting. They name the person and no word.
const (
	WordsMuted   = "words.muted"
	WordsUnmuted = "words.unmuted"
)

var muteKinds = map[string]kind{
	WordsMuted: {apply: func(s *State, e Event) {
		if s.Voice.Words.Muted == nil {
			s.Voice.Words.Muted = map[id.Member]bool{}
		}
		s.Voice.Words.Muted[e.Data.Member] = true
	}},
	WordsUnmuted: {apply: func(s *State, e Event) { delete(s.Voice.Words.Muted, e.Data.Member) }},
}

// shows reports whether the stage and the phones show a word.
func (w Words) shows(word Said) bool {
	return !w.Muted[word.Member] && slices.Contains(w.Shown, word.ID)
}

// heard leaves out the words of muted people.
func (w Words) heard(words []Said) []Said {
	return slices.DeleteFunc(slices.Clone(words), func(word Said) bool { return w.Muted[word.Member] })
}

// mutedOf lists the muted people by name. Those who were removed or whose name is deleted send no words
// any more.
func mutedOf(s State, names Names) []wire.MutedRow {
	out := []wire.MutedRow{}
	for who := range s.Voice.Words.Muted {
		if name := names.Of[who]; name != "" && !s.Removed(who) {
			out = append(out, wire.MutedRow{Member: who.String(), Name: name})
		}
	}
	slices.SortFunc(out, func(a, b wire.MutedRow) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Member, b.Member))
	})
	return out
}
