package httpapi

import (
	"errors"
	"io"
	"strings"
	"testing"

	"amends/server/fault"
	"amends/server/id"
)

// sender begins a body of a person.
func (b *bodies) sender(who id.Member) *booking {
	k := &booking{of: b, lane: &b.known, who: holder{member: who}}
	k.begin()
	return k
}

// A person who lacks room gets it from who holds most, and never from who holds less than they
// would: the one that was sent longest goes, and what is whole stays.
func TestRoomIsMadeByWhoHoldsMost(t *testing.T) {
	t.Parallel()
	const share = 8 << 10
	b := newBodies(shares * share)
	var most []*booking
	for range shares - 1 {
		who := id.New[id.Member]()
		for range 2 {
			most = append(most, b.sender(who))
		}
	}
	sam, ana := id.New[id.Member](), id.New[id.Member]()
	little := b.sender(sam)
	for _, k := range append(most, little) {
		if err := k.take(share / 2); err != nil {
			t.Fatal(err)
		}
	}
	if err := most[0].whole(); err != nil {
		t.Fatal(err)
	}
	if err := b.sender(id.New[id.Member]()).take(share / 2); err != nil {
		t.Errorf("what is left: %v", err)
	}
	if err := b.sender(ana).take(share / 2); err != nil {
		t.Errorf("who holds nothing hears %v", err)
	}
	if !most[1].cut || most[0].cut || most[2].cut || little.cut {
		t.Error("room was made by another than who holds most and sends longest")
	}
	if err := most[1].take(1); !errors.Is(err, errCut) {
		t.Errorf("who was cut off hears %v", err)
	}
	// Nobody holds more than this one would: it waits.
	if err := b.sender(ana).take(share / 2); fault.As(err).Kind != fault.Unavailable || most[2].cut {
		t.Errorf("who would hold as much as anybody hears %v", err)
	}
}

// onRead is a body of which somebody looks at what is booked each time when more is awaited.
type onRead struct {
	rest io.Reader
	look func()
}

func (r onRead) Read(p []byte) (int, error) {
	r.look()
	return r.rest.Read(p)
}

// A body is given what has come of it, not what was declared.
func TestABodyBooksInSteps(t *testing.T) {
	t.Parallel()
	b := newBodies(shares << 20)
	k := b.sender(id.New[id.Member]())
	var booked []int64
	look := func() { booked = append(booked, k.bytes) }
	pieces := io.MultiReader(onRead{strings.NewReader("x"), look}, onRead{strings.NewReader(strings.Repeat("x", 4<<10)), look}, onRead{strings.NewReader(strings.Repeat("x", 60<<10)), look})
	body, err := copyBody(pieces, 65<<10, 1<<20, k)
	if !errors.Is(err, io.ErrUnexpectedEOF) || body != nil {
		t.Errorf("a body that ended early: %v", err)
	}
	if booked[0] != 4<<10 || booked[1] != 4<<10 || booked[len(booked)-1] != 65<<10 {
		t.Errorf("booked %v", booked)
	}
	for _, bytes := range booked {
		if bytes != 4<<10 && bytes != 32<<10 && bytes != 65<<10 {
			t.Errorf("booked %d", bytes)
		}
	}
}
