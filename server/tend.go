package server

import (
	"context"
	"time"
)

// What a process looks after beside its connections: leaves of nodes that are gone, rows that
// are only kept for a day, and (once, asked again until it is written) which policy it runs by.
// Every node does all of it; each deed happens once whoever does it.

const (
	healEvery  = 30 * time.Second
	sweepEvery = 10 * time.Minute
)

// tend runs until ctx ends.
func (s *Server) tend(ctx context.Context) {
	heal := time.NewTicker(healEvery)
	defer heal.Stop()
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	s.hub.Heal(ctx)
	s.sweep(ctx)
	recorded := s.recordPolicy(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-heal.C:
			s.hub.Heal(ctx)
		case <-sweep.C:
			s.sweep(ctx)
			recorded = recorded || s.recordPolicy(ctx)
		}
	}
}

func (s *Server) sweep(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := s.app.SweepPlaces(ctx); err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("the sweep did not get through", "err", err)
	}
	if err := s.app.SweepKeptActs(ctx); err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("keys of yesterday are not gone yet", "err", err)
	}
	if err := s.app.ForgetGuests(ctx); err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("the names of guests are not forgotten yet", "err", err)
	}
}

// recordPolicy says whether the audit log names the policy of this process.
func (s *Server) recordPolicy(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err := s.app.RecordPolicy(ctx)
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("the policy is not in the audit log yet", "err", err)
	}
	return err == nil
}
