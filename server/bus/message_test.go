package bus_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amends/server/bus"
	"amends/server/id"
)

func samples() map[string]bus.Message {
	node, workshop := id.New[id.Node](), id.New[id.Workshop]()
	return map[string]bus.Message{
		"committed":            bus.Committed{Node: node, Workshop: workshop, First: 1, Last: 1 << 40},
		"committed, one event": bus.Committed{Node: node, Workshop: workshop, First: 7, Last: 7},
		"live":                 bus.Live{Node: node, Workshop: workshop, Facts: []byte("{}")},
		"entered":              bus.Entered{Node: node, Workshop: workshop, Member: id.New[id.Member](), Signin: id.New[id.Signin](), At: time.UnixMilli(1_790_000_000_123)},
		"entered, guest":       bus.Entered{Node: node, Workshop: workshop, Member: id.New[id.Member](), At: time.UnixMilli(0)},
		"spoken":               bus.Spoken{Node: node, Workshop: workshop},
		"kick":                 bus.Kicked{Member: id.New[id.Member](), Signin: id.New[id.Signin]()},
		"kick, no signin":      bus.Kicked{Member: id.New[id.Member]()},
	}
}

func TestMessagesRoundTrip(t *testing.T) {
	t.Parallel()
	for name, want := range samples() {
		got, err := bus.Unpack(want.Pack())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b id.Node) bool { return a == b }),
			cmp.Comparer(func(a, b id.Workshop) bool { return a == b }), cmp.Comparer(func(a, b id.Member) bool { return a == b }),
			cmp.Comparer(func(a, b id.Signin) bool { return a == b })); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	committed := bus.Committed{First: 1, Last: 1}.Pack()
	for name, payload := range map[string][]byte{
		"nothing":         nil,
		"short":           committed[:32],
		"committed cut":   committed[:len(committed)-1],
		"unknown":         append([]byte{'X'}, committed[1:]...),
		"lower case":      append([]byte{'r'}, committed[1:]...),
		"entered cut":     bus.Entered{At: time.UnixMilli(0)}.Pack()[:50],
		"entered before":  bus.Entered{At: time.UnixMilli(-1)}.Pack(),
		"spoken too long": append(bus.Spoken{}.Pack(), 0),
		"kick too long":   append(bus.Kicked{}.Pack(), 0),
		"zero range":      bus.Committed{}.Pack(),
		"negative":        bus.Committed{First: -1, Last: 1}.Pack(),
		"backward range":  bus.Committed{First: 5, Last: 4}.Pack(),
	} {
		if message, err := bus.Unpack(payload); err == nil {
			t.Errorf("%s was taken for %T", name, message)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	for _, message := range samples() {
		f.Add(message.Pack())
	}
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, payload []byte) {
		message, err := bus.Unpack(payload)
		if err != nil {
			return
		}
		if again := message.Pack(); !bytes.Equal(payload, again) {
			t.Errorf("%x came back as %x", payload, again)
		}
	})
}
