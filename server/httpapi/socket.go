package httpapi

import (
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"amends/server/actor"
	"amends/server/app"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/inbound"
	"amends/server/live"
	"amends/server/socket"
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/websocket/v2"
)

// The only file that uses gofiber/websocket. Its traps, and what we do about them: its *websocket.Conn
// returns to a pool when the handler returns, so nothing may keep one; a bare TCP connection is taken
// out of it first and belongs to server/socket from then on. A panic in a handler would end the
// process, so each handler recovers. There are no default limits, so all are set here. Shutdown does
// not track sockets, so we count them.

// visitor is what the socket's handler needs of the request, copied, because the request's memory is
// reused by then.
type visitor struct {
	who      actor.Actor
	from     app.Address
	err      error
	workshop id.Workshop
}

const localVisitor = "visitor"

var errUpgrade = fault.New(fault.Invalid, "socket.upgrade", "This address takes websockets only.")

// entrance puts a connection into its room and returns the function that passes frames to it until its
// end; nil when the connection was refused and closed. The two may be called from different goroutines,
// one after the other.
type entrance func(v *visitor, conn live.Conn) (visit func(read func() ([]byte, error)))

// socket upgrades the request. A wrong Origin is refused over HTTP; all other refusals upgrade first
// and close with a code, because browsers hide the answer to a refused handshake.
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
		v.from = clientAddress(c, s.Proxies)
	}
	return s.upgrade(c, v, s.enterRoom)
}

func splitHeader(value string) []string {
	parts := strings.Split(value, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func (s *Server) upgrade(c *fiber.Ctx, v *visitor, enter entrance) error {
	c.Locals(localVisitor, v)
	return websocket.New(func(ws *websocket.Conn) { s.accept(ws, enter) }, websocket.Config{
		HandshakeTimeout: 10 * time.Second, Subprotocols: []string{wire.Subprotocol}, Origins: s.Origins,
		ReadBufferSize: 512, WriteBufferSize: 1024, WriteBufferPool: s.writeBuffers,
	})(c)
}

// enterRoom is the entrance to the real rooms.
func (s *Server) enterRoom(v *visitor, conn live.Conn) func(read func() ([]byte, error)) {
	if v.err != nil {
		conn.Close(live.CloseFor(v.err))
		return nil
	}
	ctx, cancel := context.WithTimeout(app.WithAddress(actor.With(context.Background(), v.who), v.from), requestPatience)
	defer cancel()
	visit := s.Hub.Enter(ctx, v.workshop, conn)
	if visit == nil {
		return nil
	}
	return visit.Serve
}

// accept handles an upgraded connection.
func (s *Server) accept(ws *websocket.Conn, enter entrance) {
	defer s.caught()
	v, ok := ws.Locals(localVisitor).(*visitor)
	if !ok {
		v = &visitor{err: fault.ErrUnavailable}
	}
	if !s.libraryOnly {
		if on, ok := bareOf(ws); ok {
			s.serveBare(on, v, enter)
			return
		}
	}
	conn := newLibraryConn(ws.Conn, s.sockets.Silent)
	defer conn.End() // the connection returns to the pool after the handler, so End must come before
	if visit := enter(v, conn); visit != nil {
		visit(conn.Read)
	}
}

// serveBare ends the handler's goroutine and frees what the upgrade held. The person enters here, where
// the stack has grown already; then one small goroutine reads.
func (s *Server) serveBare(on bare, v *visitor, enter entrance) {
	conn, err := s.sockets.Open(on.tcp, on.early)
	if err != nil {
		_ = on.seat.Close()
		return // shutting down: the client reconnects to another node
	}
	handed := false
	defer func() {
		if !handed {
			conn.End()
			_ = on.seat.Close()
		}
	}()
	visit := enter(v, conn)
	handed = true
	go func() {
		defer s.caught()
		defer on.seat.Close() // a socket counts against the limit of connections until its end
		defer conn.End()
		if visit != nil {
			visit(conn.Read)
		}
	}()
}

// caught recovers a panic at one socket and logs it, so that it does not end the process. Defer it.
func (s *Server) caught() {
	if r := recover(); r != nil {
		s.Log.Error("a socket handler panicked", "err", fmt.Sprint(r), "stack", string(debug.Stack()))
	}
}

// bare is a TCP connection owned by a socket, with the bytes already read from it. Closing seat frees
// its place in the connection limit.
type bare struct {
	tcp   *net.TCPConn
	seat  *inbound.Conn
	early []byte
}

// bareOf takes the TCP connection out of a new websocket, with the bytes that the server read beyond
// the request. Nothing else uses it then: the HTTP server releases hijacked connections
// (KeepHijackedConns), and the websocket has read nothing yet.
func bareOf(ws *websocket.Conn) (on bare, ok bool) {
	hijacked := ws.UnderlyingConn()
	under, ok := hijacked.(interface{ UnsafeConn() net.Conn })
	if !ok || !socket.Bare {
		return bare{}, false
	}
	if on.seat, ok = under.UnsafeConn().(*inbound.Conn); !ok {
		return bare{}, false
	}
	if on.tcp, ok = on.seat.Conn.(*net.TCPConn); !ok {
		return bare{}, false
	}
	// With a deadline in the past, Read returns buffered bytes and then fails at once.
	_ = on.tcp.SetReadDeadline(time.Unix(1, 0))
	var buffer [512]byte
	for {
		n, err := hijacked.Read(buffer[:])
		on.early = append(on.early, buffer[:n]...)
		if err != nil {
			break
		}
	}
	_ = on.tcp.SetReadDeadline(time.Time{})
	return on, true
}
