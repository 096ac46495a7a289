package bench

import (
	"testing"
	"time"
)

// listener makes a row of frames with these sequence numbers, a millisecond apart.
func listener(t0 time.Time, seqs ...int64) *row {
	r := &row{}
	for i, seq := range seqs {
		r.patches = append(r.patches, heard{seq: seq, at: t0.Add(time.Duration(i+1) * time.Millisecond)})
	}
	return r
}

func TestTheTallyFindsLostDuplicatedAndReorderedFrames(t *testing.T) {
	t.Parallel()
	t0 := time.Now()
	events := []published{{t0, 3}, {t0, 1}, {t0, 2}} // answers may come in any order
	for _, c := range []struct {
		name                     string
		rows                     []*row
		delivered, lost, dup, re int64
	}{
		{"all well", []*row{listener(t0, 1, 2, 3), listener(t0, 1, 2, 3)}, 6, 0, 0, 0},
		{"one frame for two events", []*row{listener(t0, 1, 3), listener(t0, 1, 3)}, 6, 0, 0, 0},
		{"one misses the middle", []*row{listener(t0, 1, 2, 3), listener(t0, 1, 3)}, 6, 1, 0, 0},
		{"one misses the end", []*row{listener(t0, 1, 2, 3), listener(t0, 1, 2)}, 5, 1, 0, 0},
		{"nobody is told the end", []*row{listener(t0, 1, 2), listener(t0, 1, 2)}, 4, 2, 0, 0},
		{"one hears nothing", []*row{listener(t0, 1, 2, 3), listener(t0)}, 3, 3, 0, 0},
		{"twice", []*row{listener(t0, 1, 2, 2, 3)}, 3, 0, 1, 0},
		{"the wrong way round", []*row{listener(t0, 1, 3, 2), listener(t0, 1, 2, 3)}, 6, 0, 0, 1},
	} {
		got := count(events, c.rows)
		if got.Deliveries != c.delivered || got.Lost != c.lost || got.Duplicated != c.dup || got.Reordered != c.re {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestASpreadUsesNearestRank(t *testing.T) {
	t.Parallel()
	var times []time.Duration
	for i := range 200 {
		times = append(times, time.Duration(200-i)*time.Millisecond)
	}
	if got := SpreadOf(times); got != (Spread{100, 198, 200}) {
		t.Fatalf("%+v", got)
	}
	if got := SpreadOf(nil); got != (Spread{}) {
		t.Fatalf("nothing gave %+v", got)
	}
}

func TestNumbersAreReadFromTheEndOfAFrame(t *testing.T) {
	t.Parallel()
	frame := []byte(`{"patch":{"seq":5,"timer":{"now":1}},"seq":812,"now":1760000000000}`)
	if numberOf(frame, "seq") != 812 || numberOf(frame, "now") != 1760000000000 || numberOf(frame, "none") != 0 {
		t.Fatal(numberOf(frame, "seq"), numberOf(frame, "now"))
	}
}

func TestLoadsAreBoundedAndOnlyForLoopback(t *testing.T) {
	t.Parallel()
	good := Options{Base: "http://127.0.0.1:1", People: 10, Rate: 5, Burst: 1, Length: time.Second}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Options){
		"a stranger's server": func(o *Options) { o.Base = "http://meet.example.org" },
		"a name like ours":    func(o *Options) { o.Base = "http://localhost.example.org" },
		"no address":          func(o *Options) { o.Base = "127.0.0.1:1" },
		"too many":            func(o *Options) { o.People = 5001 },
		"nobody":              func(o *Options) { o.People = 0 },
		"too fast":            func(o *Options) { o.Rate = 2001 },
		"a burst for hours":   func(o *Options) { o.Burst = 6 },
		"too long":            func(o *Options) { o.Length = time.Hour },
		"all stalled":         func(o *Options) { o.Stalled = 10 },
		"too many back":       func(o *Options) { o.Reconnect = 5001 },
		"too many pages":      func(o *Options) { o.Saves = 501 },
	} {
		o := good
		spoil(&o)
		if o.Check() == nil {
			t.Errorf("%s was not refused", name)
		}
	}
	o := good
	o.Base, o.Mine = "http://meet.example.org", true
	if err := o.Check(); err != nil {
		t.Error(err)
	}
}
