package bus_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amends/server/bus"
)

// stalled is an inbox whose subscriber blocks in its first message until goOn is closed; log is what
// was delivered after that, readable after Wait.
func stalled(t *testing.T) (inbox *bus.Inbox, goOn chan struct{}, log *[]string) {
	t.Helper()
	log = &[]string{}
	entered, goOn := make(chan struct{}), make(chan struct{})
	inbox = bus.NewInbox(func(payload []byte) {
		switch string(payload) {
		case "first":
			close(entered)
			<-goOn
		case "last":
			inbox.Close()
		default:
			*log = append(*log, string(payload))
		}
	}, func() { *log = append(*log, "gap") })
	inbox.Put([]byte("first"))
	<-entered
	return inbox, goOn, log
}

func TestInboxDeliversAGapFirstAndMergesGaps(t *testing.T) {
	t.Parallel()
	inbox, goOn, log := stalled(t)
	inbox.Put([]byte("a"))
	inbox.Gap()
	inbox.Gap()
	inbox.Put([]byte("b"))
	inbox.Put([]byte("last"))
	close(goOn)
	inbox.Wait()
	if diff := cmp.Diff([]string{"gap", "a", "b"}, *log); diff != "" {
		t.Error(diff)
	}
}

func TestAFullInboxIsReplacedByOneGap(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sent int
		want []string
	}{
		"just full": {bus.InboxCapacity - 1, slices.Repeat([]string{"x"}, bus.InboxCapacity-1)},
		"one over":  {bus.InboxCapacity, []string{"gap"}},
		"more":      {bus.InboxCapacity + 2, []string{"gap", "x", "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inbox, goOn, log := stalled(t)
			for range test.sent {
				inbox.Put([]byte("x"))
			}
			inbox.Put([]byte("last"))
			close(goOn)
			inbox.Wait()
			if diff := cmp.Diff(test.want, *log); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInboxDeliversNothingAfterClose(t *testing.T) {
	t.Parallel()
	inbox, goOn, log := stalled(t)
	inbox.Put([]byte("queued"))
	inbox.Gap()
	inbox.Close()
	inbox.Put([]byte("late"))
	inbox.Gap()
	close(goOn)
	inbox.Wait()
	inbox.Close()
	if len(*log) != 0 {
		t.Errorf("after close it said %v", *log)
	}
}
