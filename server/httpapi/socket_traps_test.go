package httpapi

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"amends/server/live"
	"amends/server/wire"

	"github.com/fasthttp/websocket"
)

// Traps of gofiber/websocket v2, each seen to happen, and the code that avoids them.

// knock opens a socket by hand, quickly, and returns a reader of its frames.
func knock(address, who string) (net.Conn, *bufio.Reader, error) {
	c, err := net.DialTimeout("tcp", address, 20*time.Second)
	if err != nil {
		return nil, nil, err
	}
	_ = c.SetDeadline(time.Now().Add(time.Minute)) // only so that a hang fails the test
	if _, err := fmt.Fprintf(c, "GET /%s HTTP/1.1\r\nHost: x\r\nOrigin: %s\r\nCookie: who=%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: %s\r\n\r\n",
		who, origin, who, wire.Subprotocol); err != nil {
		return c, nil, err
	}
	in := bufio.NewReaderSize(c, 512)
	for first := true; ; first = false {
		line, err := in.ReadString('\n')
		if err != nil || first && !strings.Contains(line, " 101 ") {
			return c, nil, fmt.Errorf("answered %q: %w", line, err)
		}
		if line == "\r\n" {
			return c, in, nil
		}
	}
}

// hear reads the next short frame from the server that is not a ping.
func hear(in *bufio.Reader) (op byte, payload []byte, err error) {
	for {
		var head [2]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return 0, nil, err
		}
		if head[1] > 125 {
			return 0, nil, errors.New("a frame longer than any here")
		}
		payload = make([]byte, head[1])
		_, err = io.ReadFull(in, payload)
		if op = head[0] & 0x0f; err != nil || op != 9 {
			return op, payload, err
		}
	}
}

// Trap 2: Close does nothing on a hijacked connection. Ours ends the reader, sends the code, and closes
// the TCP connection.
func TestCloseEndsTheTCPConnection(t *testing.T) {
	t.Parallel()
	for _, libraryOnly := range []bool{false, true} {
		ended := make(chan struct{})
		p := newPorch(t, libraryOnly, func(_ *visitor, conn live.Conn) func(func() ([]byte, error)) {
			return func(read func() ([]byte, error)) {
				defer close(ended)
				go conn.Close(wire.CloseTakenOver, "elsewhere")
				if _, err := read(); err == nil {
					t.Error("a frame that was not sent")
				}
			}
		})
		c, in, err := knock(p.address, "one")
		if err != nil {
			t.Fatal(err)
		}
		op, payload, err := hear(in)
		if err != nil || op != 8 || wire.CloseCode(binary.BigEndian.Uint16(payload)) != wire.CloseTakenOver {
			t.Errorf("op %d, %v", op, err)
		}
		if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
			t.Errorf("after the close frame: %v", err)
		}
		<-ended
		_ = c.Close()
	}
}

// Trap 3: a panic in a handler ends the process. Here it ends one connection, and is logged once.
func TestAPanicEndsOneConnectionOnly(t *testing.T) {
	t.Parallel()
	for _, libraryOnly := range []bool{false, true} {
		p := newPorch(t, libraryOnly, func(v *visitor, conn live.Conn) func(func() ([]byte, error)) {
			if v.who.Request == "early" {
				panic("at the door")
			}
			return func(read func() ([]byte, error)) {
				if v.who.Request == "late" {
					panic("in the room")
				}
				conn.Send([]byte("well"))
				_, _ = read()
			}
		})
		for _, who := range []string{"early", "late", "early"} {
			c, in, err := knock(p.address, who)
			if err != nil {
				t.Fatal(err)
			}
			for err == nil {
				_, _, err = hear(in)
			}
			if !errors.Is(err, io.EOF) {
				t.Errorf("%s: the connection ended with %v", who, err)
			}
			_ = c.Close()
		}
		c, in, err := knock(p.address, "well")
		if err != nil {
			t.Fatal(err)
		}
		if _, payload, err := hear(in); err != nil || string(payload) != "well" {
			t.Errorf("the next one got %q, %v", payload, err)
		}
		_ = c.Close()
		// The connection ends before its panic is logged.
		for end := time.Now().Add(5 * time.Second); p.log.count() < 3 && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		if n := p.log.count(); n != 3 {
			t.Errorf("three panics, %d lines in the log", n)
		}
	}
}

