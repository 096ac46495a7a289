package httpapi

import (
	"errors"
	"sync"
	"time"

	"amends/server/wire"

	"github.com/fasthttp/websocket"
)

// A websocket written by the library, with a goroutine of its own: for connections that are not bare
// TCP, and for systems without non-blocking writes. The handler must call End before it returns.

// Timeouts and sizes of such a socket.
const (
	pingEvery   = 25 * time.Second
	writeLimit  = 10 * time.Second
	queueFrames = 256
	closeFlush  = 2 * time.Second
)

type libraryConn struct {
	ws     *websocket.Conn
	silent time.Duration
	queue  chan []byte
	stop   chan struct{}
	ended  chan struct{}
	mu     sync.Mutex
	// reason is the payload of the close frame; it is set once, and then the connection is ending.
	reason []byte
}

// newLibraryConn wraps ws; silent is how long the peer may send nothing, not even a pong.
func newLibraryConn(ws *websocket.Conn, silent time.Duration) *libraryConn {
	c := &libraryConn{ws: ws, silent: silent, queue: make(chan []byte, queueFrames), stop: make(chan struct{}), ended: make(chan struct{})}
	ws.SetReadLimit(wire.MaxFrame)
	c.heard()
	ws.SetPongHandler(func(string) error { c.heard(); return nil })
	ws.SetPingHandler(func(text string) error {
		c.heard()
		return ws.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(writeLimit))
	})
	// The library must not answer a close frame: the writer sends ours.
	ws.SetCloseHandler(func(int, string) error { return nil })
	go c.write()
	return c
}

// heard restarts the peer's silence timeout, unless the connection is ending.
func (c *libraryConn) heard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason == nil {
		_ = c.ws.SetReadDeadline(time.Now().Add(c.silent))
	}
}

// Send queues a frame. A full queue ends the connection, and the client reconnects.
func (c *libraryConn) Send(frame []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason != nil {
		return false
	}
	select {
	case c.queue <- frame:
		return true
	default:
		c.close(wire.CloseTooSlow, "too slow")
		return false
	}
}

// SendPassing queues ephemeral state only while less than half of the queue is used; the rest is for
// other frames.
func (c *libraryConn) SendPassing(frame []byte) bool {
	if len(c.queue) < queueFrames/2 {
		return c.Send(frame)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reason == nil
}

// Close makes the writer send the queue and a close frame, and ends reading.
func (c *libraryConn) Close(code wire.CloseCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason == nil {
		c.close(code, reason)
	}
}

func (c *libraryConn) close(code wire.CloseCode, reason string) {
	c.reason = websocket.FormatCloseMessage(int(code), reason)
	close(c.stop)
}

// End closes the connection if it is still open, and waits for the writer.
func (c *libraryConn) End() {
	c.Close(websocket.CloseNormalClosure, "")
	<-c.ended
	_ = c.ws.Close()
}

var errBinary = errors.New("a binary frame")

// Read returns the next text frame. Only the handler's goroutine may call it.
func (c *libraryConn) Read() ([]byte, error) {
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

func (c *libraryConn) write() {
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
				c.Close(wire.CloseTooSlow, "too slow")
				c.unblock()
				return
			}
		case <-c.stop:
			c.farewell()
			return
		}
	}
}

func (c *libraryConn) put(kind int, frame []byte, patience time.Duration) error {
	_ = c.ws.SetWriteDeadline(time.Now().Add(patience))
	return c.ws.WriteMessage(kind, frame)
}

// farewell sends the queue and the close frame, then wakes the reader.
func (c *libraryConn) farewell() {
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

// unblock wakes a blocked reader; Close alone does nothing on a hijacked connection.
func (c *libraryConn) unblock() { _ = c.ws.SetReadDeadline(time.Now().Add(-time.Second)) }
