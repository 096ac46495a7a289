package compare

import (
	"fmt"
	"strings"

	"amends/server/measure/bench"
)

// chart draws the cost of one delivery as bars: an SVG of plain shapes with its numbers as text,
// readable in light and dark.
func (f Figures) chart() string {
	type bar struct {
		name  string
		value float64
		fill  string
	}
	pick := func(of func(Round) *Server, which func(*Server) bench.Result) float64 {
		return f.each(func(r Round) float64 {
			if s := of(r); s != nil {
				return which(s).CPUMicros
			}
			return 0
		})
	}
	bare := func(r Round) *Server { return &r.Bare }
	amends := func(r Round) *Server { return &r.Amends }
	rival := func(r Round) *Server { return r.Centrifugo }
	steady := func(s *Server) bench.Result { return s.Steady }
	bursts := func(s *Server) bench.Result { return s.Bursts }
	var bars []bar
	for _, load := range []struct {
		name  string
		which func(*Server) bench.Result
	}{{"one at a time", steady}, {"bursts of 5", bursts}} {
		bars = append(bars, bar{"bare, " + load.name, pick(bare, load.which), "#8a8f98"}, bar{"Amends, " + load.name, pick(amends, load.which), "#2f6f62"})
		if f.Centrifugo {
			bars = append(bars, bar{"Centrifugo, " + load.name, pick(rival, load.which), "#b5763a"})
		}
	}
	most := 0.0
	for _, b := range bars {
		most = max(most, b.value)
	}
	const width, left, row = 640, 200, 26
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="Processor time of one delivery, in microseconds">`+"\n",
		width, row*len(bars)+50, width, row*len(bars)+50)
	fmt.Fprintf(&out, `<rect width="100%%" height="100%%" fill="#ffffff"/><g font-family="sans-serif" font-size="13" fill="#20242a"><text x="12" y="24" font-size="14">Processor time of one delivery, microseconds (less is better)</text>`+"\n")
	for i, b := range bars {
		y := 40 + i*row
		w := 0.0
		if most > 0 {
			w = b.value / most * (width - left - 70)
		}
		fmt.Fprintf(&out, `<text x="12" y="%d">%s</text><rect x="%d" y="%d" width="%.0f" height="16" fill="%s"/><text x="%.0f" y="%d">%.1f</text>`+"\n",
			y+13, b.name, left, y, w, b.fill, left+w+8, y+13, b.value)
	}
	out.WriteString("</g></svg>\n")
	return out.String()
}
