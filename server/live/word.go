package live

import (
	"context"
	"encoding/json"
	"time"
	"unicode/utf8"

	"amends/server/agenda"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/room"
	"amends/server/wire"
)

// Check-in words. The rules: a word lives in frames and on the doorbell between nodes, and
// nowhere else; nobody is told whose it is; who stands at the door hears none; it is for the parts
// in which people check in or out; one a person every few seconds, so that nobody fills the
// screens alone.

const wordEvery = 3 * time.Second

var errWordNow = fault.New(fault.Conflict, "word.not_now", "Words are for the parts where people check in or out.")

// heardWord is a word that somebody said on another node.
type heardWord struct{ wire.RoomWord }

// passing takes what changes no fact. The database is not asked, so the wrong role is refused here.
func (r *liveRoom) passing(g given) {
	take := r.status
	if g.command.Do == "word" {
		take = r.word
	}
	if err := take(g); err != nil {
		g.member.conn.Send(errorFrame(g.command.ID.String(), err))
		return
	}
	g.member.conn.Send(encode(wire.RoomFrame{Ack: g.command.ID.String(), Seq: r.state.Seq}))
}

// mayPass says whether a connection may say what is its person's and no fact: participants and
// guests may, while they are in a room that has not ended.
func (r *liveRoom) mayPass(m *member) error {
	switch {
	case m.seat.Role != wire.RoleParticipant:
		return fault.ErrForbidden
	case !r.state.Present(m.seat.Member):
		return room.ErrNotHere
	case r.state.Phase == wire.RoomEnded:
		return room.ErrEnded
	}
	return nil
}

func (r *liveRoom) word(g given) error {
	m, now := g.member, time.Now()
	if err := r.mayPass(m); err != nil {
		return err
	}
	segment, live := r.state.Current()
	switch {
	case m.wordID == g.command.ID:
		return nil
	case !live || r.state.Calm || segment.Type != agenda.CheckIn && segment.Type != agenda.CheckOut:
		return errWordNow
	case now.Sub(m.wordAt) < wordEvery:
		return errTooFast
	}
	m.wordID, m.wordAt = g.command.ID, now
	word := wire.RoomWord{ID: id.New[id.Word]().String(), Word: g.command.Word, ForMs: wire.WordShownMs}
	r.showWord(word)
	if facts, err := json.Marshal(word); err == nil {
		// Another node that misses it shows nothing: a word is no fact.
		r.tell(bus.Live{Node: r.hub.Node, Workshop: r.key.Workshop, Facts: facts})
	}
	return nil
}

// showWord puts a word on every screen of this node.
func (r *liveRoom) showWord(word wire.RoomWord) {
	frame := encode(wire.RoomFrame{Word: &word})
	for m := range r.members {
		if m.sent && !m.door {
			m.conn.SendPassing(frame)
		}
	}
}

// unpackWord says whether ephemeral facts of another node are a word, as we would send it: what
// is longer than people may say, or to be shown for longer, is none.
func unpackWord(facts []byte) (heardWord, bool) {
	var w wire.RoomWord
	if err := json.Unmarshal(facts, &w); err != nil {
		return heardWord{}, false
	}
	_, err := id.Parse[id.Word](w.ID)
	said := utf8.RuneCountInString(w.Word)
	return heardWord{w}, err == nil && said > 0 && said <= wire.MaxWord && w.ForMs > 0 && w.ForMs <= wire.WordShownMs
}

// learnTexts reads the note and the words of pulses when an event says that they are new.
func (r *liveRoom) learnTexts(ctx context.Context, s room.State) {
	if s.Voice.TextSeq <= r.names.AsOf {
		return
	}
	if _, names, err := r.hub.App.RoomNow(ctx, r.key); err == nil {
		r.names, r.named = names, time.Now()
	}
}
