package live

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"amends/server/actor"
	"amends/server/app"
	"amends/server/id"
	"amends/server/wire"
)

// A count that was dropped for a slow screen is sent again even when nothing changes any more.
func TestADroppedCountIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := quietHub(t)
		r := newRoom(h, app.RoomKey{Workshop: id.New[id.Workshop]()})
		screen, phone := newEar(), newEar()
		writer := &member{conn: phone, seat: app.Seat{Role: wire.RoleParticipant}, sent: true, writing: true}
		r.members[&member{conn: screen, seat: app.Seat{Role: wire.RoleFacilitator}, sent: true}] = actor.Actor{}
		r.members[writer] = actor.Actor{}
		var heard []string
		for range 25 {
			r.countLive()
			heard = append(heard, screen.frames...)
			screen.frames = nil
			time.Sleep(time.Second)
		}
		one := `{"live":{"writing":1,"saved":0,"stages":0}}`
		if want := []string{one, one, one}; !slices.Equal(heard, want) {
			t.Errorf("in 25 seconds the counselor's screen got %q, want %q", heard, want)
		}
		if len(phone.frames) > 0 {
			t.Errorf("a phone got %q", phone.frames)
		}
		writer.writing = false
		r.countLive()
		if want := []string{`{"live":{"writing":0,"saved":0,"stages":0}}`}; !slices.Equal(screen.frames, want) {
			t.Errorf("after a change the screen got %q", screen.frames)
		}
		synctest.Wait()
	})
}
