package server_test

import (
	"io"
	"net"
	"net/url"
	"testing"
	"time"
)

// A browser opens connections in advance and sends its next request on one that was idle for a while.
// Anything the server had written there would be taken for the response.
func TestAnIdleConnectionIsClosedWithoutAResponse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at, err := url.Parse(w.base)
	check(t, err)
	for name, begun := range map[string]string{"nothing": "", "half a request": "GET /healthz HTTP/1.1\r\nHost: a"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", at.Host)
			check(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, begun)
			check(t, err)
			check(t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
			said, err := io.ReadAll(conn)
			if err != nil || len(said) > 0 {
				t.Errorf("the server said %q and then %v; it was to close the socket", said, err)
			}
		})
	}
}
