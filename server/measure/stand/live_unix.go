//go:build unix

package stand

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// Live returns the size of the node's heap and stacks after a garbage collection, in bytes. Only a node
// without rate limits handles the signal (cmd/amends, tellMemory); others would be ended by it.
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
