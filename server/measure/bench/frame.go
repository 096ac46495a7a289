package bench

import (
	"bufio"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // required by RFC 6455; no security depends on it
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// The client side of RFC 6455, reduced to what a load test needs: one upgrade, masked text frames out,
// unfragmented frames in. Not for production traffic.

// Opcodes of RFC 6455, section 5.2.
const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// maxFrame bounds one received frame; a whole view of 5,000 people fits.
const maxFrame = 8 << 20

var (
	errBadFrame   = errors.New("a frame that RFC 6455 does not allow")
	errBadUpgrade = errors.New("the server did not upgrade")
)

// Doorway describes how to open a connection.
type Doorway struct {
	// Address is host and port to dial; Host, Path and Header go into the request.
	Address, Host, Path string
	Header              http.Header
	// Hello is sent as text frames once the connection is open.
	Hello []string
	// Tag is for the Listener: it identifies whose connection this is.
	Tag any
	// Bare connections are plain TCP: no upgrade, the server sends frames at once.
	Bare bool
}

// upgrade performs the websocket handshake and returns the bytes received beyond the response.
func upgrade(c net.Conn, d Doorway) ([]byte, error) {
	nonce := make([]byte, 16)
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	key := base64.StdEncoding.EncodeToString(nonce)
	var b strings.Builder
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n", d.Path, d.Host, key)
	if err := d.Header.Write(&b); err != nil {
		return nil, fmt.Errorf("write the headers: %w", err)
	}
	b.WriteString("\r\n")
	if _, err := c.Write([]byte(b.String())); err != nil {
		return nil, fmt.Errorf("ask for a websocket: %w", err)
	}
	in := bufio.NewReader(c)
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Sec-WebSocket-Accept") != acceptOf(key) {
		return nil, fmt.Errorf("%w: status %d", errBadUpgrade, res.StatusCode)
	}
	rest := make([]byte, in.Buffered())
	_, err = in.Read(rest)
	if len(rest) == 0 {
		err = nil
	}
	return rest, err
}

func acceptOf(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // see above
	return base64.StdEncoding.EncodeToString(sum[:])
}

// masked encodes a client's frame. The mask is constant: it hides nothing from the server, and the
// proxies it is meant for are not measured here.
func masked(op byte, payload []byte) []byte {
	mask := [4]byte{0x5a, 0x13, 0xc7, 0x21}
	out := append(header(op, len(payload), 0x80), mask[:]...)
	at := len(out)
	out = append(out, payload...)
	for i := range payload {
		out[at+i] ^= mask[i&3]
	}
	return out
}

// ServerFrame encodes a server's text frame; the bare server of the comparison sends it.
func ServerFrame(payload []byte) []byte { return append(header(opText, len(payload), 0), payload...) }

func header(op byte, n int, mask byte) []byte {
	switch {
	case n < 126:
		return []byte{0x80 | op, mask | byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{0x80 | op, mask | 126}, uint16(n))
	}
	return binary.BigEndian.AppendUint64([]byte{0x80 | op, mask | 127}, uint64(n))
}

// cut takes the first complete frame off b. The measured servers send no fragmented frames, so one is
// an error. Without a complete frame, rest is b.
func cut(b []byte) (op byte, payload, rest []byte, whole bool, err error) {
	if len(b) < 2 {
		return 0, nil, b, false, nil
	}
	op, n, at := b[0]&0x0f, uint64(b[1]&0x7f), 2
	switch {
	case b[0]&0xf0 != 0x80 || b[1]&0x80 != 0:
		return 0, nil, b, false, errBadFrame
	case n == 126 && len(b) < 4, n == 127 && len(b) < 10:
		return 0, nil, b, false, nil
	case n == 126:
		n, at = uint64(binary.BigEndian.Uint16(b[2:])), 4
	case n == 127:
		n, at = binary.BigEndian.Uint64(b[2:]), 10
	}
	if n > maxFrame {
		return 0, nil, b, false, errBadFrame
	}
	if uint64(len(b)-at) < n {
		return 0, nil, b, false, nil
	}
	end := at + int(n)
	return op, b[at:end], b[end:], true, nil
}
