package server

import (
	"context"
	"time"

	"amends/server/checkpoint"
)

// Checkpoints of the audit log. Every node signs its own into the folder of its machine; nothing else
// waits for it, because a disk may hang: no request, no other background job, and the end of the
// process only for settlePatience.

const (
	// signEvery is how often a checkpoint is signed when something is new; signLook is how often the logs
	// are looked at for signMany new entries, which are signed at once.
	signEvery = 15 * time.Minute
	signLook  = time.Minute
	signMany  = 1000
)

func folderOf(cfg Config) *checkpoint.Folder {
	if cfg.Checkpoints == "" {
		return nil
	}
	return checkpoint.NewFolder(cfg.Checkpoints, cfg.Secrets)
}

// signCheckpoints signs at start, and then as often as is said above, until ctx ends.
func (s *Server) signCheckpoints(ctx context.Context) {
	if s.cfg.Checkpoints == "" {
		return
	}
	look, every := time.NewTicker(signLook), time.NewTicker(signEvery)
	defer look.Stop()
	defer every.Stop()
	s.checkpoint(ctx, 1)
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			s.checkpoint(ctx, 1)
		case <-look.C:
			s.checkpoint(ctx, signMany)
		}
	}
}

// checkpoint signs where a log has this many new entries. A failure is in the process's log each time
// until it is mended.
func (s *Server) checkpoint(ctx context.Context, least int64) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := s.app.Checkpoint(ctx, least); err != nil && ctx.Err() == nil {
		s.cfg.Log.Error("the audit log has no new checkpoint: `amends doctor` and `amends audit verify` say why", "err", err)
	}
}

// lastCheckpoint signs what was written up to the end of the process.
func (s *Server) lastCheckpoint(signing <-chan struct{}) {
	if s.cfg.Checkpoints == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), settlePatience)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-signing
		s.app.Settle(ctx)
		s.checkpoint(ctx, 1)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		s.cfg.Log.Warn("the last entries of the audit log have no checkpoint yet")
	}
}
