package bus_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amends/server/bus"
	"amends/server/puzzle"
)

// rules is every rule by its function's name; a test compares the names with the source.
func rules() map[string]bus.Rule {
	return map[string]bus.Rule{
		"PreloginPerAddress": bus.PreloginPerAddress(), "SigninPerAddress": bus.SigninPerAddress(),
		"InvitationPerAddress": bus.InvitationPerAddress(), "StageCodePerAddress": bus.StageCodePerAddress(), "StageCodeOverall": bus.StageCodeOverall(),
		"RoomCodePerAddress": bus.RoomCodePerAddress(), "RoomCodeOverall": bus.RoomCodeOverall(), "GuestsPerAddress": bus.GuestsPerAddress(), "NamesPerSlip": bus.NamesPerSlip(),
		"CodesPerMember": bus.CodesPerMember(), "PuzzlesPerAddress": bus.PuzzlesPerAddress(), "PuzzleOnce": bus.PuzzleOnce(),
		"WritePerMember": bus.WritePerMember(), "RefusalPerMember": bus.RefusalPerMember(),
		"ReadPerMember": bus.ReadPerMember(), "PollPerSeat": bus.PollPerSeat(), "CommandPerSeat": bus.CommandPerSeat(),
		"JoinPerSeat": bus.JoinPerSeat(), "PreloginPerDevice": bus.PreloginPerDevice(),
		"WorkPerAddress": bus.WorkPerAddress(), "RoomPassPerAddress": bus.RoomPassPerAddress(),
	}
}

func TestEveryRuleIsSoundAndNamedOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, rule := range rules() {
		if err := rule.Check(); err != nil {
			t.Error(err)
		}
		strict := rule.Stricter()
		if err := strict.Check(); err != nil {
			t.Errorf("stricter: %v", err)
		}
		if strict.Limit > rule.Limit || strict.Burst > rule.Burst {
			t.Errorf("%s: stricter is %+v", rule.Name, strict)
		}
		if seen[rule.Name] {
			t.Errorf("%s is the name of two rules", rule.Name)
		}
		seen[rule.Name] = true
	}
}

// A single IPv6 site cannot use up what is counted for everybody.
func TestTheLimitOfASiteIsBelowThatOfEverybody(t *testing.T) {
	t.Parallel()
	for name, rule := range rules() {
		if !strings.HasSuffix(rule.Name, "-address") {
			continue
		}
		site := rule.OfSite()
		if err := site.Check(); err != nil || site.Name == rule.Name || site.Limit <= rule.Limit {
			t.Errorf("%s: the rule of the site is %+v, %v", name, site, err)
		}
		all, counted := rules()[strings.TrimSuffix(name, "PerAddress")+"Overall"]
		if counted && site.Burst+site.Limit >= all.Burst+all.Limit {
			t.Errorf("%s: one site may use up %s", name, all.Name)
		}
	}
}

func TestCurves(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		curve bus.Curve
		want  []int
	}{
		"guessing": {bus.Guessing(), []int{0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}},
		"stricter": {bus.StricterGuessing(), []int{0, 0, 8, 16, 32, 64, 128, 256, 512, 900, 900}},
	} {
		var got []int
		for failures := range test.want {
			got = append(got, int(test.curve.After(failures)/time.Second))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if far := test.curve.After(1 << 40); far != test.curve.Longest {
			t.Errorf("%s: in the end %s", name, far)
		}
	}
}

func TestHalfIsMaskedInLogs(t *testing.T) {
	t.Parallel()
	half := bus.Half{}
	copy(half[:], strings.Repeat("K", len(half)))
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "half", half, "in", struct{ H bus.Half }{half})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "half", half)
	fmt.Fprintf(&log, "%v %s %+v %#v %v", half, half, half, half, []bus.Half{half})
	for _, trace := range []string{"KK", "75,75", "75 75", "4b4b", "0x4b"} {
		if strings.Contains(log.String(), trace) {
			t.Errorf("%q is in %s", trace, log.String())
		}
	}
}

// A puzzle is remembered for at least as long as it can be handed in.
func TestAPuzzleIsRememberedAsLongAsItLives(t *testing.T) {
	t.Parallel()
	if r := bus.PuzzleOnce(); r.Room() < puzzle.Life {
		t.Errorf("a puzzle counts again after %v of its life of %v", r.Room(), puzzle.Life)
	}
}

// A phone that cannot stay connected, with the pauses of frontend/src/lib/room/link.ts at their shortest,
// is never refused for entering again, also while each node counts alone.
func TestAPhoneThatReconnectsIsNotRefused(t *testing.T) {
	t.Parallel()
	const firstWait, lastWait, jitter = 500 * time.Millisecond, 15 * time.Second, 2
	for _, rule := range []bus.Rule{bus.JoinPerSeat(), bus.JoinPerSeat().Stricter()} {
		now := time.Unix(1e9, 0)
		memory := bus.NewMemory(func() time.Time { return now })
		wait := firstWait
		for began := now; now.Sub(began) < time.Hour; wait = min(lastWait, 2*wait) {
			d, err := memory.Stores().Limits.Allow(t.Context(), "phone", rule)
			if err != nil || !d.OK {
				t.Fatalf("%+v: refused after %s, %v", rule, now.Sub(began), err)
			}
			now = now.Add(wait / jitter)
		}
		memory.Close()
	}
}
