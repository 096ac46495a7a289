package app

import (
	"context"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// The devices of a person: where they are signed in, what kind each is, and the way to sign one out that
// was lost or is not theirs. Each device learns of newer ones until its person has seen the list. A room
// pass is no device: it ends with its meeting.

// Devices lists where the person is signed in.
func (a *App) Devices(ctx context.Context) (wire.Devices, error) {
	return do(ctx, a, "listDevices", myself, func(ctx context.Context, s *step) (wire.Devices, error) {
		out := wire.Devices{Devices: []wire.Device{}}
		rows, err := s.SigninDevices(ctx, dbgen.SigninDevicesParams{FacilityID: s.actor.Facility, MemberID: s.actor.Member, Mine: s.actor.Signin, Now: s.now})
		for _, r := range rows {
			d := wire.Device{ID: r.ID.String(), Shared: r.SharedDevice, Since: r.CreatedAt.UnixMilli(), Seen: r.SeenAt.UnixMilli(), This: r.ID == s.actor.Signin, Fresh: r.Fresh}
			if r.Device != nil {
				d.Kind = *r.Device
			}
			out.Devices = append(out.Devices, d)
		}
		return out, err
	})
}

// NoteDevices remembers that the person has seen the list on this device.
func (a *App) NoteDevices(ctx context.Context) error {
	return act(ctx, a, "noteDevices", myself, func(ctx context.Context, s *step) error {
		return s.SigninNote(ctx, dbgen.SigninNoteParams{At: s.now, FacilityID: s.actor.Facility, ID: s.actor.Signin})
	})
}

// EndDevice signs one device of the person out. Fault: thing.not_found.
func (a *App) EndDevice(ctx context.Context, which id.Signin) error {
	return act(ctx, a, "endDevice", myself, func(ctx context.Context, s *step) error {
		return a.endDevices(ctx, s, which, false)
	})
}

// EndOtherDevices signs the person out everywhere but here.
func (a *App) EndOtherDevices(ctx context.Context) error {
	return act(ctx, a, "endOtherDevices", myself, func(ctx context.Context, s *step) error {
		return a.endDevices(ctx, s, s.actor.Signin, true)
	})
}

// endDevices ends one sign-in of the person, or all others.
func (a *App) endDevices(ctx context.Context, s *step, which id.Signin, other bool) error {
	who := s.actor.Member
	ended, err := s.SigninEndDevices(ctx, dbgen.SigninEndDevicesParams{At: s.now, FacilityID: s.actor.Facility, MemberID: who, ID: which, Other: other})
	if err != nil {
		return err
	}
	if len(ended) == 0 && !other {
		return fault.ErrNotFound
	}
	for _, one := range ended {
		if err := a.signinEnded(ctx, s, who, one); err != nil {
			return err
		}
	}
	return nil
}
