package app

import (
	"context"

	"amends/server/account"
	"amends/server/bus"
	"amends/server/fault"
)

// Known devices. The rule: what strangers try never keeps a person out on a device on which they signed
// in before. Its tries of their name and password are counted for the device alone, neither for the name
// nor for the address; and where too many codes are tried, it is counted alone as well (decision 0027).
//
// The device shows this by a cookie, of which nothing is stored here. The cookie is made only after a
// right password, so none exists for a name without an account, and a made-up one is as good as none.

func (a *App) devices() account.DeviceKey { return a.secrets.Derive("known devices") }

// deviceOf returns the device of a cookie if somebody signed in there with this name (a keyed hash).
func (a *App) deviceOf(cookie, name string) (account.Device, bool) {
	device, known := a.devices().Open(cookie, a.now())
	return device, known && device.Name == name
}

// guessing is what a try of a password is counted under.
type guessing struct {
	tried tried
	// key is that of the back-off: of the name, or of the known device.
	key string
}

// guess counts a try before its outcome is known. When the counters are unavailable the sign-in is
// refused (fail closed). Faults: too_many, server.unavailable.
func (a *App) guess(ctx context.Context, name string, from Address, cookie string) (guessing, error) {
	g := guessing{tried: tried{app: a}, key: name}
	if device, known := a.deviceOf(cookie, name); known {
		g.key = "device " + device.ID + name
	} else {
		var err error
		if g.tried, err = a.countTries(ctx, "logIn", Try{From: from}); err != nil {
			return g, err
		}
	}
	wait, err := a.stores.Backoff.Try(ctx, g.key)
	if err != nil {
		return g, fault.ErrUnavailable.Because(err)
	}
	if wait > 0 {
		g.tried.refund(ctx) // nothing was tried
		return g, fault.ErrTooMany.After(wait)
	}
	return g, nil
}

// right forgets the failures before a right password. Those of strangers, on other devices, stay.
func (g guessing) right(ctx context.Context) {
	if err := g.tried.app.stores.Backoff.Clear(ctx, g.key); err != nil {
		g.tried.app.log.Warn("could not clear a back-off", "err", err)
	}
	g.tried.refund(ctx)
}

// countPrelogin counts a request for a name's parameters. Faults: too_many, server.unavailable.
func (a *App) countPrelogin(ctx context.Context, name string, from Address, cookie string) error {
	if device, known := a.deviceOf(cookie, name); known {
		return a.countTry(ctx, bus.PreloginPerDevice(), device.ID)
	}
	_, err := a.countTries(ctx, "prelogin", Try{From: from})
	return err
}
