package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"amends/roles"
	"amends/server/fault"
	"amends/server/id"
)

// Errors of a frame that cannot be a command at all.
var (
	ErrFrame          = fault.New(fault.Invalid, "frame.invalid", "This message could not be read.")
	ErrUnknownCommand = fault.New(fault.Invalid, "command.unknown", "This app asked for something the room does not know. Please reload.")
)

// CommandSpec is what a command may carry and needs.
type CommandSpec struct {
	// Needs is asked of casbin; commands of participants are not for facilitators, but for back.
	Needs roles.Permission
	// Takes names the arguments; those without a question mark are needed.
	Takes []string
	// Expects says that the command moves the agenda and names the segment it was decided on.
	Expects bool
	// Ephemeral commands change no fact: they are counted and forgotten.
	Ephemeral bool
}

// CommandClock asks for the server's time and nothing else; every connection may, a stage too.
const CommandClock = "clock"

// Commands is the table of every command of the room. A name that is not here gets an error.
// `back` means two things: for a facilitator the part before, for a participant "I am back".
func Commands() map[string]CommandSpec {
	facilitate, join := roles.RoomFacilitate, roles.RoomJoin
	return map[string]CommandSpec{
		"open":        {Needs: roles.RoomOpen},
		"start":       {Needs: facilitate},
		"next":        {Needs: facilitate, Expects: true},
		"go":          {Needs: facilitate, Expects: true, Takes: []string{"segment"}},
		"extend":      {Needs: facilitate, Expects: true, Takes: []string{"seconds"}},
		"pause":       {Needs: facilitate},
		"resume":      {Needs: facilitate},
		"end":         {Needs: roles.RoomEnd},
		"calm":        {Needs: facilitate},
		"uncalm":      {Needs: facilitate},
		"lock":        {Needs: facilitate},
		"unlock":      {Needs: facilitate},
		"reorder":     {Needs: facilitate, Expects: true, Takes: []string{"order"}},
		"skip":        {Needs: facilitate, Expects: true, Takes: []string{"segment", "on?"}},
		"admit":       {Needs: facilitate, Takes: []string{"member"}},
		"remove":      {Needs: facilitate, Takes: []string{"member", "reason"}},
		"take_over":   {Needs: facilitate},
		"handover":    {Needs: facilitate, Takes: []string{"member"}},
		"turn_start":  {Needs: facilitate, Takes: []string{"turn?"}},
		"turn_pause":  {Needs: facilitate},
		"turn_close":  {Needs: facilitate},
		"turn_end":    {Needs: facilitate},
		"turn_undo":   {Needs: facilitate},
		"queue_round": {Needs: facilitate},
		"pulse_open":  {Needs: facilitate, Takes: []string{"kind", "words?", "tag"}},
		"pulse_close": {Needs: facilitate},
		"pulse_show":  {Needs: facilitate, Takes: []string{"on?"}},
		"note":        {Needs: facilitate, Takes: []string{"text?"}},
		"pulse":       {Needs: join, Takes: []string{"pulse", "value"}},
		"word":        {Needs: join, Takes: []string{"word"}},
		"word_show":   {Needs: facilitate, Takes: []string{"said", "on?"}},
		"word_open":   {Needs: facilitate},
		"word_close":  {Needs: facilitate},
		"queue_move":  {Needs: facilitate, Takes: []string{"turn", "to", "reason"}},
		"queue_add":   {Needs: facilitate, Takes: []string{"member"}},
		"queue_open":  {Needs: facilitate},
		"queue_close": {Needs: facilitate},
		"ready_reset": {Needs: facilitate},
		"help_take":   {Needs: facilitate, Takes: []string{"call"}},
		"help_done":   {Needs: facilitate, Takes: []string{"call"}},
		"back":        {Needs: join},
		"away":        {Needs: join},
		"raise":       {Needs: join},
		"lower":       {Needs: join},
		"pass":        {Needs: join},
		"ready":       {Needs: join, Takes: []string{"on?"}},
		"help":        {Needs: join},
		"here":        {Needs: join, Takes: []string{"place?"}},
		"talk_after":  {Needs: join, Takes: []string{"on?"}},
		"caught_up":   {Needs: join},
		"talk_done":   {Needs: facilitate, Takes: []string{"member"}},
		"check_done":  {Needs: facilitate, Takes: []string{"member"}},
		"trios":       {Needs: facilitate},
		"trio_round":  {Needs: facilitate, Takes: []string{"round?"}},
		CommandClock:  {Needs: join, Ephemeral: true},
		"status":      {Needs: join, Takes: []string{"writing", "saved"}, Ephemeral: true},
	}
}

// commands is the table as ParseCommand reads it; nothing writes to it.
var commands = Commands()

// MoveReasons are why a counselor may move a person in the queue.
func MoveReasons() []string {
	return []string{"asked", "has_to_leave", "not_ready", "first_time", "other"}
}

// reasons are the codes that a command takes.
func reasons(do string) []string {
	if do == "remove" {
		return RemoveReasons()
	}
	return MoveReasons()
}

// maxOrder is how many parts an order can name: no agenda has more.
const maxOrder = 30

// partOrder checks that an order names parts once each.
func (p *parser) partOrder(name string, order []int) []int {
	seen := map[int]bool{}
	ok := len(order) <= maxOrder
	for _, part := range order {
		ok = ok && part >= 0 && part < maxOrder && !seen[part]
		seen[part] = true
	}
	p.Must(ok, name, "does not name parts of an agenda, each once")
	return order
}

