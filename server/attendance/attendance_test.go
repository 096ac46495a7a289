package attendance

import (
	"testing"
	"time"

	"amends/server/wire"
)

func TestMinutesCoverTouchingOverlappingAndOpenSpans(t *testing.T) {
	t.Parallel()
	at := func(min int) time.Time { return time.Date(2026, 5, 12, 18, min, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		spans []Span
		want  int
	}{
		"none":                {nil, 0},
		"one":                 {[]Span{{at(0), at(20)}}, 20},
		"a gap":               {[]Span{{at(0), at(20)}, {at(30), at(35)}}, 25},
		"touching":            {[]Span{{at(0), at(20)}, {at(20), at(35)}}, 35},
		"overlapping":         {[]Span{{at(10), at(35)}, {at(0), at(20)}}, 35},
		"one inside another":  {[]Span{{at(0), at(30)}, {at(5), at(10)}}, 30},
		"still open":          {[]Span{{at(0), at(10)}, {From: at(40)}}, 20},
		"of no length":        {[]Span{{at(5), at(5)}}, 0},
		"29 seconds":          {[]Span{{at(0), at(0).Add(29 * time.Second)}}, 0},
		"31 seconds":          {[]Span{{at(0), at(0).Add(31 * time.Second)}}, 1},
		"a clock that jumped": {[]Span{{at(10), at(5)}}, 0},
		"a forgotten room":    {[]Span{{at(0).AddDate(0, 0, -3), at(0)}}, wire.MaxAttendance},
	} {
		if got := Minutes(c.spans, at(50)); got != c.want {
			t.Errorf("%s: %d minutes, want %d", name, got, c.want)
		}
	}
}
