package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"amends/server/client"
	"amends/server/wire"
)

// Meet schedules an open meeting that starts now.
func (h *House) Meet(ctx context.Context, capacity int) (string, error) {
	var made wire.Created
	plan := wire.ScheduleRequest{Title: "Open load", Kind: "open", Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: "step9-60", Language: "en",
		Lead: h.leads[0], Counselors: h.leads[1:], Capacity: capacity}
	if err := h.Admin.Do(ctx, "POST", "/workshops", plan, &made); err != nil {
		return "", fmt.Errorf("schedule an open meeting: %w", err)
	}
	return made.ID, nil
}

// Code returns the room code that guests type, as a facilitator's page shows it.
func (h *House) Code(ctx context.Context, workshop string) (string, error) {
	s, err := h.Leads[0].Room(ctx, workshop)
	if err != nil {
		return "", err
	}
	defer s.Close()
	bounded, cancel := context.WithTimeout(ctx, viewPatience)
	defer cancel()
	code := ""
	err = s.Await(bounded, func(frames []client.Frame) bool {
		code, _ = client.Fold(frames)["room_code"].(string)
		return code != ""
	})
	if err != nil {
		return "", errors.New("the facilitator's page shows no room code")
	}
	return strings.ToUpper(code), nil
}

// entering is how many guests enter at the same time.
const entering = 16

// guests enter by the code, each under a different name; it returns a Doorway with each guest's cookie.
func (h *House) guests(ctx context.Context, code string, first, n int) ([]Doorway, error) {
	doors, failed := make([]Doorway, n), make([]error, n)
	slots := make(chan struct{}, entering)
	var wait sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		wait.Add(1)
		go func() {
			defer wait.Done()
			defer func() { <-slots }()
			c := connect(h.Base, h.Origin)
			workshop, err := c.EnterAsGuest(ctx, code, fmt.Sprintf("Guest %d", first+i))
			if err == nil {
				doors[i], err = RoomDoor(c, workshop)
			}
			failed[i] = err
		}()
	}
	wait.Wait()
	return doors, errors.Join(failed...)
}
