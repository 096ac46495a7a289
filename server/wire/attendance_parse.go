package wire

import (
	"amends/server/id"
)

// maxConfirm bounds the people in one request: more than a workshop can have; open meetings send
// several requests.
const maxConfirm = 500

// MaxAttendance is the longest time that can be recorded, in minutes.
const MaxAttendance = 600

// AttendanceReasons are the reasons for which a counselor may correct a time.
func AttendanceReasons() []string {
	return []string{"no_phone", "phone_stayed", "signal", "other_person", "other"}
}

// Correct is a parsed CorrectRequest; a zero Replaces means that there was no record.
type Correct struct {
	Minutes  int
	Reason   string
	Replaces id.Attendance
}

// Parse returns the people without duplicates.
func (r ConfirmRequest) Parse() ([]id.Member, error) {
	var p parser
	p.Must(len(r.Members) >= 1 && len(r.Members) <= maxConfirm, "members", "needs 1 to 500 people")
	var out []id.Member
	seen := map[id.Member]bool{}
	for _, text := range r.Members[:min(len(r.Members), maxConfirm)] {
		if who := member(&p, "members", text); !seen[who] {
			seen[who] = true
			out = append(out, who)
		}
	}
	return out, p.Err()
}

// Parse checks the request.
func (r CorrectRequest) Parse() (Correct, error) {
	var p parser
	out := Correct{Minutes: p.between("minutes", r.Minutes, 0, MaxAttendance), Reason: p.oneOf("reason", r.Reason, AttendanceReasons()...)}
	if r.Replaces != "" {
		var err error
		out.Replaces, err = id.Parse[id.Attendance](r.Replaces)
		p.Must(err == nil, "replaces", "is not an identifier")
	}
	return out, p.Err()
}
