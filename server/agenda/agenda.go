// Package agenda holds the plan of a workshop: an ordered list of segments, its validation, and the
// built-in agendas. A workshop stores its own copy, so changing an agenda never affects a workshop that
// was planned before.
package agenda

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"amends/server/fault"
	"amends/server/wire"
)

// SegmentType is what happens in a segment.
type SegmentType string

// The types, in their usual order.
const (
	Arrive   SegmentType = "arrive"
	Ground   SegmentType = "ground"
	CheckIn  SegmentType = "check_in"
	Teach    SegmentType = "teach"
	Write    SegmentType = "write"
	Break    SegmentType = "break"
	Practice SegmentType = "practice"
	Share    SegmentType = "share"
	Answers  SegmentType = "answers"
	NextStep SegmentType = "next_step"
	CheckOut SegmentType = "check_out"
	Close    SegmentType = "close"
)

// Worksheet says which page a segment opens for people.
type Worksheet string

// The pages a segment can offer.
const (
	NoWorksheet Worksheet = "none"
	Entry       Worksheet = "entry"
	Plan        Worksheet = "plan"
)

// Types returns all segment types in their usual order.
func Types() []SegmentType {
	return []SegmentType{Arrive, Ground, CheckIn, Teach, Write, Break, Practice, Share, Answers, NextStep, CheckOut, Close}
}

// Segment is one step of an agenda.
type Segment struct {
	Type       SegmentType `json:"type"`
	Title      string      `json:"title"`
	PlannedMin int         `json:"planned_min"`
	// Prompt is shown on phones, StageText on the projector.
	Prompt    string `json:"prompt"`
	StageText string `json:"stage_text"`
	// Points are short lines under the prompt: ground rules, teach cards.
	Points    []string  `json:"points,omitempty"`
	Queue     bool      `json:"queue"`
	Worksheet Worksheet `json:"worksheet"`
	// ShareSec is one person's speaking time; 0 means no turn timer. MaxShares is only advice.
	ShareSec  int `json:"share_sec,omitempty"`
	MaxShares int `json:"max_shares,omitempty"`
}

// Agenda is a named list of segments in one language. A built-in one has a key, and the wording track
// of the facilities it is meant for: twelve_step or secular.
type Agenda struct {
	Key      string `json:"key"`
	Language string `json:"language"`
	Wording  string `json:"wording"`
	Title    string `json:"title"`
	// TargetMin is the intended length; for a built-in agenda, the actual one.
	TargetMin int       `json:"target_min"`
	Segments  []Segment `json:"segments"`
}

// Minutes returns the planned length of a list of segments.
func Minutes(segments []Segment) int {
	sum := 0
	for _, s := range segments {
		sum += s.PlannedMin
	}
	return sum
}

// Minutes returns the planned length.
func (a Agenda) Minutes() int { return Minutes(a.Segments) }

// Check validates an agenda for use and names every wrong field. Fault: input.invalid.
func (a Agenda) Check() error { return a.check(true) }

// CheckDraft validates a draft for storing and names every wrong field: texts may be empty and parts
// may have 0 minutes, but all maxima and enumerations hold. Fault: input.invalid.
func (a Agenda) CheckDraft() error { return a.check(false) }

func (a Agenda) check(whole bool) error {
	var c fault.Check
	least := 0
	if whole {
		least = 1
	}
	c.Must(a.Language == "en" || a.Language == "es", "language", "is not one of the choices")
	c.Must(within(a.Title, least, wire.MaxAgendaTitle), "title", "is missing or too long")
	c.Must(a.TargetMin >= wire.MinAgendaMinutes && a.TargetMin <= wire.MaxAgendaMinutes, "target_min", "is out of range")
	c.Must(len(a.Segments) >= least && len(a.Segments) <= wire.MaxAgendaParts, "segments", "needs 1 to 30 parts")
	c.Must(a.Minutes() <= wire.MaxAgendaMinutes, "segments", "is longer than four hours")
	for i, s := range a.Segments {
		s.check(&c, fmt.Sprintf("segments[%d].", i), least)
	}
	return c.Err()
}

func (s Segment) check(c *fault.Check, at string, least int) {
	c.Must(slices.Contains(Types(), s.Type), at+"type", "is not one of the choices")
	c.Must(s.Worksheet == NoWorksheet || s.Worksheet == Entry || s.Worksheet == Plan, at+"worksheet", "is not one of the choices")
	c.Must(within(s.Title, least, wire.MaxPartTitle), at+"title", "is missing or too long")
	c.Must(s.PlannedMin >= least && s.PlannedMin <= wire.MaxPartMinutes, at+"planned_min", "is out of range")
	c.Must(within(s.Prompt, 0, wire.MaxPartPrompt), at+"prompt", "is too long")
	c.Must(within(s.StageText, 0, wire.MaxPartStageText), at+"stage_text", "is too long")
	c.Must(len(s.Points) <= wire.MaxPartPoints, at+"points", "has too many lines")
	for _, p := range s.Points {
		c.Must(within(p, least, wire.MaxPartPoint), at+"points", "has a line that is missing or too long")
	}
	c.Must(s.ShareSec == 0 || s.ShareSec >= wire.MinShareSec && s.ShareSec <= wire.MaxShareSec, at+"share_sec", "is out of range")
	c.Must(s.MaxShares >= 0 && s.MaxShares <= wire.MaxPartShares, at+"max_shares", "is out of range")
}

func within(s string, min, max int) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) && n >= min && n <= max
}
