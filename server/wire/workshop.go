package wire

// Workshop is one scheduled workshop in lists and on home screens.
type Workshop struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Kind is group or open; an open meeting has no cohort.
	Kind       string `json:"kind"`
	Cohort     string `json:"cohort,omitempty"`
	CohortName string `json:"cohort_name,omitempty"`
	// StartsAt is unix milliseconds; LocalStart and TimeZone are as scheduled.
	StartsAt     int64    `json:"starts_at"`
	LocalStart   string   `json:"local_start"`
	TimeZone     string   `json:"time_zone"`
	Minutes      int      `json:"minutes"`
	Capacity     int      `json:"capacity"`
	Language     string   `json:"language"`
	Agenda       string   `json:"agenda"`
	Lead         string   `json:"lead"`
	LeadName     string   `json:"lead_name"`
	Facilitators []string `json:"facilitators"`
	// State is scheduled, open, running, paused, ended or cancelled.
	State string `json:"state"`
	// Facilitates means that the caller facilitates this room.
	Facilitates bool `json:"facilitates"`
	// Manages means that the caller may cancel it and read its attendance: an admin, the staff of its
	// cohort, or a facilitator of an open meeting.
	Manages bool `json:"manages"`
}

// Workshops is a list in order of start.
type Workshops struct {
	Workshops []Workshop `json:"workshops"`
}

// ScheduleRequest schedules a workshop. Starts is local time: 2026-05-12T18:30. Kind is group, which
// needs a cohort, or open, which has none; absent means group.
type ScheduleRequest struct {
	Title      string   `json:"title"`
	Kind       string   `json:"kind,omitempty"`
	Cohort     string   `json:"cohort,omitempty"`
	Starts     string   `json:"starts"`
	Agenda     string   `json:"agenda"`
	Language   string   `json:"language"`
	Lead       string   `json:"lead"`
	Counselors []string `json:"counselors,omitempty"`
	Capacity   int      `json:"capacity"`
}

// LocalTime is the layout of a workshop's local start.
const LocalTime = "2006-01-02T15:04"

// StageCode is the six-digit code that pairs a screen as the stage of a workshop; it can be used once.
type StageCode struct {
	Code      string `json:"code"`
	ExpiresAt int64  `json:"expires_at"`
}

// ConnectRequest has the code typed on the screen. Public.
type ConnectRequest struct {
	Code string `json:"code"`
	// Work is a solved puzzle, when the server asked for one.
	Work string `json:"work,omitempty"`
}

// Connected tells the screen which room it shows; its cookie is set in the same response.
type Connected struct {
	Workshop string `json:"workshop"`
}

// RoomCode answers a room code with the workshop it belongs to.
type RoomCode struct {
	Workshop string `json:"workshop"`
}

// DemoPerson is a person of the seeded demo facility; only served in demo mode, on loopback.
type DemoPerson struct {
	Name string `json:"name"`
	Role string `json:"role"`
	// URL opens the person's own origin and signs in; its secrets are in the fragment, which browsers
	// never send to a server.
	URL string `json:"url"`
}

// DemoPeople is the demo's start page.
type DemoPeople struct {
	Facility string       `json:"facility"`
	People   []DemoPerson `json:"people"`
	Stage    string       `json:"stage"`
}
