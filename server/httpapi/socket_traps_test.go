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
	"sync/atomic"
	"testing"
	"time"

	"amends/server/live"
	"amends/server/wire"

	"github.com/fasthttp/websocket"
)

// The traps of gofiber/websocket v2, each of which was seen to snap, and what keeps us out.

// knock opens a socket by hand, quickly, and gives what reads its frames.
func knock(address, who string) (net.Conn, *bufio.Reader, error) {
	c, err := net.DialTimeout("tcp", address, 20*time.Second)
	if err != nil {
		return nil, nil, err
	}
	_ = c.SetDeadline(time.Now().Add(time.Minute)) // for hangs only
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

// hear reads one short frame of the server.
func hear(in *bufio.Reader) (op byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return 0, nil, err
	}
	if head[1] > 125 {
		return 0, nil, errors.New("a frame longer than any here")
	}
	payload = make([]byte, head[1])
	_, err = io.ReadFull(in, payload)
	return head[0] & 0x0f, payload, err
}

// crier keeps every connection that ever came, and goes on sending to all of them and closing
// them, each by the name of its person, long after their ends.
type crier struct {
	mu   sync.Mutex
	kept []kept
}

type kept struct {
	who  string
	conn live.Conn
}

// graves is how many connections the crier still cries to.
const graves = 400

func (c *crier) keep(who string, conn live.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept = append(c.kept, kept{who, conn}); len(c.kept) > 2*graves {
		c.kept = append(c.kept[:0], c.kept[graves:]...)
	}
}

func (c *crier) cry(stop <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		c.mu.Lock()
		all := append([]kept(nil), c.kept...)
		c.mu.Unlock()
		for i, k := range all {
			k.conn.Send([]byte("for " + k.who))
			if i < graves/2 && n%2 == 0 && len(all) > graves {
				k.conn.Close(wire.CloseGoingAway, "by "+k.who)
			}
		}
		time.Sleep(time.Millisecond) // leaves the processor to the others; nothing hangs on it
	}
}

// Trap 1: a write through a connection that was kept after its end went to another person's.
// Ten thousand come and go, while somebody writes on to everybody who was ever there.
func TestOfTenThousandNobodyHearsWhatIsForSomebodyElse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		libraryOnly bool
		people      int
	}{"bare": {false, 7000}, "library": {true, 3000}} {
		t.Run(name, func(t *testing.T) { churn(t, c.libraryOnly, c.people) })
	}
}

func churn(t *testing.T, libraryOnly bool, people int) {
	t.Helper()
	const atOnce = 100 // beside as many of the other kind at most
	cries := &crier{}
	p := newPorch(t, libraryOnly, func(v *visitor, conn live.Conn) func(func() ([]byte, error)) {
		who := v.who.Request
		cries.keep(who, conn)
		conn.Send([]byte("for " + who))
		return func(read func() ([]byte, error)) {
			for {
				frame, err := read()
				if err != nil {
					return
				}
				if string(frame) == "end" {
					conn.Close(wire.CloseRemoved, "by "+who)
				} else if string(frame) != "from "+who {
					t.Errorf("%s was heard to say %q", who, frame)
				}
			}
		}
	})
	stop := make(chan struct{})
	var criers, crowd sync.WaitGroup
	for range 2 {
		criers.Go(func() { cries.cry(stop) })
	}
	var wrong, heard, next atomic.Int64
	for range atOnce {
		crowd.Go(func() {
			for n := next.Add(1); n <= int64(people); n = next.Add(1) {
				if err := visitOnce(p.address, fmt.Sprintf("p%d", n), int(n), &heard, &wrong); err != nil {
					t.Errorf("person %d: %v", n, err)
					return
				}
			}
		})
	}
	crowd.Wait()
	close(stop)
	criers.Wait()
	if wrong.Load() != 0 || heard.Load() < int64(people) {
		t.Errorf("%d frames reached the wrong person, %d the right one", wrong.Load(), heard.Load())
	}
}

// visitOnce comes as one person, listens a little, and leaves in one of four ways.
func visitOnce(address, who string, n int, heard, wrong *atomic.Int64) error {
	c, in, err := knock(address, who)
	if c != nil {
		defer c.Close()
	}
	if err != nil {
		return err
	}
	say := func(op byte, text string) {
		_, _ = c.Write(append([]byte{0x80 | op, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...))
	}
	listen := func(frames int) bool {
		for got := 0; got < frames; {
			op, payload, err := hear(in)
			switch {
			case err != nil || op == 8 && len(payload) < 2:
				return false
			case op == 8:
				if by := string(payload[2:]); strings.HasPrefix(by, "by ") && by != "by "+who {
					wrong.Add(1)
				}
				return false
			case op == 1 && string(payload) == "for "+who:
				heard.Add(1)
				got++
			case op == 1:
				wrong.Add(1)
			}
		}
		return true
	}
	if !listen(1) {
		return errors.New("nothing came")
	}
	say(1, "from "+who)
	switch n % 4 {
	case 0: // in good order
		say(8, "\x03\xe8")
		for listen(1) {
			continue
		}
	case 1: // the line is cut
		_ = c.(*net.TCPConn).SetLinger(0)
	case 2: // taken out by the server
		say(1, "end")
		for listen(1) {
			continue
		}
	case 3: // gone without a word, after a while
		listen(2)
	}
	return nil
}

// Trap 2: Close does nothing on a hijacked connection. Ours ends the reader, tells the code,
// and the line itself is gone.
func TestACloseEndsTheLineItself(t *testing.T) {
	t.Parallel()
	for _, libraryOnly := range []bool{false, true} {
		ended := make(chan struct{})
		p := newPorch(t, libraryOnly, func(_ *visitor, conn live.Conn) func(func() ([]byte, error)) {
			return func(read func() ([]byte, error)) {
				defer close(ended)
				go conn.Close(wire.CloseTakenOver, "elsewhere")
				if _, err := read(); err == nil {
					t.Error("a frame that nobody sent")
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

// Trap 3: a panic in a handler ends the process. It ends one line, and is logged once.
func TestAPanicEndsOneLineOnly(t *testing.T) {
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
				t.Errorf("%s: the line ended with %v", who, err)
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
		if n := p.log.count(); n != 3 {
			t.Errorf("three panics, %d lines in the log", n)
		}
	}
}

// Trap 4: Shutdown forgets sockets. Ours are counted: those that say goodbye are waited for,
// and who does not go is cut off when patience ends.
func TestGoingDownWaitsForSocketsAndLeavesNone(t *testing.T) {
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
	conns.Range(func(who, _ any) bool { t.Errorf("%s is still read", who); return true })
	for who := range lines {
		end(who, 1006)
	}
	if c, in, err := knock(p.address, "late"); err == nil {
		if _, _, err := hear(in); err == nil {
			t.Error("somebody came in after the end")
		}
		_ = c.Close()
	}
}

// Trap 5: nothing is limited by default. What is too big, binary or no websocket ends with its
// code, and only our own pages may connect.
func TestSocketsHaveTheirLimits(t *testing.T) {
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
			t.Errorf("a stranger's page was answered %q, %v", line, err)
		}
		_ = c.Close()
	}
}
