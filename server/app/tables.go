package app

// Tables is the list of all tables of the database: to whom a table's rows belong, how many rows one
// owner can make, and when rows are deleted. A test compares it with the catalogue of a migrated
// database, reaches every cap and runs every sweep, so a new table needs a row here and a test there.

// Owner is whose rows a table has.
type Owner string

// The owners.
const (
	OfFacility Owner = "facility"
	OfPerson   Owner = "person"
	OfSystem   Owner = "system"
)

// AtCap is what happens when an owner has as many rows as they may.
type AtCap string

const (
	// Refused: the next one is refused with a fault that names the field.
	Refused AtCap = "refused"
	// OldestEnded: the next one is made, and the oldest ends or goes.
	OldestEnded AtCap = "the oldest ends"
	// OneEach: the key of the table allows no more, so there is nothing to refuse.
	OneEach AtCap = "one each"
	// WithOther: one or a few for each row of another table, to which a foreign key leads.
	WithOther AtCap = "with another"
	// Paced: as many as a budget of requests lets one make until the sweep.
	Paced AtCap = "paced"
)

// Cap is how many rows one owner can make.
type Cap struct {
	At AtCap
	// Most is the number for Refused and OldestEnded; Per is what it is counted in.
	Most int
	Per  string
	// Of is the other table of WithOther.
	Of string
	// Code is the fault of Refused.
	Code string
}

// Sweep is when rows are deleted: After an age by the function app.sweep_<table>, With the row of
// another table by a foreign key, or Never for a reason.
type Sweep struct {
	After, With, Never string
	// Why is the reason for the age.
	Why string
}

// Table is one row of the list.
type Table struct {
	// Name is without its schema `public`, and with any other.
	Name  string
	Owner Owner
	Cap   Cap
	Sweep Sweep
}

func refusedAt(most int, per, code string) Cap {
	return Cap{At: Refused, Most: most, Per: per, Code: code}
}
func endedAt(most int, per string) Cap { return Cap{At: OldestEnded, Most: most, Per: per} }
func oneEach(per string) Cap           { return Cap{At: OneEach, Per: per} }
func withEach(table string) Cap        { return Cap{At: WithOther, Of: table} }
func paced(per string) Cap             { return Cap{At: Paced, Per: per} }
func after(age, why string) Sweep      { return Sweep{After: age, Why: why} }
func with(table string) Sweep          { return Sweep{With: table} }
func never(why string) Sweep           { return Sweep{Never: why} }

// Why rows are kept or go.
const (
	atOnceIsRight = "a day is the promise"
	asLogsAre     = "as long as the log of requests, to look into a stranger's sign-in or entry"
	byLaw         = "the law: it is the proof of what was signed, disclosed and done"
	theirs        = "the person's own; it goes when they delete it, or with their account"
	theHouse      = "the facility's own; it is changed, archived or goes with the facility"
	sevenYears    = "the facility's record of a meeting, as long as attendance"
)

