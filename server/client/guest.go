package client

import (
	"context"
	"errors"
	"fmt"

	"amends/server/puzzle"
	"amends/server/wire"
)

// EnterAsGuest enters a room with code and name, as the guest page does, and returns the workshop that
// the new cookie is valid for. A puzzle that the server asks for is solved.
func (c *Client) EnterAsGuest(ctx context.Context, code, name string) (workshop string, err error) {
	var in wire.GuestIn
	request := wire.GuestEntryRequest{Code: code, Name: name}
	err = c.Do(ctx, "POST", "/guest/enter", request, &in)
	if refused := (*Refused)(nil); errors.As(err, &refused) && refused.Code == "door.work" {
		if request.Work, err = c.work(ctx); err != nil {
			return "", err
		}
		err = c.Do(ctx, "POST", "/guest/enter", request, &in)
	}
	return in.Workshop, err
}

// work asks for a puzzle and solves it.
func (c *Client) work(ctx context.Context) (string, error) {
	var asked wire.Puzzle
	if err := c.Do(ctx, "POST", "/puzzle", nil, &asked); err != nil {
		return "", fmt.Errorf("ask for a puzzle: %w", err)
	}
	answer := puzzle.Solve(asked.Puzzle, asked.Most)
	if answer == "" {
		return "", errors.New("the puzzle has no solution")
	}
	return answer, nil
}
