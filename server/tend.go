package server

import (
	"context"
	"time"
)

// Background jobs of a process: closing attendance of dead nodes, deleting rows whose time is over
// (server/app/tables.go), and, retried until it succeeds, recording its policy in the audit log. Every
// node runs all of them; each job is idempotent across nodes, and only one node deletes at a time.

const (
	healEvery  = 30 * time.Second
	sweepEvery = 10 * time.Minute
)

// tend runs the jobs until ctx ends.
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
	if _, err := s.app.Sweep(ctx); err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("the sweep could not begin", "err", err)
	}
	if err := s.app.ForgetGuests(ctx); err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("guest names could not be deleted yet", "err", err)
	}
}

// recordPolicy reports whether the audit log now names this process's policy.
func (s *Server) recordPolicy(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err := s.app.RecordPolicy(ctx)
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("the policy is not in the audit log yet", "err", err)
	}
	return err == nil
}
