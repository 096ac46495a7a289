package wire

// Facility is what every signed-in page needs to know of its facility.
type Facility struct {
	Name       string `json:"name"`
	TimeZone   string `json:"time_zone"`
	Language   string `json:"language"`
	NeutralURL string `json:"neutral_url"`
	// Track is the wording: twelve_step or secular.
	Track    string       `json:"track"`
	DutyNote string       `json:"duty_note,omitempty"`
	Crisis   []CrisisLine `json:"crisis"`
}

// CrisisLine is one phone number of the crisis card; the facility's own come first.
type CrisisLine struct {
	Label     string `json:"label"`
	Number    string `json:"number"`
	Note      string `json:"note,omitempty"`
	Language  string `json:"language"`
	CheckedOn string `json:"checked_on"`
}

// Member is one row of the list of people. Cohorts are those that the caller may see. LastHere is absent
// for a person who has never come.
type Member struct {
	ID       string     `json:"id"`
	RoomName string     `json:"room_name"`
	Roles    []string   `json:"roles"`
	Cohorts  []InCohort `json:"cohorts"`
	Status   string     `json:"status"`
	JoinedOn string     `json:"joined_on"`
	LastHere string     `json:"last_here,omitempty"`
}

// InCohort is what a person is in one cohort: participant, mentor or staff.
type InCohort struct {
	ID   string `json:"id"`
	Role string `json:"role"`
}

// CohortRoleRequest says what a person is to be in a cohort. Absent means the narrowest that their roles
// allow: participant before mentor before staff.
type CohortRoleRequest struct {
	Role string `json:"role,omitempty"`
}

// Members is the list of people.
type Members struct {
	Members []Member `json:"members"`
}

// MemberStatusRequest suspends a person or restores them.
type MemberStatusRequest struct {
	Status string `json:"status"`
}

// MemberRolesRequest replaces all roles of a person.
type MemberRolesRequest struct {
	Roles []string `json:"roles"`
}

// Invitation is one slip in the list; its code is shown only once, when it is made.
type Invitation struct {
	ID        string   `json:"id"`
	Roles     []string `json:"roles"`
	Cohort    string   `json:"cohort,omitempty"`
	RoomName  string   `json:"room_name,omitempty"`
	Language  string   `json:"language"`
	CreatedAt int64    `json:"created_at"`
	ExpiresAt int64    `json:"expires_at"`
	// State is open, used, revoked or expired.
	State string `json:"state"`
}

// Invitations is the list of slips.
type Invitations struct {
	Invitations []Invitation `json:"invitations"`
}

// InviteRequest makes slips: one for each name, or Count of them without names.
type InviteRequest struct {
	Roles    []string `json:"roles"`
	Cohort   string   `json:"cohort,omitempty"`
	Names    []string `json:"names,omitempty"`
	Count    int      `json:"count,omitempty"`
	Language string   `json:"language"`
	Days     int      `json:"days"`
}

// NewSlip is a slip to print. The code is shown only once.
type NewSlip struct {
	ID        string `json:"id"`
	Code      string `json:"code"`
	URL       string `json:"url"`
	RoomName  string `json:"room_name,omitempty"`
	ExpiresAt int64  `json:"expires_at"`
}

// NewSlips are the slips of one request.
type NewSlips struct {
	Slips []NewSlip `json:"slips"`
}

// Cohort is a group that goes through a program together. Manages means that the caller may change it,
// invite into it and work with its people: an admin or its staff.
type Cohort struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	StartsOn     string `json:"starts_on"`
	EndsOn       string `json:"ends_on"`
	Capacity     int    `json:"capacity"`
	Participants int    `json:"participants"`
	Archived     bool   `json:"archived"`
	Manages      bool   `json:"manages"`
}

// Cohorts is the list.
type Cohorts struct {
	Cohorts []Cohort `json:"cohorts"`
}

// CohortRequest makes or changes a cohort.
type CohortRequest struct {
	Name     string `json:"name"`
	StartsOn string `json:"starts_on"`
	EndsOn   string `json:"ends_on"`
	Capacity int    `json:"capacity"`
}

// Created has the id of what was created.
type Created struct {
	ID string `json:"id"`
}
