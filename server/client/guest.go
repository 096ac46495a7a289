package client

import (
	"context"

	"amends/server/wire"
)

// EnterAsGuest types a room code and a name, as the page for guests does, and gives the
// workshop that the fresh cookie opens.
func (c *Client) EnterAsGuest(ctx context.Context, code, name string) (workshop string, err error) {
	var in wire.GuestIn
	err = c.Do(ctx, "POST", "/guest/enter", wire.GuestEntryRequest{Code: code, Name: name}, &in)
	return in.Workshop, err
}