// Tables lists them all.
func Tables() []Table {
	return []Table{
		// The facility and its people.
		{"facility", OfSystem, paced("the operator's command line"), never(theHouse)},
		{"crisis_line", OfFacility, oneEach("facility, language and position, 1 to 12"), never(theHouse)},
		{"member", OfFacility, paced("a used slip each; unused ones have a cap"), never("who came is part of every record; leaving is a state")},
		{"member_role", OfPerson, oneEach("person and role"), with("member")},
		{"invitation", OfFacility, refusedAt(5000, "facility, while unused", "invitation.full"), after("30 days", "its name is of somebody who may never come")},
		{"cohort", OfFacility, refusedAt(1000, "facility", "cohort.too_many"), never(theHouse)},
		{"cohort_member", OfFacility, refusedAt(0, "cohort, as many participants as it has seats", "cohort.full"), with("member")},
		{"audit_entry", OfFacility, paced("what is audited"), never(byLaw)},
		{"audit_head", OfFacility, oneEach("facility"), never(byLaw)},
		// One person's keys and sign-ins.
		{"account", OfPerson, oneEach("person"), with("member")},
		{"at_rest_key", OfPerson, oneEach("person"), with("member")},
		{"public_bundle", OfPerson, oneEach("person"), with("member")},
		{"wrap", OfPerson, oneEach("person and kind"), with("member")},
		{"vault", OfPerson, oneEach("person"), with("member")},
		{"signin", OfPerson, endedAt(20, "person, while open; room passes apart"), after("30 days", asLogsAre)},
		{"kept_act", OfPerson, endedAt(500, "person"), after("24 hours", atOnceIsRight)},
		// Pages, and who may read them.
		{"sealed", OfPerson, refusedAt(600, "author, in documents", "worksheet.full"), never(theirs)},
		{"assignment", OfFacility, refusedAt(200, "participant", "assignment.too_many"), never("consents hang on it")},
		{"consent", OfPerson, refusedAt(1000, "person", "consent.too_many"), never(byLaw)},
		{"reader_grant", OfPerson, refusedAt(4800, "owner: 600 pages for 8 mentors", "grant.too_many"), after("6 years", "who opened a page is told with it, as long as disclosures")},
		{"talk_request", OfPerson, oneEach("person, while it waits"), after("30 days", "from when it was taken; one that waits is never deleted")},
		// Agendas.
		{"agenda", OfFacility, refusedAt(200, "facility; archived ones ten times as many", "agenda.full"), never(theHouse)},
		{"agenda_version", OfFacility, refusedAt(100, "agenda", "agenda.versions"), with("agenda")},
		// Meetings.
		{"workshop", OfFacility, refusedAt(2000, "facility, ahead or made in the last 30 days", "workshop.too_many"), after("7 years", sevenYears)},
		{"workshop_facilitator", OfFacility, withEach("workshop"), with("workshop")},
		{"room_event", OfFacility, paced("the limit of room commands"), with("workshop")},
		{"room_command", OfFacility, paced("the limit of room commands"), after("24 hours", "a command is not repeated later")},
		{"room_seen", OfFacility, oneEach("room and person"), after("24 hours", "absence is read from its age")},
		{"room_here", OfFacility, oneEach("room and person"), after("24 hours", atOnceIsRight)},
		{"room_note", OfFacility, oneEach("room"), after("7 days", "for a meeting that nobody ended; others delete it")},
		{"room_pulse", OfFacility, paced("the limit of room commands"), with("workshop")},
		{"attendance_interval", OfFacility, paced("the limit of entering a room"), with("workshop")},
		{"attendance_record", OfFacility, refusedAt(50, "meeting and person", "attendance.too_many"), with("workshop")},
		{"stage", OfFacility, endedAt(20, "meeting, while open"), after("30 days", asLogsAre)},
		{"guest", OfFacility, refusedAt(0, "meeting, two for each seat", "room.full"), after("30 days", asLogsAre)},
		// Look-up tables.
		{"lookup.facility", OfSystem, withEach("facility"), never(theHouse)},
		{"lookup.signin_token", OfPerson, withEach("signin"), with("signin")},
		{"lookup.signin_name", OfPerson, oneEach("person, or slip while it is unused"), after("24 hours", "from when a reservation ran out; a name in use stays")},
		{"lookup.invitation_code", OfFacility, withEach("invitation"), with("invitation")},
		{"lookup.guest_token", OfFacility, withEach("workshop"), with("workshop")},
		{"lookup.room_code", OfFacility, withEach("workshop"), with("workshop")},
		{"lookup.stage_token", OfFacility, withEach("stage"), with("stage")},
		{"lookup.node", OfSystem, paced("a start of a process"), after("30 days", "of silence, unless an interval of attendance waits for its end")},
		{"goose_db_version", OfSystem, paced("a migration"), never("it says which schema this is")},
		{"lookup.secret_check", OfSystem, oneEach("secret"), never("a wrong secret must always be noticed")},
	}
}
