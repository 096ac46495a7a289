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

// A person who needs memory gets it from the person who holds most, never from one who holds less than
// they would. The oldest upload is cut; complete bodies stay.
func TestMemoryIsTakenFromThePersonWhoHoldsMost(t *testing.T) {
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
		t.Errorf("taking the remaining memory: %v", err)
	}
	if err := b.sender(ana).take(share / 2); err != nil {
		t.Errorf("a person who holds nothing got %v", err)
	}
	if !most[1].cut || most[0].cut || most[2].cut || little.cut {
		t.Error("the upload that was cut is not the oldest of the person who holds most")
	}
	if err := most[1].take(1); !errors.Is(err, errCut) {
		t.Errorf("the upload that was cut got %v", err)
	}
	// Nobody holds more than this person would: the request is refused.
	if err := b.sender(ana).take(share / 2); fault.As(err).Kind != fault.Unavailable || most[2].cut {
		t.Errorf("a person who would hold as much as any other got %v", err)
	}
}

// onRead is a body that reports what is booked before each read.
type onRead struct {
	rest io.Reader
	look func()
}

func (r onRead) Read(p []byte) (int, error) {
	r.look()
	return r.rest.Read(p)
}

// Memory is booked as bytes arrive, not by the declared length.
func TestMemoryForABodyIsBookedInSteps(t *testing.T) {
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
