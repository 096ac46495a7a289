package bus

import "context"

// NoLimits is a Limiter that allows everything. It is for measurements on one machine; the
// configuration refuses it wherever others could reach the server.
type NoLimits struct{}

// Allow allows every valid rule.
func (NoLimits) Allow(_ context.Context, _ string, rule Rule) (Decision, error) {
	return Decision{OK: true, Left: rule.Burst}, rule.Check()
}

// Refund does nothing.
func (NoLimits) Refund(context.Context, string, Rule) error { return nil }
