package httpapi

import (
	"testing"
	"time"

	"amends/server/live"

	"github.com/fasthttp/websocket"
)

// Trap 5: the library waits for ever. A peer that sends nothing, as after a network loss, is
// disconnected; one that only answers pings stays.
func TestASilentPeerIsDisconnectedAndAPongKeepsIt(t *testing.T) {
	t.Parallel()
	for name, libraryOnly := range map[string]bool{"bare": false, "the library's": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			heard := map[string]chan string{"silent": make(chan string, 1), "ponging": make(chan string, 1)}
			p := newPorch(t, libraryOnly, func(v *visitor, _ live.Conn) func(func() ([]byte, error)) {
				return func(read func() ([]byte, error)) {
					frame, err := read()
					if err != nil {
						frame = []byte("let go")
					}
					heard[v.who.Request] <- string(frame)
				}
			})
			p.server.sockets.Silent = 3 * time.Second
			for who := range heard {
				ws, err := p.dial(t.Context(), who)
				if err != nil {
					t.Fatal(err)
				}
				defer ws.Close()
				if who == "silent" {
					continue
				}
				go func() {
					for range 25 {
						_ = ws.WriteControl(websocket.PongMessage, nil, time.Now().Add(time.Second))
						time.Sleep(200 * time.Millisecond)
					}
					_ = ws.WriteMessage(websocket.TextMessage, []byte("hi"))
				}()
			}
			for who, want := range map[string]string{"silent": "let go", "ponging": "hi"} {
				select {
				case got := <-heard[who]:
					if got != want {
						t.Errorf("the %s peer: %q, want %q", who, got, want)
					}
				case <-time.After(30 * time.Second):
					t.Errorf("the %s peer was never disconnected", who)
				}
			}
		})
	}
}
