// Package roles defines in one place who may do what: the names of roles, permissions and relations,
// and the casbin model and policy over them.
//
// Rule: default deny. A request is allowed when one of the person's roles has the permission, person
// and object belong to the same facility, and the person has the relation to the object that the policy
// requires.
package roles

// Role is a member's role in their facility. One member may hold several.
type Role string

// The roles. Guest is a pseudo-role bound to one workshop; Operator is the command line.
const (
	Participant Role = "participant"
	Mentor      Role = "mentor"
	Counselor   Role = "counselor"
	Admin       Role = "admin"
	Guest       Role = "guest"
	Operator    Role = "operator"
)

// Members are the roles that a member of a facility can hold.
func Members() []Role { return []Role{Participant, Mentor, Counselor, Admin} }

// Parse returns the role with this name, if a member can hold it.
func Parse(name string) (Role, bool) {
	for _, r := range Members() {
		if string(r) == name {
			return r, true
		}
	}
	return "", false
}

// Relation is a person's relation to an object.
type Relation uint8

// The relations are bits: a person can have several at once.
const (
	None     Relation = 0
	Own      Relation = 1
	Cohort   Relation = 2
	Assigned Relation = 4
	Shared   Relation = 8
	// Staff is over a cohort, its people and its workshops; Cohort is only to be in it. A counselor's
	// rights need Staff: being a counselor, and being in a group, are not enough together.
	Staff Relation = 16
)

// CohortRole is what a person is in one cohort. It is stored with the membership and never follows from
// the person's roles: a counselor may be in one group as a participant.
type CohortRole string

// The roles in a cohort. Only an admin, or a slip, makes somebody staff of a cohort.
const (
	AsParticipant CohortRole = "participant"
	AsMentor      CohortRole = "mentor"
	AsStaff       CohortRole = "staff"
)

// CohortRoles lists them all.
func CohortRoles() []CohortRole { return []CohortRole{AsParticipant, AsMentor, AsStaff} }

// Fits reports whether a person with these roles can be this in a cohort.
func (c CohortRole) Fits(held []Role) bool {
	for _, r := range held {
		switch {
		case c == AsParticipant && r == Participant, c == AsMentor && r == Mentor, c == AsStaff && (r == Counselor || r == Admin):
			return true
		}
	}
	return false
}

// NarrowestCohortRole is what a person with these roles is in a cohort when nobody says it: the one with
// the fewest rights over others. Who is participant and counselor is a participant until an admin says
// otherwise.
func NarrowestCohortRole(held []Role) CohortRole {
	for _, c := range CohortRoles() {
		if c.Fits(held) {
			return c
		}
	}
	return AsParticipant
}

// Permission is `object.action` of the matrix.
type Permission string

// The permissions that use cases require.
const (
	FacilityProvision Permission = "facility.provision"
	FacilityRead      Permission = "facility.read"
	FacilityUpdate    Permission = "facility.update"
	InvitationCreate  Permission = "invitation.create"
	InvitationRead    Permission = "invitation.read"
	InvitationRevoke  Permission = "invitation.revoke"
	KeysOwn           Permission = "keys.own"
	SigninOwn         Permission = "signin.own"
	StageCreate       Permission = "stage.create"
	CohortCreate      Permission = "cohort.create"
	CohortRead        Permission = "cohort.read"
	CohortUpdate      Permission = "cohort.update"
	CohortArchive     Permission = "cohort.archive"
	MemberRead        Permission = "member.read"
	MemberUpdateRole  Permission = "member.update_role"
	MemberSuspend     Permission = "member.suspend"
	AgendaCreate      Permission = "agenda.create"
	AgendaRead        Permission = "agenda.read"
	AgendaUpdate      Permission = "agenda.update"
	AgendaPublish     Permission = "agenda.publish"
	AgendaArchive     Permission = "agenda.archive"
	WorkshopSchedule  Permission = "workshop.schedule"
	WorkshopRead      Permission = "workshop.read"
	WorkshopCancel    Permission = "workshop.cancel"
	RoomOpen          Permission = "room.open"
	RoomFacilitate    Permission = "room.facilitate"
	RoomEnd           Permission = "room.end"
	RoomPass          Permission = "room.pass"
	RoomJoin          Permission = "room.join"
	WorksheetCreate   Permission = "worksheet.create"
	WorksheetRead     Permission = "worksheet.read"
	WorksheetUpdate   Permission = "worksheet.update"
	WorksheetDelete   Permission = "worksheet.delete"
	WorksheetShare    Permission = "worksheet.share"
	WorksheetUnshare  Permission = "worksheet.unshare"
	FeedbackCreate    Permission = "feedback.create"
	NoteRead          Permission = "note.read"
	NoteUpdate        Permission = "note.update"
	AssignmentCreate  Permission = "assignment.create"
	AssignmentRead    Permission = "assignment.read"
	AssignmentEnd     Permission = "assignment.end"
	ConsentSign       Permission = "consent.sign"
	ConsentRead       Permission = "consent.read"
	ConsentRevoke     Permission = "consent.revoke"
	TalkRequestCreate Permission = "talk_request.create"
	TalkRequestRead   Permission = "talk_request.read"
	TalkRequestTake   Permission = "talk_request.take"
	AuditRead         Permission = "audit.read"
	AttendanceRecord  Permission = "attendance.record"
	AttendanceRead    Permission = "attendance.read"
	AttendanceCorrect Permission = "attendance.correct"
)
