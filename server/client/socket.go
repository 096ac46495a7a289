package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"amends/server/wire"

	"github.com/fasthttp/websocket"
	"github.com/google/uuid"
)

// Socket is one connection to a room. It reads in the background until it is closed; see Await.
type Socket struct {
	conn *websocket.Conn
	mu   sync.Mutex
	news chan struct{}
	// frames are all that arrived, in order.
	frames []Frame
	code   int
}

// Frame is one received frame, raw and decoded.
type Frame struct {
	Raw   json.RawMessage
	View  map[string]any  `json:"view"`
	Patch map[string]any  `json:"patch"`
	Me    map[string]any  `json:"me"`
	Ack   string          `json:"ack"`
	Error *wire.RoomError `json:"error"`
	Live  *wire.RoomLive  `json:"live"`
	Seq   int64           `json:"seq"`
	Now   int64           `json:"now"`
}

// Room opens a socket with this client's cookies. Error: *Refused for a refused handshake.
func (c *Client) Room(ctx context.Context, workshop string) (*Socket, error) {
	base, err := url.Parse(c.Base)
	if err != nil {
		return nil, fmt.Errorf("read the base address: %w", err)
	}
	var cookies []string
	for _, k := range c.HTTP.Jar.Cookies(base) {
		cookies = append(cookies, k.Name+"="+k.Value)
	}
	header := http.Header{"Origin": {c.Origin}}
	maps.Copy(header, c.Header)
	if len(cookies) > 0 {
		header.Set("Cookie", strings.Join(cookies, "; "))
	}
	dialer := websocket.Dialer{HandshakeTimeout: 10 * time.Second, Subprotocols: []string{wire.Subprotocol}}
	if own, is := c.HTTP.Transport.(*http.Transport); is {
		dialer.NetDialContext = own.DialContext
		if dialer.TLSClientConfig = own.TLSClientConfig.Clone(); dialer.TLSClientConfig != nil {
			dialer.TLSClientConfig.NextProtos = []string{"http/1.1"} // an upgrade needs HTTP/1.1
		}
	}
	conn, res, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(c.Base, "http")+"/api/v1/rooms/"+workshop+"/socket", header) //nolint:bodyclose // the dialer has read the body of a refused handshake; an accepted one has none
	if err != nil {
		if res != nil {
			return nil, &Refused{Status: res.StatusCode}
		}
		return nil, fmt.Errorf("open the socket: %w", err)
	}
	s := &Socket{conn: conn, news: make(chan struct{}, 1)}
	go s.read()
	return s, nil
}

func (s *Socket) read() {
	for {
		_, raw, err := s.conn.ReadMessage()
		f := Frame{Raw: raw}
		s.mu.Lock()
		if err != nil {
			s.code = 1006
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				s.code = closed.Code
			}
		} else if json.Unmarshal(raw, &f) == nil {
			s.frames = append(s.frames, f)
		}
		s.mu.Unlock()
		select {
		case s.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// Send writes one raw text frame.
func (s *Socket) Send(raw string) error {
	return s.conn.WriteMessage(websocket.TextMessage, []byte(raw))
}

// SendBinary writes one binary frame, which a server refuses.
func (s *Socket) SendBinary(raw []byte) error {
	return s.conn.WriteMessage(websocket.BinaryMessage, raw)
}

// Do sends a command and returns its id. with is JSON; expect below 0 is left out.
func (s *Socket) Do(verb, with string, expect int) (string, error) {
	fresh := uuid.Must(uuid.NewV7()).String()
	return fresh, s.Send(CommandFrame(fresh, verb, with, expect))
}

// CommandFrame encodes a command.
func CommandFrame(id, verb, with string, expect int) string {
	if with == "" {
		with = "{}"
	}
	frame := fmt.Sprintf(`{"id":%q,"do":%q,"with":%s`, id, verb, with)
	if expect >= 0 {
		frame += fmt.Sprintf(`,"expect":{"segment":%d}`, expect)
	}
	return frame + "}"
}

// Await blocks until ok holds for all frames so far. Errors: those of ctx.
func (s *Socket) Await(ctx context.Context, ok func([]Frame) bool) error {
	for {
		s.mu.Lock()
		done, code := ok(s.frames), s.code
		s.mu.Unlock()
		if done {
			return nil
		}
		if code != 0 {
			return fmt.Errorf("the socket was closed with %d", code)
		}
		select {
		case <-s.news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Closed waits until the connection is closed and returns its close code.
func (s *Socket) Closed(ctx context.Context) (int, error) {
	for {
		s.mu.Lock()
		code := s.code
		s.mu.Unlock()
		if code != 0 {
			return code, nil
		}
		select {
		case <-s.news:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// State applies the views and patches received so far.
func (s *Socket) State() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Fold(s.frames)
}

// Frames returns all frames received so far.
func (s *Socket) Frames() []Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Frame(nil), s.frames...)
}

// Fold applies patches (RFC 7396) to the newest whole view.
func Fold(frames []Frame) map[string]any {
	view := map[string]any{}
	for _, f := range frames {
		if f.View != nil {
			view = f.View
		} else if f.Patch != nil {
			view = merge(view, f.Patch)
		}
	}
	return view
}

func merge(into, patch map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range into {
		out[k] = v
	}
	for k, v := range patch {
		inner, isObject := v.(map[string]any)
		switch {
		case v == nil:
			delete(out, k)
		case isObject:
			old, _ := out[k].(map[string]any)
			out[k] = merge(old, inner)
		default:
			out[k] = v
		}
	}
	return out
}

// Close ends the connection.
func (s *Socket) Close() { _ = s.conn.Close() }
