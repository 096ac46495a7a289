package faults

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

func matches(name, only string) bool { return strings.Contains(name, only) }

// ghostLimit is when the server must have dropped a half-open socket, with a margin for a busy machine.
const ghostLimit = 70 * time.Second

// awaitGhosts waits until the server has dropped the half-open sockets, or ghostLimit has passed.
func (p *play) awaitGhosts(ctx context.Context) {
	for p.halfOpen != nil && len(p.ghostTimes()) < halfOpens && time.Since(p.halfOpen.silentSince()) < ghostLimit {
		if sleep(ctx, 200*time.Millisecond) != nil {
			return
		}
	}
}

func (p *play) ghostTimes() []time.Duration {
	p.halfOpen.mu.Lock()
	defer p.halfOpen.mu.Unlock()
	return slices.Clone(p.halfOpen.gone)
}

func (r *relay) silentSince() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.since
}

// ghostWords describes when the half-open sockets were dropped.
func (p *play) ghostWords() string {
	times := p.ghostTimes()
	if len(times) == 0 {
		return fmt.Sprintf("Half-open: %d sockets went silent, **none was let go within %.0f s**.", halfOpens, ghostLimit.Seconds())
	}
	return fmt.Sprintf("Half-open: %d sockets went silent without a close; the servers let go of %d of them, the last after %.0f s.", halfOpens, len(times), slices.Max(times).Seconds())
}

// codeWords lists the close codes over all acts.
func (p *play) codeWords() string {
	p.theatre.mu.Lock()
	defer p.theatre.mu.Unlock()
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(p.codes)) {
		parts = append(parts, fmt.Sprintf("%d: %d", code, p.codes[code]))
	}
	excuses := []string{}
	for _, code := range slices.Sorted(maps.Keys(p.excuses)) {
		excuses = append(excuses, fmt.Sprintf("`%s`: %d", code, p.excuses[code]))
	}
	return "Commands were answered \"again\" with " + strings.Join(excuses, ", ") + ". Sockets ended with " + strings.Join(parts, ", ") + " (1006 is an end without a close frame; this program cuts every socket once before each fault)."
}
