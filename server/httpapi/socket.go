package httpapi

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"amends/server/actor"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/live"
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/websocket/v2"
)

// The only file that knows gofiber/websocket. Its traps, and what is done about each:
// the connection goes back to a pool when its handler returns, so the handler returns last of
// all; one goroutine writes; a panic in a handler would end the process, so each recovers;
// nothing is limited by default, so everything is set here.

// Times and sizes of a socket.
const (
	pingEvery    = 25 * time.Second
	silenceLimit = 60 * time.Second
	writeLimit   = 10 * time.Second
	queueFrames  = 256
	closeFlush   = 2 * time.Second
)

// visitor is what the handler needs of the request; plain copies, for the request's memory is
// gone by then.
type visitor struct {
	who      actor.Actor
	err      error
	workshop id.Workshop
}

const localVisitor = "visitor"

var errUpgrade = fault.New(fault.Invalid, "socket.upgrade", "This address takes websockets only.")

// socket upgrades: a wrong Origin is refused in HTTP; everything else upgrades first and
// closes with a code, because a browser cannot read a refused handshake.
func (s *Server) socket(c *fiber.Ctx) error {
	if !slices.Contains(s.Origins, c.Get(fiber.HeaderOrigin)) {
		return errOrigin
	}
	if !websocket.IsWebSocketUpgrade(c) || !slices.Contains(splitHeader(c.Get("Sec-WebSocket-Protocol")), wire.Subprotocol) {
		return errUpgrade
	}
	v := &visitor{}
	if v.workshop, v.err = wire.ParseWorkshop(strings.Clone(c.Params("workshop"))); v.err == nil {
		v.err = s.identifyEither(c)
		v.who, _ = actor.From(c.UserContext())
	}
	c.Locals(localVisitor, v)
	return websocket.New(s.serveSocket, websocket.Config{
		HandshakeTimeout: 10 * time.Second, Subprotocols: []string{wire.Subprotocol}, Origins: s.Origins,
		ReadBufferSize: 1024, WriteBufferSize: 4096,
	})(c)
}

func splitHeader(value string) []string {
	parts := strings.Split(value, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func (s *Server) serveSocket(ws *websocket.Conn) {
	conn := newSocketConn(ws)
	defer func() {
		if r := recover(); r != nil {
			s.Log.Error("a socket handler panicked", "err", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
		conn.finish()
	}()
	v, ok := ws.Locals(localVisitor).(*visitor)
	if !ok {
		conn.Close(wire.CloseGoingAway, "try again")
		return
	}
	if v.err != nil {
		conn.Close(live.CloseFor(v.err))
		return
	}
	ctx, cancel := context.WithCancel(actor.With(context.Background(), v.who))
	defer cancel()
	s.Hub.Serve(ctx, v.workshop, conn, conn.read)
}

// socketConn is one socket with one writer goroutine, which ends before the handler returns.
type socketConn struct {
	ws    *websocket.Conn
	queue chan []byte
	stop  chan struct{}
	ended chan struct{}
	mu    sync.Mutex
	// reason is what the close frame will say; set once.
	reason []byte
}

func newSocketConn(ws *websocket.Conn) *socketConn {
	c := &socketConn{ws: ws, queue: make(chan []byte, queueFrames), stop: make(chan struct{}), ended: make(chan struct{})}
	ws.SetReadLimit(wire.MaxFrame)
	c.heard()
	ws.SetPongHandler(func(string) error { c.heard(); return nil })
	ws.SetPingHandler(func(text string) error {
		c.heard()
		return ws.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(writeLimit))
	})
	// The close frame is ours to write, by the writer.
	ws.SetCloseHandler(func(int, string) error { return nil })
	go c.write()
	return c
}

// heard gives the peer time again, unless the connection is ending.
func (c *socketConn) heard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason == nil {
		_ = c.ws.SetReadDeadline(time.Now().Add(silenceLimit))
	}
}

// Send queues a frame; a queue that is full ends the connection, whose client comes back.
func (c *socketConn) Send(frame []byte) bool {
	select {
	case <-c.stop:
		return false
	default:
	}
	select {
	case c.queue <- frame:
		return true
	default:
		c.Close(wire.CloseTooSlow, "too slow")
		return false
	}
}

// Close lets the writer send what is queued and a close frame, and ends reading.
func (c *socketConn) Close(code wire.CloseCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason != nil {
		return
	}
	c.reason = websocket.FormatCloseMessage(int(code), reason)
	close(c.stop)
}

// finish ends the connection if nobody has, and waits for the writer.
func (c *socketConn) finish() {
	c.Close(websocket.CloseNormalClosure, "")
	<-c.ended
	_ = c.ws.Conn.Close()
}

var errBinary = errors.New("a binary frame")

// read gives the next text frame. It is called by the handler's goroutine only.
func (c *socketConn) read() ([]byte, error) {
	kind, frame, err := c.ws.ReadMessage()
	if err != nil {
		return nil, err
	}
	c.heard()
	if kind != websocket.TextMessage {
		c.Close(wire.CloseBinary, "text only")
		return nil, errBinary
	}
	return frame, nil
}

func (c *socketConn) write() {
	defer close(c.ended)
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case frame := <-c.queue:
			if c.put(websocket.TextMessage, frame, writeLimit) != nil {
				c.Close(wire.CloseTooSlow, "too slow")
				c.unblock()
				return
			}
		case <-ping.C:
			if c.put(websocket.PingMessage, nil, writeLimit) != nil {
				c.unblock()
				return
			}
		case <-c.stop:
			c.farewell()
			return
		}
	}
}

func (c *socketConn) put(kind int, frame []byte, patience time.Duration) error {
	_ = c.ws.SetWriteDeadline(time.Now().Add(patience))
	return c.ws.WriteMessage(kind, frame)
}

// farewell writes what is still queued and the close frame, then wakes the reader.
func (c *socketConn) farewell() {
	deadline := time.Now().Add(closeFlush)
	for len(c.queue) > 0 && time.Now().Before(deadline) {
		if c.put(websocket.TextMessage, <-c.queue, time.Until(deadline)) != nil {
			c.unblock()
			return
		}
	}
	_ = c.put(websocket.CloseMessage, c.reason, closeFlush)
	c.unblock()
}

// unblock makes a reader that waits give up; Close alone does nothing on a hijacked
// connection.
func (c *socketConn) unblock() { _ = c.ws.SetReadDeadline(time.Now().Add(-time.Second)) }
