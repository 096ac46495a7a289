package bench

import (
	"context"
	"fmt"
	"time"
)

// Most is the highest load that a server sustained: every event reached everybody, in order, and 99 of
// 100 deliveries came within MostP99 of when the event was due.
type Most struct {
	// PerSecond is deliveries per second, of single (not joined) events.
	PerSecond float64 `json:"deliveries_per_second"`
	P99       float64 `json:"p99_ms"`
	// Stopped says why the next step failed.
	Stopped string `json:"stopped"`
}

// MostP99 is the limit in milliseconds.
const MostP99 = 100

// Most raises the rate from o.Rate events per second, by a quarter each step of o.Length, in a new
// workshop of the house, until a step fails.
func (h *House) Most(ctx context.Context, o Options) (Most, error) {
	m, err := h.gather(ctx, o)
	if err != nil {
		return Most{}, err
	}
	defer m.close()
	return m.most(ctx)
}

// RaceMost does the same with a rival.
func RaceMost(ctx context.Context, rival Rival, o Options) (Most, error) {
	m, err := against(rival, o)
	if err != nil {
		return Most{}, err
	}
	defer m.close()
	return m.most(ctx)
}

func (m *meeting) most(ctx context.Context) (best Most, err error) {
	if err := m.fill(ctx, &Result{}); err != nil {
		return best, err
	}
	for rate := m.o.Rate; rate <= maxRate; rate += max(1, rate/4) {
		m.o.Rate, m.o.Burst = rate, 1
		step, began := Result{}, time.Now()
		if err := m.speak(ctx, &step); err != nil {
			best.Stopped = fmt.Sprintf("%d events a second: %v", rate, err)
			return best, ctx.Err()
		}
		t := step.Tally
		reached := float64(t.Deliveries) / max(time.Since(began), m.o.Length).Seconds()
		switch offered := float64(rate * m.o.People); {
		case t.Lost+t.Duplicated+t.Reordered > 0:
			best.Stopped = fmt.Sprintf("%d events a second: %d lost, %d doubled, %d reordered", rate, t.Lost, t.Duplicated, t.Reordered)
		case t.FromSend.P99 > MostP99:
			best.Stopped = fmt.Sprintf("%d events a second: p99 %.0f ms", rate, t.FromSend.P99)
		case reached < 0.8*offered:
			best.Stopped = fmt.Sprintf("%d events a second: %.0f of %.0f deliveries a second", rate, reached, offered)
		default:
			best.PerSecond, best.P99 = reached, t.FromSend.P99
			continue
		}
		return best, nil
	}
	best.Stopped = "the last step was carried"
	return best, nil
}
