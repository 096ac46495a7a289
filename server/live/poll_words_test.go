package live

import (
	"fmt"
	"testing"
	"time"

	"amends/server/wire"
)

func word(n int) wire.RoomWord {
	return wire.RoomWord{ID: fmt.Sprint(n), Word: "calm", ForMs: wire.WordShownMs}
}

func TestWordsWaitNoLongerThanTheyAreShown(t *testing.T) {
	t.Parallel()
	var h heldWords
	now := time.Now()
	h.hear(word(1), now)
	h.hear(word(2), now.Add(5*time.Second))
	told := h.tell(now.Add(6 * time.Second))
	if len(told) != 2 || told[0].ForMs != wire.WordShownMs-6000 || told[1].ForMs != wire.WordShownMs-1000 || h.untold {
		t.Errorf("after 6 s: %+v, untold %v", told, h.untold)
	}
	if told = h.tell(now.Add(21 * time.Second)); len(told) != 1 || told[0].ID != "2" {
		t.Errorf("after 21 s: %+v", told)
	}
	h.hear(word(3), now)
	if h.forget(now.Add(time.Hour)); h.untold || len(h.all) != 0 {
		t.Errorf("after an hour %d words wait, untold %v", len(h.all), h.untold)
	}
}

func TestNoMoreWordsWaitThanAScreenShows(t *testing.T) {
	t.Parallel()
	var h heldWords
	now := time.Now()
	for n := range 5 * wire.WordsShown {
		h.hear(word(n), now)
	}
	told := h.tell(now)
	if len(told) != wire.WordsShown || told[0].ID != fmt.Sprint(4*wire.WordsShown) || cap(h.all) > 4*wire.WordsShown {
		t.Errorf("%d words from %s on, room for %d", len(told), told[0].ID, cap(h.all))
	}
}

// An answer that nobody waits for any more does not use the words up.
func TestAPollThatWasOvertakenTakesNoWord(t *testing.T) {
	t.Parallel()
	c := newPollConn()
	older, newer := c.begin(true), c.begin(true)
	c.Send(encode(wire.RoomFrame{Word: &wire.RoomWord{ID: "1", Word: "calm", ForMs: wire.WordShownMs}}))
	if got := c.tell(older, time.Now()); got != nil || !c.wordsWait() {
		t.Errorf("the older poll took %v", got)
	}
	if got := c.tell(newer, time.Now()); len(got) != 1 || c.wordsWait() {
		t.Errorf("the newer poll took %v", got)
	}
}
