package live

import (
	"context"
	"time"

	"amends/server/app"
	"amends/server/id"
	"amends/server/room"
)

// Check-in words on this node. The rules: they are read from the store beside the bus and never sent
// between nodes, so that every node and screen has the same list. Only the room's state decides who
// sees which of them (room/word.go), so hiding a word, ending a part and removing a person work while
// the store is away. The room never waits for a read.

// wordsAgain is the delay before a failed read is tried again.
const wordsAgain = 2 * time.Second

// wordsHere is the read state of a room's words; the words themselves are in its names.
type wordsHere struct {
	// reading: a read is in flight. more: another one must follow. old: its result is older than what a
	// batch returned meanwhile.
	reading, more, old bool
	// retryAt is when a failed read is tried again; zero for none.
	retryAt time.Time
	// touched are the people whose words changed since the views were last sent.
	touched map[id.Member]bool
}

// wordsRead is the result of reading the list run.
type wordsRead struct {
	run int64
	all []room.Said
	err error
}

// take returns and clears touched.
func (w *wordsHere) take() map[id.Member]bool {
	touched := w.touched
	w.touched = nil
	return touched
}

// askWords starts reading the words that belong to a state.
func (r *liveRoom) askWords(s room.State) {
	run := s.WordRun()
	if run != r.names.SaidRun {
		// The loaded words belong to another part, or words are off.
		r.takeWords(0, nil)
	}
	r.words.retryAt = time.Time{}
	switch {
	case run == 0:
		r.names.SaidAway = false
		return
	case r.words.reading:
		r.words.more = true
		return
	}
	r.words.reading, r.words.more, r.words.old = true, false, false
	r.hub.wait.Add(1)
	go func() {
		defer r.hub.wait.Done()
		answer := wordsRead{run: run, err: context.Canceled} // the result if the read panics
		defer func() { r.post(answer) }()
		defer r.hub.caught("reading the words of a room", r.key)
		answer.all, answer.err = r.hub.App.RoomWords(r.hub.ctx, r.key, run)
	}()
}

// onWords stores and shows the result of a read, unless its part is over.
func (r *liveRoom) onWords(w wordsRead) {
	now := r.state.WordRun()
	again := r.words.more || r.words.old || now != w.run
	if r.words.reading = false; now == w.run && !r.words.old {
		if r.names.SaidAway = w.err != nil; w.err == nil {
			r.takeWords(w.run, w.all)
		} else {
			r.words.retryAt = time.Now().Add(wordsAgain)
		}
		r.show(r.state)
	}
	if again && now != 0 {
		r.askWords(r.state)
	}
}

// batchWords stores the list that a batch read and changed under the room's lock, so that the author
// sees their word's state together with the answer.
func (r *liveRoom) batchWords(out app.RoomOutcome) {
	run := out.State.WordRun()
	switch {
	case run != 0 && out.SaidRun == run:
		r.words.old = true
		r.names.SaidAway = false
		r.takeWords(run, out.Said)
	case out.Words || run != r.names.SaidRun:
		r.askWords(out.State)
	}
}

// takeWords replaces the words and records whose changed.
func (r *liveRoom) takeWords(run int64, all []room.Said) {
	before := map[id.Word]id.Member{}
	for _, w := range r.names.Said {
		before[w.ID] = w.Member
	}
	r.names.Said, r.names.SaidRun = all, run
	if r.words.touched == nil {
		r.words.touched = map[id.Member]bool{}
	}
	for _, w := range all {
		if _, had := before[w.ID]; !had {
			r.words.touched[w.Member] = true
		}
		delete(before, w.ID)
	}
	for _, who := range before {
		r.words.touched[who] = true
	}
}

// learnTexts reads the note and the words of pulses when the state has newer texts than were loaded.
func (r *liveRoom) learnTexts(ctx context.Context, s room.State) {
	if s.Voice.TextSeq <= r.names.AsOf {
		return
	}
	if _, names, err := r.hub.App.RoomNow(ctx, r.key); err == nil {
		r.name(names)
	}
}
