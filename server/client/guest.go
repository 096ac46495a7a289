package client

import (
	"context"

	"amends/server/wire"
)

// EnterAsGuest enters a room with code and name, as the guest page does, and returns the workshop that
// the new cookie is valid for.
func (c *Client) EnterAsGuest(ctx context.Context, code, name string) (workshop string, err error) {
	var in wire.GuestIn
	err = c.Do(ctx, "POST", "/guest/enter", wire.GuestEntryRequest{Code: code, Name: name}, &in)
	return in.Workshop, err
}
