package live

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"amends/server/actor"
	"amends/server/app"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/room"
	"amends/server/wire"
)

// arrive adds all connections that came during the last commit, because a whole room may be
// reconnecting. It checks limits, records in one transaction that these people joined, and sends each
// the whole view. A participant has one connection: the newest wins. A stage has a few.
func (r *liveRoom) arrive(ctx context.Context, came []entered) {
	if len(came) == 0 {
		return
	}
	if !r.loaded {
		r.refresh(ctx, 0)
	}
	var in, phones []*member
	var joins []app.RoomRequest
	for _, e := range came {
		m := e.member
		switch {
		case !r.loaded:
			m.conn.Close(wire.CloseGoingAway, "try again")
			continue
		case m.seat.Role == wire.RoleFacilitator && r.connections(m.seat.Member) >= wire.FacilitatorConns:
			m.conn.Close(wire.CloseTooMany, "too many windows")
			continue
		}
		m.came = time.Now()
		r.fewScreens(m, e.actor)
		r.members[m] = e.actor
		in = append(in, m)
		if m.seat.Role == wire.RoleParticipant {
			r.takeOver(m)
			r.phones[m.seat.Member]++
			m.counted = true
			delete(r.gone, m.seat.Member)
			phones, joins = append(phones, m), append(joins, app.RoomRequest{Member: m.seat.Member, Fact: app.PhoneJoined})
		}
	}
	refused := r.join(ctx, phones, joins)
	for _, m := range in {
		if !refused[m] {
			r.screenJoined(ctx, m)
			r.sendView(m)
		}
	}
	r.countLive()
}

// fewScreens keeps a stage at wire.StageConns connections. The new one comes in: a big screen that lost its
// network reconnects while the server still holds the dead connections of before. The one that has been
// there longest stays: somebody who has the stage's cookie and connects again and again must not turn the
// big screen off. So the second oldest goes; it may come back after a while.
func (r *liveRoom) fewScreens(by *member, who actor.Actor) {
	if by.seat.Role != wire.RoleStage || r.hub.Unlimited {
		return
	}
	var there []*member
	for m, of := range r.members {
		if m.seat.Role == wire.RoleStage && of.Stage == who.Stage {
			there = append(there, m)
		}
	}
	if len(there) < wire.StageConns {
		return
	}
	slices.SortFunc(there, func(a, b *member) int { return a.came.Compare(b.came) })
	goes := there[1]
	goes.conn.Close(wire.CloseTooMany, "too many windows")
	delete(r.members, goes) // frees its place at once; its reader leaves later
}

// join records that people joined, and closes the connections of those whom the room refuses.
func (r *liveRoom) join(ctx context.Context, phones []*member, joins []app.RoomRequest) (refused map[*member]bool) {
	if len(joins) == 0 {
		return nil
	}
	refused = map[*member]bool{}
	out, err := r.submit(ctx, joins)
	for i, m := range phones {
		no := err
		if no == nil {
			no = out.Results[i].Err
		}
		if no == nil {
			continue
		}
		if code := fault.As(no).Code; code == room.ErrNotNow.Code || code == room.ErrEnded.Code {
			continue // they stay connected: the lobby or the ended room is still shown
		}
		m.conn.Send(errorFrame("", no))
		m.conn.Close(CloseFor(no))
		refused[m] = true
	}
	return refused
}

func (r *liveRoom) connections(who id.Member) int {
	n := 0
	for m := range r.members {
		if m.seat.Member == who {
			n++
		}
	}
	return n
}

// leave removes a connection. Other people see a drop only after room.Grace.
func (r *liveRoom) leave(l left) {
	defer close(l.done)
	m := l.member
	delete(r.members, m)
	r.screenLeft(m)
	if m.counted {
		if r.phones[m.seat.Member]--; r.phones[m.seat.Member] == 0 {
			delete(r.phones, m.seat.Member)
			r.gone[m.seat.Member] = time.Now()
		}
	}
	r.countLive()
}

// onTick does what depends on time: drops after room.Grace, leaves after room.KeepPosition, people of dead
// nodes, the recheck of sign-ins every minute, and live counts.
func (r *liveRoom) onTick(ctx context.Context, now time.Time) {
	r.dropGone(ctx, now)
	r.careTick(ctx, now)
	if !r.words.retryAt.IsZero() && now.After(r.words.retryAt) {
		r.askWords(r.state)
	}
	if r.nameless {
		if r.learnNames(ctx); !r.nameless {
			r.show(r.state)
		}
	}
	r.heartbeatTick(ctx, now)
	if now.After(r.sweepAt) {
		r.sweepAt = now.Add(sweepMax)
		r.sweep(ctx, now)
	}
	if now.After(r.checkAt) {
		r.checkAt = now.Add(recheckMax)
		r.startRecheck(ctx, id.Member{})
	}
	r.countLive()
}

