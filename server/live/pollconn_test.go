package live

import (
	"context"
	"testing"

	"amends/server/live/conntest"
	"amends/server/wire"
)

// pollPeer is a polling device: it gets only the newest view.
type pollPeer struct {
	c    *pollConn
	seen *whole
}

func (p *pollPeer) Next(ctx context.Context) ([]int64, wire.CloseCode, error) {
	for {
		p.c.mu.Lock()
		latest, news, code := p.c.latest, p.c.news, p.c.code
		p.c.mu.Unlock()
		if latest != p.seen {
			p.seen = latest
			return []int64{latest.seq}, 0, nil
		}
		if code != 0 {
			return nil, code, nil
		}
		select {
		case <-news:
		case <-p.c.stop:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
}

func (p *pollPeer) Stall() {}

func (p *pollPeer) Say(_ context.Context, text string) error {
	p.c.inbox <- []byte(text)
	return nil
}

func TestAPollingDevicePassesTheConnSuite(t *testing.T) {
	t.Parallel()
	conntest.Run(t, func(t *testing.T) conntest.Kit {
		c := newPollConn()
		t.Cleanup(func() { c.Close(wire.CloseGoingAway, "over") })
		return conntest.Kit{Conn: c, Peer: &pollPeer{c: c}, Read: c.read, Newest: true}
	})
}
