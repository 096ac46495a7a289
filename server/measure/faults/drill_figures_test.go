package faults

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// heldOut is a drill in which everything went well.
func heldOut() drillRow {
	began := time.Now()
	p := &play{theatre: &theatre{}, cast: drillCast, members: []string{"lead", "other lead", "guest"}}
	for i := range 100 {
		asked := began.Add(time.Duration(i) * time.Millisecond)
		p.calls = append(p.calls, timedCall{call: call{Actor: "lead", Outcome: ok}, asked: asked, answered: asked.Add(20 * time.Millisecond)})
	}
	return drillRow{scene: scene{name: "drill", began: began, ended: began.Add(drillLength), rested: true},
		play: &drillPlay{play: p, mob: &mob{}, late: make([]arrival, lateComers)}}
}

func TestADrillFailsForEachOfItsReasons(t *testing.T) {
	t.Parallel()
	if err := heldOut().verdict(); err != nil {
		t.Errorf("a drill that went well: %v", err)
	}
	slow := func(r *drillRow, from int) {
		for i := range r.play.calls[from:] {
			c := &r.play.calls[from+i]
			c.answered = c.asked.Add(tapWithin)
		}
	}
	for name, spoil := range map[string]func(r *drillRow){
		"99 of 100":        func(r *drillRow) { slow(r, 98) },
		"refused":          func(r *drillRow) { r.play.calls[7].Outcome = failed },
		"never answered":   func(r *drillRow) { r.play.calls[7].Outcome = unknown },
		"did not get in":   func(r *drillRow) { r.play.late[3].err = errors.New("room.full") },
		"came to the door": func(r *drillRow) { r.play.late = r.play.late[1:] },
		"converge":         func(r *drillRow) { r.scene.rested = false },
		"violations":       func(r *drillRow) { r.found.say(&r.found.Lost, "one") },
	} {
		r := heldOut()
		spoil(&r)
		if err := r.verdict(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	one := heldOut()
	slow(&one, 99)
	if err := one.verdict(); err != nil {
		t.Errorf("one slow command of a hundred: %v", err)
	}
}