// Trap 4: Shutdown does not track sockets. Ours are counted: Shutdown waits for those that are closing,
// and cuts the others when its context ends.
func TestShutdownWaitsForSocketsAndLeavesNone(t *testing.T) {
	t.Parallel()
	var conns sync.Map
	p := newPorch(t, false, func(v *visitor, conn live.Conn) func(func() ([]byte, error)) {
		conns.Store(v.who.Request, conn)
		conn.Send([]byte("in"))
		return func(read func() ([]byte, error)) {
			for _, err := read(); err == nil; _, err = read() {
				continue
			}
			conns.Delete(v.who.Request)
		}
	})
	lines := map[string]*bufio.Reader{}
	for n := range 20 {
		who := fmt.Sprintf("p%d", n)
		c, in, err := knock(p.address, who)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, _, err := hear(in); err != nil {
			t.Fatal(err)
		}
		lines[who] = in
	}
	end := func(who string, want wire.CloseCode) {
		t.Helper()
		code := wire.CloseCode(1006)
		if op, payload, err := hear(lines[who]); err == nil && op == 8 {
			code = wire.CloseCode(binary.BigEndian.Uint16(payload))
		}
		if code != want {
			t.Errorf("%s ended with %d, want %d", who, code, want)
		}
		delete(lines, who)
	}
	for n := range 10 {
		who := fmt.Sprintf("p%d", n)
		conn, _ := conns.Load(who)
		conn.(live.Conn).Close(wire.CloseGoingAway, "restarting")
		end(who, wire.CloseGoingAway)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	p.server.sockets.Close(over)
	conns.Range(func(who, _ any) bool { t.Errorf("the socket of %s is still being read", who); return true })
	for who := range lines {
		end(who, 1006)
	}
	if c, in, err := knock(p.address, "late"); err == nil {
		if _, _, err := hear(in); err == nil {
			t.Error("somebody entered after Shutdown")
		}
		_ = c.Close()
	}
}

// Trap 5: there are no default limits. An oversized frame, a binary frame and a plain request each end
// with their code, and only our own pages may connect.
func TestSocketLimitsAreEnforced(t *testing.T) {
	t.Parallel()
	for _, libraryOnly := range []bool{false, true} {
		p := newPorch(t, libraryOnly, func(*visitor, live.Conn) func(func() ([]byte, error)) {
			return func(read func() ([]byte, error)) {
				for frame, err := read(); err == nil; frame, err = read() {
					if len(frame) > wire.MaxFrame {
						t.Errorf("%d bytes came in", len(frame))
					}
				}
			}
		})
		for name, c := range map[string]struct {
			send func(*websocket.Conn) error
			code int
		}{
			"too big": {func(ws *websocket.Conn) error {
				_ = ws.WriteMessage(websocket.TextMessage, make([]byte, wire.MaxFrame))
				return ws.WriteMessage(websocket.TextMessage, make([]byte, wire.MaxFrame+1))
			}, int(wire.CloseTooBig)},
			"binary": {func(ws *websocket.Conn) error { return ws.WriteMessage(websocket.BinaryMessage, []byte("x")) }, int(wire.CloseBinary)},
			"no mask": {func(ws *websocket.Conn) error {
				_, err := ws.UnderlyingConn().Write([]byte{0x81, 1, 'x'})
				return err
			}, websocket.CloseProtocolError},
		} {
			ws, err := p.dial(t.Context(), "one")
			if err != nil {
				t.Fatal(err)
			}
			if err := c.send(ws); err != nil {
				t.Fatal(name, err)
			}
			_, _, err = ws.ReadMessage()
			var closed *websocket.CloseError
			if !errors.As(err, &closed) || closed.Code != c.code {
				t.Errorf("%s: %v, want %d", name, err, c.code)
			}
			_ = ws.Close()
		}
		stranger := net.Dialer{Timeout: 20 * time.Second}
		c, err := stranger.Dial("tcp", p.address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprintf(c, "GET /one HTTP/1.1\r\nHost: x\r\nOrigin: https://elsewhere.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: %s\r\n\r\n", wire.Subprotocol)
		if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || strings.Contains(line, " 101 ") {
			t.Errorf("a page of another origin got %q, %v", line, err)
		}
		_ = c.Close()
	}
}
