//go:build unix

package stand

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// Live is what the node's heap and stacks hold after a collection, in bytes. Only a node without
// limits tells it (cmd/amends, tellMemory); one that has them would end by the signal.
func (n *Node) Live(ctx context.Context) (int64, error) {
	if !n.unlimited {
		return 0, errors.New("a node with its limits on does not tell its memory")
	}
	if err := n.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		return 0, fmt.Errorf("ask a node for its memory: %w", err)
	}
	patience := time.NewTimer(stepPatience)
	defer patience.Stop()
	select {
	case bytes := <-n.live:
		return bytes, nil
	case <-n.ended:
		return 0, errors.New("a node ended when it was asked for its memory")
	case <-patience.C:
		return 0, errors.New("a node did not tell its memory in time")
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
