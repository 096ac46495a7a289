package bench

import (
	"bytes"
	"errors"
	"testing"
)

func TestFramesAreCutWholeOrLeft(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 125, 126, 65535, 65536} {
		whole := append(ServerFrame(bytes.Repeat([]byte("x"), n)), 0x81)
		op, payload, rest, ok, err := cut(whole)
		if op != opText || len(payload) != n || len(rest) != 1 || !ok || err != nil {
			t.Errorf("%d bytes: op %d, %d bytes, %d left, %v %v", n, op, len(payload), len(rest), ok, err)
		}
		for _, part := range []int{0, 1, len(whole) / 2, len(whole) - 2} {
			if part >= len(whole)-1 {
				continue
			}
			if _, _, rest, ok, err := cut(whole[:part]); ok || err != nil || len(rest) != part {
				t.Errorf("%d of %d bytes: whole %v, %d left, %v", part, n, ok, len(rest), err)
			}
		}
	}
}

func TestForbiddenServerFramesAreErrors(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"masked":      masked(opText, []byte("x")),
		"in parts":    {0x01, 0x01, 'x'},
		"compressed":  {0xc1, 0x01, 'x'},
		"far too big": {0x81, 127, 0x7f, 0, 0, 0, 0, 0, 0, 0},
	} {
		if _, _, _, _, err := cut(b); !errors.Is(err, errBadFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMaskedFrameUnmasksToItsPayload(t *testing.T) {
	t.Parallel()
	frame := masked(opText, []byte("hello room"))
	text := frame[6:]
	for i := range text {
		text[i] ^= frame[2+i%4]
	}
	if string(text) != "hello room" || frame[1] != 0x80|10 {
		t.Fatalf("%q %x", text, frame[1])
	}
}
