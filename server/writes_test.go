package server_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"amends/server/bus"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// A device that writes in a loop is rate-limited. Nothing else of that person is, least of all a talk
// request, and nobody else.
func TestAFloodOfWritesIsRateLimitedAndBlocksNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	sam, ana := w.people["participant"], w.people["participant2"]
	nothing := "/worksheets/" + id.New[id.Worksheet]().String()
	var refused *client.Refused
	taken := 0
	for began := time.Now(); ; taken++ {
		err := sam.Do(ctx, "DELETE", nothing, nil, nil)
		if !errors.As(err, &refused) {
			t.Fatal(err)
		}
		if refused.Status != http.StatusNotFound {
			break
		}
		if rule := bus.WritePerMember(); taken > rule.Burst+int(time.Since(began)/rule.Step())+1 {
			t.Fatalf("%d writes of one kind were taken", taken)
		}
	}
	if refused.Status != http.StatusTooManyRequests || refused.Code != "too_many" {
		t.Fatalf("a flood was answered with %v", refused)
	}
	if taken < bus.WritePerMember().Burst {
		t.Errorf("only %d writes were taken: a whole shelf cannot be sealed again at once", taken)
	}
	check(t, sam.Do(ctx, "POST", "/talk-requests", nil, nil))
	var list wire.SealedList
	check(t, sam.Do(ctx, "GET", "/worksheets", nil, &list))
	if err := ana.Do(ctx, "DELETE", nothing, nil, nil); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
		t.Errorf("another person's write: %v", err)
	}
	check(t, sam.Do(ctx, "POST", "/auth/sign-out", nil, nil))
}
