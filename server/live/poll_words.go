package live

import (
	"slices"
	"time"

	"amends/server/wire"
)

// Check-in words for a device that polls. The rules: between two questions a word waits in the
// memory of the device's own connection, and nowhere else; it waits no longer than screens show
// it, and there are never more of them than a screen shows. An answer holds all that are still
// shown, with the time they have left: one whose answer was lost on the way comes with the next.
// Each has an id, for a device that polls two nodes by turns hears it from both.

// heldWord is a word that waits, and until when it is shown.
type heldWord struct {
	wire.RoomWord
	until time.Time
}

// heldWords are those of one connection, oldest first; the zero value is none.
type heldWords struct {
	all []heldWord
	// untold says that one of them stood in no answer yet.
	untold bool
}

func (h *heldWords) hear(w wire.RoomWord, now time.Time) {
	h.all = append(h.all, heldWord{w, now.Add(time.Duration(w.ForMs) * time.Millisecond)})
	if more := len(h.all) - wire.WordsShown; more > 0 {
		h.all = slices.Delete(h.all, 0, more)
	}
	h.untold = true
}

// tell gives what is still shown.
func (h *heldWords) tell(now time.Time) []wire.RoomWord {
	h.forget(now)
	var out []wire.RoomWord
	for _, w := range h.all {
		w.ForMs = w.until.Sub(now).Milliseconds()
		out = append(out, w.RoomWord)
	}
	h.untold = false
	return out
}

// forget lets go of what is shown no longer.
func (h *heldWords) forget(now time.Time) {
	h.all = slices.DeleteFunc(h.all, func(w heldWord) bool { return !w.until.After(now) })
	h.untold = h.untold && len(h.all) > 0
}
