package live

import (
	"context"
	"time"

	"amends/server/app"
	"amends/server/id"
	"amends/server/room"
)

// Check-in words as this node has them. The rules: they are read from the store beside the bus,
// never sent from node to node, so that every node and every screen has one list; who sees which
// of them the room's state decides alone (room/word.go), so hiding one, ending a part and taking
// out a person work while the store is away. The room never waits for a reading.

// wordsAgain is how long after a reading that failed the next one begins.
const wordsAgain = 2 * time.Second

// wordsHere is what a room remembers of reading its words; they are in its names.
type wordsHere struct {
	// reading says that a reading is under way; more that another one is owed then; old that its
	// answer is older than what a batch gave meanwhile.
	reading, more, old bool
	// retryAt is when a reading that failed is tried again; zero for none.
	retryAt time.Time
	// touched are the people whose words came or went since the views were last shown.
	touched map[id.Member]bool
}

// wordsRead is the answer to a reading of the list that run names.
type wordsRead struct {
	run int64
	all []room.Said
	err error
}

// take gives whose words came or went, once.
func (w *wordsHere) take() map[id.Member]bool {
	touched := w.touched
	w.touched = nil
	return touched
}

// askWords begins a reading of the words that a state has.
func (r *liveRoom) askWords(s room.State) {
	run := s.WordRun()
	if run != r.names.SaidRun {
		// Whatever is here is of another part, or of a room whose words are off.
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
		answer := wordsRead{run: run, err: context.Canceled} // what a defect in reading leaves
		defer func() { r.post(answer) }()
		defer r.hub.caught("reading the words of a room", r.key)
		answer.all, answer.err = r.hub.App.RoomWords(r.hub.ctx, r.key, run)
	}()
}

// onWords takes in what was read and shows it, unless it is of a part that is over.
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

// batchWords takes in the list that a batch read and changed under the room's lock: who sent a
// word sees where it is together with the answer.
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

// takeWords puts words in place of those before, and notes whose came or went.
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

// learnTexts reads the note and the words of pulses when an event says that they are new.
func (r *liveRoom) learnTexts(ctx context.Context, s room.State) {
	if s.Voice.TextSeq <= r.names.AsOf {
		return
	}
	if _, names, err := r.hub.App.RoomNow(ctx, r.key); err == nil {
		r.name(names)
	}
}
