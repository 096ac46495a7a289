package wire

import (
	"regexp"
	"slices"

	"amends/server/id"
)

// A check-in word is letters with blanks, hyphens and apostrophes: no numbers, no addresses.
var checkInWord = regexp.MustCompile(`^[\p{L}\p{M}]+(['’ -][\p{L}\p{M}]+)*$`)

// voices reads the arguments of pulses, words and notes, and says which were given.
func (c *Command) voices(p *parser, w CommandWith, given map[string]bool) {
	given["kind"], given["words"], given["tag"], given["pulse"] = w.Kind != "", w.Words != nil, w.Tag != "", w.Pulse != ""
	given["value"], given["word"], given["text"] = w.Value != nil, w.Word != "", w.Text != ""
	if w.Kind != "" {
		c.Kind = PulseKind(p.oneOf("with.kind", w.Kind, string(PulseScale), string(PulseWords), string(PulseReplies)))
	}
	if w.Tag != "" {
		c.Tag = PulseTag(p.oneOf("with.tag", w.Tag, string(PulseStart), string(PulseEnd), string(PulseOther)))
	}
	if c.Do == "pulse_open" {
		p.Must((c.Kind == PulseWords) == (w.Words != nil), "with.words", "belongs to the kind words and to no other")
	}
	if w.Words != nil {
		c.Words = pulseWords(p, w.Words)
	}
	if w.Pulse != "" {
		pulse, err := id.Parse[id.Pulse](w.Pulse)
		p.Must(err == nil, "with.pulse", "is not an identifier")
		c.Pulse = pulse
	}
	if w.Value != nil {
		c.Value = p.between("with.value", *w.Value, 0, 10)
	}
	if w.Word != "" {
		c.Word = p.text("with.word", w.Word, 1, MaxWord)
		p.Must(checkInWord.MatchString(c.Word), "with.word", "holds characters that cannot be used here")
	}
	if w.Text != "" {
		c.Text = p.text("with.text", w.Text, 1, MaxNote)
	}
}

func pulseWords(p *parser, words []string) []string {
	p.Must(len(words) >= MinPulseWord && len(words) <= MaxPulseWord, "with.words", "needs 2 to 6 words")
	var out []string
	for i, word := range words {
		if i == MaxPulseWord {
			break
		}
		word = p.text("with.words", word, 1, MaxWord)
		p.Must(!slices.Contains(out, word), "with.words", "holds the same word twice")
		out = append(out, word)
	}
	return out
}