// dropGone records the drops that are due, at most app.MaxBatch of them in one transaction.
func (r *liveRoom) dropGone(ctx context.Context, now time.Time) {
	var drops []app.RoomRequest
	for who, since := range r.gone {
		if now.Sub(since) >= room.Grace && len(drops) < app.MaxBatch {
			drops = append(drops, app.RoomRequest{Member: who, Fact: app.PhoneDropped, Since: since})
		}
	}
	if len(drops) == 0 {
		return
	}
	out, err := r.submit(ctx, drops)
	for i, d := range drops {
		if err == nil && out.Results[i].Err == nil {
			delete(r.gone, d.Member)
		}
	}
}

func (r *liveRoom) sweep(ctx context.Context, now time.Time) {
	if !r.loaded || r.state.Phase == wire.RoomEnded {
		return
	}
	for who, p := range r.state.People {
		if p.State == wire.PersonDropped && r.phones[who] == 0 && now.Sub(p.DroppedAt) > room.KeepPosition {
			if err := r.fact(ctx, app.RoomRequest{Member: who, Fact: app.PhoneLeft}); err != nil {
				return
			}
		}
	}
	r.heal(ctx)
}

// startRecheck checks again, outside the room's goroutine, whether people may still be in the room.
func (r *liveRoom) startRecheck(ctx context.Context, only id.Member) {
	type pair struct {
		m   *member
		who actor.Actor
	}
	var ask []pair
	for m, who := range r.members {
		if only.IsZero() || m.seat.Member == only {
			ask = append(ask, pair{m, who})
		}
	}
	if len(ask) == 0 {
		return
	}
	r.hub.wait.Add(1)
	go func() {
		defer r.hub.wait.Done()
		defer r.hub.caught("asking who may still be in a room", r.key)
		for _, one := range ask {
			seat, err := r.hub.App.TakeSeat(actor.With(ctx, one.who), r.key.Workshop)
			if !r.post(checked{one.m, seat, err}) {
				return
			}
		}
	}()
}

func (r *liveRoom) onChecked(c checked) {
	if _, in := r.members[c.member]; !in {
		return
	}
	switch kind := fault.As(c.err).Kind; {
	case c.err == nil && c.seat.Role == c.member.seat.Role:
	case c.err == nil:
		// The role changed: the client reconnects and gets a new seat.
		c.member.conn.Close(wire.CloseGoingAway, "your role changed")
	case slices.Contains([]fault.Kind{fault.Unauthenticated, fault.Forbidden, fault.NotFound}, kind):
		if r.state.Phase == wire.RoomEnded && (c.member.seat.Role == wire.RoleStage || c.member.seat.Guest()) {
			return // an ended room stays on the projector and on guests' phones
		}
		c.member.conn.Close(CloseFor(c.err))
	}
}

// status handles the status of a person's page. Only counts of it leave this node, and only of people
// in the room. It makes no event, so the database is not involved and the role is checked here.
func (r *liveRoom) status(g given) {
	if err := r.mayPass(g.member); err != nil {
		g.member.conn.Send(errorFrame(g.command.ID.String(), err))
		return
	}
	if page, says := g.command.With.(wire.StatusWith); says {
		g.member.writing, g.member.saved = page.Writing, page.Saved
	}
	g.member.conn.Send(encode(wire.RoomFrame{Ack: g.command.ID.String(), Seq: r.state.Seq}))
}

// mayPass checks that a connection may send ephemeral state: participants and guests in a room that has
// not ended.
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

// countLive adds this node's counts and those of other nodes. It sends the sum to facilitators when it
// changed, and again after liveAgain, because a slow screen may have missed it. It publishes this
// node's counts when they changed, and again before the other nodes' copies expire.
func (r *liveRoom) countLive() {
	own := wire.RoomLive{}
	for m := range r.members {
		own.Stages += toInt(m.seat.Role == wire.RoleStage)
		own.Writing += toInt(m.writing)
		own.Saved += toInt(m.saved)
	}
	now := time.Now()
	if changed := own != r.counts; changed || own != (wire.RoomLive{}) && now.Sub(r.ownSent) >= liveRefresh {
		r.counts, r.ownSent = own, now
		// A lost count is replaced by the next one.
		r.tell(bus.Live{Node: r.hub.Node, Workshop: r.key.Workshop, Facts: packLive(own)})
	}
	sum := own
	for node, heard := range r.others {
		if now.Sub(heard.at) > liveExpires {
			delete(r.others, node)
			continue
		}
		sum.Writing, sum.Saved, sum.Stages = sum.Writing+heard.facts.Writing, sum.Saved+heard.facts.Saved, sum.Stages+heard.facts.Stages
	}
	if sum == r.shown && now.Sub(r.shownAt) < liveAgain {
		return
	}
	r.shown, r.shownAt = sum, now
	frame := encode(wire.RoomFrame{Live: &sum})
	for m := range r.members {
		if m.seat.Role == wire.RoleFacilitator && m.sent {
			m.conn.SendPassing(frame)
		}
	}
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func packLive(l wire.RoomLive) []byte {
	b, err := json.Marshal(l)
	if err != nil {
		return nil
	}
	return b
}

func unpackLive(b []byte) (l wire.RoomLive) {
	if json.Unmarshal(b, &l) != nil {
		return wire.RoomLive{}
	}
	return l
}
