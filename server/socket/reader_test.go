package socket

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"amends/server/wire"

	"pgregory.net/rapid"
)

// said encodes a frame as a client does (masked).
func said(first byte, payload []byte) []byte {
	mask := [4]byte{0x5a, 0x13, 0xc7, 0x21}
	out := frame{op: first & 0x0f, payload: payload}.append(nil)
	at := len(out) - len(payload)
	out[0], out[1] = first, out[1]|maskBit
	out = append(out[:at:at], mask[:]...)
	for i, b := range payload {
		out = append(out, b^mask[i&3])
	}
	return out
}

func readAll(from io.Reader, limit int) (messages, controls []string, err error) {
	r := reader{from: from}
	for {
		m, err := r.message(limit, func(op byte, payload []byte) { controls = append(controls, string(rune('0'+op))+string(payload)) })
		if err != nil {
			return messages, controls, err
		}
		messages = append(messages, string(m))
	}
}

// However messages are fragmented, interleaved with pings or split over reads, they arrive whole.
func TestFragmentedMessagesAreReassembled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		var want, controls []string
		for range rapid.IntRange(0, 6).Draw(t, "messages") {
			text := rapid.SliceOfN(rapid.Byte(), 0, 900).Draw(t, "text")
			parts := rapid.IntRange(1, 4).Draw(t, "parts")
			for part := range parts {
				from, to := len(text)*part/parts, len(text)*(part+1)/parts
				first := opContinue
				if part == 0 {
					first = opText
				}
				if part == parts-1 {
					first |= finalBit
				}
				if rapid.Bool().Draw(t, "ping") {
					stream, controls = append(stream, said(finalBit|opPing, []byte("p"))...), append(controls, "9p")
				}
				stream = append(stream, said(first, text[from:to])...)
			}
			want = append(want, string(text))
		}
		var from io.Reader = bytes.NewReader(stream)
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			from = iotest.OneByteReader(from)
		case 1:
			from = iotest.DataErrReader(from)
		}
		got, heard, err := readAll(from, wire.MaxFrame)
		if strings.Join(got, "|") != strings.Join(want, "|") || len(got) != len(want) || strings.Join(heard, "") != strings.Join(controls, "") || !errors.Is(err, io.EOF) {
			t.Fatalf("%d messages of %d, controls %v, %v", len(got), len(want), heard, err)
		}
	})
}

func TestForbiddenFramesGetTheirCloseCode(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("x"), 101)
	announced := binary.BigEndian.AppendUint64([]byte{0x81, 0xff}, 1<<62)
	for name, c := range map[string]struct {
		sent []byte
		code wire.CloseCode
	}{
		"no mask":                 {frame{op: opText, payload: []byte("x")}.append(nil), closeProtocol},
		"an extension":            {said(finalBit|0x40|opText, []byte("x")), closeProtocol},
		"an unknown kind":         {said(finalBit|3, nil), closeProtocol},
		"an unknown control":      {said(finalBit|11, nil), closeProtocol},
		"a ping in parts":         {said(opPing, nil), closeProtocol},
		"a long ping":             {said(finalBit|opPing, bytes.Repeat([]byte("x"), 126)), closeProtocol},
		"a beginning twice":       {append(said(opText, []byte("x")), said(finalBit|opText, nil)...), closeProtocol},
		"an end without a begin":  {said(finalBit|opContinue, nil), closeProtocol},
		"binary":                  {said(finalBit|opBinary, []byte("x")), wire.CloseBinary},
		"too big":                 {said(finalBit|opText, long), wire.CloseTooBig},
		"too big in parts":        {append(said(opText, long[:60]), said(finalBit|opContinue, long[:60])...), wire.CloseTooBig},
		"far too big":             {append(announced, 0, 0, 0, 0), wire.CloseTooBig},
		"a code cut short":        {said(finalBit|opClose, []byte{3}), closeProtocol},
		"a code of nobody's":      {said(finalBit|opClose, []byte{0, 1}), closeProtocol},
		"a code that means none":  {said(finalBit|opClose, []byte{0x03, 0xed}), closeProtocol},
		"a message out of a ping": {append(said(finalBit|opPing, nil), said(finalBit|opBinary, nil)...), wire.CloseBinary},
	} {
		_, _, err := readAll(bytes.NewReader(c.sent), 100)
		var v *Violation
		if !errors.As(err, &v) || v.Code != c.code {
			t.Errorf("%s: %v, want %d", name, err, c.code)
		}
	}
	for name, sent := range map[string][]byte{"no code": said(finalBit|opClose, nil), "1000": said(finalBit|opClose, []byte{0x03, 0xe8}), "4000": said(finalBit|opClose, []byte{0x0f, 0xa0, 'x'})} {
		if _, _, err := readAll(bytes.NewReader(sent), 100); !errors.Is(err, errClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The announced length of a frame allocates nothing before its bytes arrive.
func TestAnAnnouncedLengthAllocatesNothing(t *testing.T) {
	t.Parallel()
	sent := said(finalBit|opText, bytes.Repeat([]byte("x"), 16000))[:20]
	r := reader{from: bytes.NewReader(sent)}
	h, err := r.head()
	if err != nil || h.length != 16000 {
		t.Fatal(h, err)
	}
	whole, err := r.payload(make([]byte, 0, 16), h)
	if !errors.Is(err, io.EOF) || len(whole) != 0 {
		t.Fatalf("%d bytes, %v", len(whole), err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(said(finalBit|opText, []byte("hello")))
	f.Add(append(said(opText, []byte("a")), said(finalBit|opContinue, []byte("b"))...))
	f.Add(said(finalBit|opClose, []byte{0x03, 0xe8}))
	f.Add([]byte{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, stream []byte) {
		messages, controls, err := readAll(bytes.NewReader(stream), 256)
		total := 0
		for _, m := range messages {
			if len(m) > 256 {
				t.Fatalf("a message of %d bytes", len(m))
			}
			total += len(m)
		}
		if err == nil || total+len(controls) > len(stream) {
			t.Fatalf("%d bytes out of %d, %v", total, len(stream), err)
		}
	})
}