// Command is a parsed command.
type Command struct {
	ID     id.Command
	Do     string
	Spec   CommandSpec
	Expect *int
	// Segment is the number of a part in the plan, which stays when the order changes.
	Segment int
	Order   []int
	Seconds int
	Turn    id.Turn
	To      int
	Reason  string
	Member  id.Member
	Call    id.Call
	On      bool
	Writing bool
	Saved   bool
	// Place is never an event: it goes to a table of its own for 24 hours.
	Place string
	// Round is the practice round that the person saw; 0 when it was not said.
	Round int
	// Of pulses; Words and Text are never events, Word and Value are never stored at all. Said are
	// check-in words by their ids.
	Kind  PulseKind
	Tag   PulseTag
	Words []string
	Pulse id.Pulse
	Value int
	Word  string
	Text  string
	Said  []id.Word
}

var commandName = regexp.MustCompile(`^[a-z_]{1,24}$`)

// ParseCommand reads one frame. The fault names unknown fields and commands and every bad
// argument, and never echoes a value. The id is given back whenever it could be read, so that
// the answer finds its command.
func ParseCommand(frame []byte) (Command, error) {
	if len(frame) > MaxFrame {
		return Command{}, ErrFrame.With("frame", "is too big")
	}
	var raw RoomCommand
	d := json.NewDecoder(bytes.NewReader(frame))
	d.DisallowUnknownFields()
	if err := d.Decode(&raw); err != nil {
		return Command{ID: idOf(frame)}, ErrFrame.With(badField(err), "is not known or of the wrong type")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Command{}, ErrFrame.With("frame", "holds more than one message")
	}
	commandID, err := id.Parse[id.Command](raw.ID)
	if err != nil || raw.ID[14] != '7' {
		return Command{}, ErrFrame.With("id", "is not a version 7 identifier")
	}
	spec, known := commands[raw.Do]
	if !known {
		if !commandName.MatchString(raw.Do) {
			return Command{ID: commandID}, ErrUnknownCommand.With("do", "is not the name of a command")
		}
		return Command{ID: commandID}, ErrUnknownCommand.With("do", "the command "+raw.Do+" is not known")
	}
	c := Command{ID: commandID, Do: raw.Do, Spec: spec}
	return c, c.take(raw)
}

// idOf reads nothing but the id, so that whoever sent a frame with something else wrong in it is
// answered by it; the zero id when there is none.
func idOf(frame []byte) id.Command {
	var raw struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(frame, &raw); err != nil {
		return id.Command{}
	}
	command, err := id.Parse[id.Command](raw.ID)
	if err != nil {
		return id.Command{}
	}
	return command
}

// badField finds the name in what encoding/json says, which quotes unknown names only.
func badField(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return wrong.Field
	}
	if name, ok := strings.CutPrefix(err.Error(), `json: unknown field "`); ok {
		if name = strings.TrimSuffix(name, `"`); commandName.MatchString(name) {
			return name
		}
	}
	return "frame"
}

func (c *Command) take(raw RoomCommand) error {
	var p parser
	if raw.Expect != nil {
		c.Expect = &raw.Expect.Segment
	}
	p.Must(!c.Spec.Expects || c.Expect != nil, "expect.segment", "is missing")
	given := c.arguments(&p, raw.With)
	for name, there := range given {
		wanted := slices.Contains(c.Spec.Takes, name) || slices.Contains(c.Spec.Takes, name+"?")
		p.Must(!there || wanted, "with."+name, "is not an argument of this command")
		p.Must(there || !slices.Contains(c.Spec.Takes, name), "with."+name, "is missing")
	}
	return p.Err()
}

// arguments reads what is there and says of each argument whether it was given.
func (c *Command) arguments(p *parser, w CommandWith) map[string]bool {
	given := map[string]bool{"segment": w.Segment != nil, "seconds": w.Seconds != nil, "turn": w.Turn != "", "to": w.To != nil, "reason": w.Reason != "",
		"member": w.Member != "", "call": w.Call != "", "on": w.On != nil, "writing": w.Writing != nil, "saved": w.Saved != nil,
		"place": w.Place != "", "round": w.Round != nil, "order": len(w.Order) > 0}
	var err error
	if w.Segment != nil {
		c.Segment = p.between("with.segment", *w.Segment, 0, 29)
	}
	if w.Seconds != nil {
		c.Seconds = *w.Seconds
		p.Must(c.Seconds == 60 || c.Seconds == 300, "with.seconds", "is 60 or 300")
	}
	if w.Turn != "" {
		c.Turn, err = id.Parse[id.Turn](w.Turn)
		p.Must(err == nil, "with.turn", "is not an identifier")
	}
	if w.To != nil {
		c.To = p.between("with.to", *w.To, 1, 500)
	}
	if w.Reason != "" {
		c.Reason = p.oneOf("with.reason", w.Reason, reasons(c.Do)...)
	}
	if w.Member != "" {
		c.Member = member(p, "with.member", w.Member)
	}
	if w.Call != "" {
		c.Call, err = id.Parse[id.Call](w.Call)
		p.Must(err == nil, "with.call", "is not an identifier")
	}
	if w.Place != "" {
		c.Place = p.text("with.place", w.Place, 1, MaxPlace)
	}
	if w.Round != nil {
		c.Round = p.between("with.round", *w.Round, 1, MaxRounds)
	}
	if len(w.Order) > 0 {
		c.Order = p.partOrder("with.order", w.Order)
	}
	c.voices(p, w, given)
	c.On = w.On == nil || *w.On
	c.Writing = w.Writing != nil && *w.Writing
	c.Saved = w.Saved != nil && *w.Saved
	return given
}
