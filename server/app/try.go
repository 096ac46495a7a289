package app

import (
	"context"
	"net/netip"
	"slices"

	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/puzzle"
	"amends/server/wire"
)

// Tries of public operations, such as a typed code. Each is counted before its outcome is known, by
// every limit of the operation's row, and given back after a success where only failures count.
//
// A limit that all share (Overall) never refuses anybody, or a few strangers could lock everybody out. Nor
// does the limit of an address in the same row: one troll, or many typing errors, would lock out a whole
// house. When one is used up, a person who is signed in, or a device that somebody signed in on before, is
// counted alone, and anybody else solves a puzzle for each try (decision 0025). In a row without such a
// limit (slips, passes, sign-ins) the limit of an address refuses.

// errWork asks for a solved puzzle; with it the same try is accepted at once.
var errWork = fault.New(fault.TooMany, "door.work", "Many wrong codes are being tried just now. Please try again in a few minutes, or ask a counselor.")

// Try is one attempt from outside.
type Try struct {
	From Address
	// Work is a solved puzzle; "" for none.
	Work string
	// Device is the cookie of a known device; "" for none.
	Device string
	// Known returns the member that the browser is signed in as, zero for none. It is called only when a
	// limit is used up. It may be nil.
	Known func(context.Context) (id.Member, error)
}

// tried is what a try has used of limits.
type tried struct {
	app  *App
	took []counter
}

// counter is one count that a try is part of.
type counter struct {
	rule bus.Rule
	key  string
}

// counters of a rule: the household's and that of the site it is part of, or the one that all share.
func counters(rule bus.Rule, from Address) []counter {
	if rule.Overall {
		return []counter{{rule, "all"}}
	}
	all := []counter{{rule, string(from)}}
	if site, is := from.Site(); is {
		all = append(all, counter{rule.OfSite(), string(site)})
	}
	return all
}

// Site is the /48 of an IPv6 address: whoever holds one may send from 65536 networks, each with a count
// of its own. IPv4 addresses have none.
func (from Address) Site() (Address, bool) {
	household, err := netip.ParsePrefix(string(from))
	if err != nil || !household.Addr().Is6() {
		return "", false
	}
	site, err := household.Addr().Prefix(48)
	return Address(site.String()), err == nil
}

// countTries counts one try for each limit in the row of a public operation. What was counted of a try
// that is refused is given back: nothing was learned by it. Faults: too_many, door.work,
// server.unavailable.
func (a *App) countTries(ctx context.Context, operation string, by Try) (tried, error) {
	out, instead := tried{app: a}, false
	rules := a.rules[operation].tries
	works := slices.ContainsFunc(rules, func(r bus.Rule) bool { return r.Overall })
	for _, rule := range rules {
		for _, one := range counters(rule, by.From) {
			err := out.take(ctx, one)
			if works && fault.As(err).Kind == fault.TooMany {
				if instead {
					continue // one puzzle is enough for a try
				}
				instead = true
				err = out.takeInstead(ctx, operation, rule, by, err)
			}
			if err != nil {
				out.refund(ctx)
				return out, err
			}
		}
	}
	return out, nil
}

// take counts a try for one counter.
func (t *tried) take(ctx context.Context, one counter) error {
	err := t.app.countTry(ctx, one.rule, one.key)
	if err == nil {
		t.took = append(t.took, one)
	}
	return err
}

// takeInstead counts a try after a limit that others may have used up, by what the caller brings.
func (t *tried) takeInstead(ctx context.Context, operation string, rule bus.Rule, by Try, full error) error {
	who, err := t.app.knownAs(ctx, by)
	if err != nil {
		return err
	}
	if who != "" {
		return t.take(ctx, counter{bus.CodesPerMember(), who + " " + operation})
	}
	wait := fault.As(full).RetryAfter
	name, err := t.app.puzzles().Check(by.Work, string(by.From), t.app.now())
	if err != nil {
		return errWork.After(wait)
	}
	if !rule.Overall {
		for _, one := range counters(bus.WorkPerAddress(), by.From) {
			if err := t.take(ctx, one); err != nil {
				return err
			}
		}
	}
	if err := t.take(ctx, counter{bus.PuzzleOnce(), name}); err != nil {
		if fault.As(err).Kind == fault.TooMany {
			err = errWork.After(wait)
		}
		return err
	}
	return nil
}

// takeFrom takes one try of a rule of addresses, or none when it is refused.
func (a *App) takeFrom(ctx context.Context, rule bus.Rule, from Address) (tried, error) {
	out := tried{app: a}
	for _, one := range counters(rule, from) {
		if err := out.take(ctx, one); err != nil {
			out.refund(ctx)
			return tried{}, err
		}
	}
	return out, nil
}

// knownAs says under which key a caller whom the server knows is counted: their own, or that of the
// account that was used on this device before, which is the same on all its devices, so that signing in
// again and again brings no new limit. "" for a stranger.
func (a *App) knownAs(ctx context.Context, by Try) (string, error) {
	if by.Known != nil {
		who, err := by.Known(ctx)
		if err != nil || !who.IsZero() {
			return who.String(), err
		}
	}
	if device, known := a.devices().Open(by.Device, a.now()); known {
		return "devices of " + device.Name, nil
	}
	return "", nil
}

// refund gives a try back after a success. A puzzle stays used.
func (t tried) refund(ctx context.Context) {
	for _, one := range t.took {
		if one.rule.Name != bus.PuzzleOnce().Name {
			t.app.refund(ctx, one.rule, one.key)
		}
	}
}

func (a *App) puzzles() puzzle.Key { return a.secrets.Derive("puzzles") }

// Puzzle makes a puzzle for an address. Faults: too_many, server.unavailable.
func (a *App) Puzzle(ctx context.Context, from Address) (wire.Puzzle, error) {
	if _, err := a.countTries(ctx, "readPuzzle", Try{From: from}); err != nil {
		return wire.Puzzle{}, err
	}
	text, err := a.puzzles().New(a.random, string(from), a.now())
	return wire.Puzzle{Puzzle: text, Most: puzzle.Most}, err
}

// countTry counts one try of a rule and refuses beyond its limit. Faults: too_many, server.unavailable.
func (a *App) countTry(ctx context.Context, rule bus.Rule, key string) error {
	limits := a.stores.Limits
	if rule.Local {
		limits = a.stores.Local
	}
	d, err := limits.Allow(ctx, key, rule)
	if err != nil {
		return fault.ErrUnavailable.Because(err)
	}
	if !d.OK {
		return fault.ErrTooMany.After(d.RetryAfter)
	}
	return nil
}

// refund gives one try back, where only failures count.
func (a *App) refund(ctx context.Context, rule bus.Rule, key string) {
	if err := a.stores.Limits.Refund(ctx, key, rule); err != nil {
		a.log.Warn("refunding a rate limit failed", "err", err)
	}
}
