package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"amends/server/actor"
	"amends/server/inbound"
	"amends/server/live"
	"amends/server/live/conntest"
	"amends/server/socket"
	"amends/server/wire"

	"github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"
)

// porch is the real path from a TCP connection through Fiber, the upgrade and accept to a Conn, without
// rooms: each visitor is the one named in the URL, and enter receives them.
type porch struct {
	server  *Server
	address string
	log     *lines
}

// lines keeps log lines.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(p))
	return len(p), nil
}

func (l *lines) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

const origin = "http://porch.example"

func newPorch(t *testing.T, libraryOnly bool, enter entrance) *porch {
	t.Helper()
	p := &porch{log: &lines{}}
	log := slog.New(slog.NewJSONHandler(p.log, nil))
	p.server = &Server{Options: Options{Log: log, Origins: []string{origin}}, sockets: socket.NewSet(log), writeBuffers: &sync.Pool{}, libraryOnly: libraryOnly}
	app := newFiber(log)
	app.Get("/:who", func(c *fiber.Ctx) error {
		return p.server.upgrade(c, &visitor{who: actor.Actor{Request: c.Params("who")}}, enter)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- app.Listener(inbound.Listen(l, 1000, log)) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := app.ShutdownWithContext(ctx); err != nil {
			t.Error(err)
		}
		p.server.sockets.Close(ctx)
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return p
}

// dial opens a socket as one person; the client's receive buffer is small, for pages that do not read.
func (p *porch) dial(ctx context.Context, who string) (*websocket.Conn, error) {
	dialer := websocket.Dialer{HandshakeTimeout: 20 * time.Second, Subprotocols: []string{wire.Subprotocol}, NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, network, address)
		if err == nil {
			err = c.(*net.TCPConn).SetReadBuffer(8 << 10)
		}
		return c, err
	}}
	ws, res, err := dialer.DialContext(ctx, "ws://"+p.address+"/"+who, http.Header{"Origin": {origin}})
	if res != nil && res.Body != nil {
		_ = res.Body.Close()
	}
	return ws, err
}

// socketPeer is the client's end of a socket.
type socketPeer struct{ ws *websocket.Conn }

func (p socketPeer) Next(ctx context.Context) ([]int64, wire.CloseCode, error) {
	end, _ := ctx.Deadline()
	_ = p.ws.SetReadDeadline(end)
	_, frame, err := p.ws.ReadMessage()
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed):
		return nil, wire.CloseCode(closed.Code), nil
	case err != nil:
		return nil, 0, err
	}
	seq, err := conntest.Seq(frame)
	return []int64{seq}, 0, err
}

func (p socketPeer) Stall() {}

func (p socketPeer) Say(_ context.Context, text string) error {
	return p.ws.WriteMessage(websocket.TextMessage, []byte(text))
}

func TestEverySocketPassesTheConnSuite(t *testing.T) {
	t.Parallel()
	for name, libraryOnly := range map[string]bool{"bare": false, "library": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conntest.Run(t, func(t *testing.T) conntest.Kit { return openKit(t, libraryOnly) })
		})
	}
}

// openKit lets the test read in place of a room; the connection ends with the test.
func openKit(t *testing.T, libraryOnly bool) conntest.Kit {
	t.Helper()
	type arrival struct {
		conn live.Conn
		read func() ([]byte, error)
	}
	came, over := make(chan arrival, 1), make(chan struct{})
	p := newPorch(t, libraryOnly, func(_ *visitor, conn live.Conn) func(func() ([]byte, error)) {
		if _, bare := conn.(*socket.Conn); bare == libraryOnly {
			t.Errorf("the connection is a %T", conn)
		}
		return func(read func() ([]byte, error)) {
			came <- arrival{conn, read}
			<-over
		}
	})
	t.Cleanup(func() { close(over) })
	ws, err := p.dial(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	select {
	case a := <-came:
		// One goroutine reads, so that pings and pongs are handled too.
		frames, failed := make(chan []byte, 16), make(chan struct{})
		go func() {
			defer close(failed)
			for {
				frame, err := a.read()
				if err != nil {
					return
				}
				frames <- frame
			}
		}()
		read := func() ([]byte, error) {
			select {
			case frame := <-frames:
				return frame, nil
			case <-failed:
				return nil, net.ErrClosed
			}
		}
		return conntest.Kit{Conn: a.conn, Peer: socketPeer{ws}, Read: read}
	case <-time.After(20 * time.Second):
		t.Fatal("nobody entered")
		return conntest.Kit{}
	}
}

// A frame in the same packet as the request is received: browsers do not send one, other clients may.
func TestAFrameInTheRequestsPacketIsReceived(t *testing.T) {
	t.Parallel()
	for _, libraryOnly := range []bool{false, true} {
		heard := make(chan string, 2)
		p := newPorch(t, libraryOnly, func(*visitor, live.Conn) func(func() ([]byte, error)) {
			return func(read func() ([]byte, error)) {
				for range 2 {
					frame, err := read()
					if err != nil {
						heard <- err.Error()
						return
					}
					heard <- string(frame)
				}
			}
		})
		c, err := net.Dial("tcp", p.address)
		if err != nil {
			t.Fatal(err)
		}
		frame := func(text string) string { return string([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}) + text }
		request := fmt.Sprintf("GET /one HTTP/1.1\r\nHost: x\r\nOrigin: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: %s\r\n\r\n", origin, wire.Subprotocol)
		if _, err := c.Write([]byte(request + frame("one") + frame("two")[:3])); err != nil {
			t.Fatal(err)
		}
		if got := <-heard; got != "one" {
			t.Errorf("received %q", got)
		}
		if _, err := c.Write([]byte(frame("two")[3:])); err != nil {
			t.Fatal(err)
		}
		if got := <-heard; got != "two" {
			t.Errorf("received %q", got)
		}
		_ = c.Close()
	}
}
