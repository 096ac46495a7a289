package wire

// AttendanceSheet is what a counselor confirms after the end: everybody who came or was expected. Ended
// means that it can be confirmed now.
type AttendanceSheet struct {
	Ended   bool            `json:"ended"`
	Rows    []AttendanceRow `json:"rows"`
	Reasons []string        `json:"reasons"`
}

// AttendanceRow is one person: their intervals in the room, the total, and the record if there is one.
type AttendanceRow struct {
	Member  string            `json:"member"`
	Name    string            `json:"name"`
	Times   []AttendanceTime  `json:"times"`
	Minutes int               `json:"minutes"`
	Record  *AttendanceRecord `json:"record,omitempty"`
}

// AttendanceTime is one interval in the room, in unix milliseconds; To is absent while the person is in
// the room.
type AttendanceTime struct {
	From int64 `json:"from"`
	To   int64 `json:"to,omitempty"`
}

// AttendanceRecord is the confirmed or corrected attendance. Reason is absent when the measured time
// was confirmed.
type AttendanceRecord struct {
	ID      string `json:"id"`
	Minutes int    `json:"minutes"`
	Reason  string `json:"reason,omitempty"`
	By      string `json:"by"`
	At      int64  `json:"at"`
}

// ConfirmRequest confirms the measured time of these people.
type ConfirmRequest struct {
	Members []string `json:"members"`
}

// CorrectRequest records another time with a reason. Replaces is the record that the counselor saw,
// which it voids (compare-and-set); absent means that there was none.
type CorrectRequest struct {
	Minutes  int    `json:"minutes"`
	Reason   string `json:"reason"`
	Replaces string `json:"replaces,omitempty"`
}

// OwnAttendance lists the caller's own meetings, newest first.
type OwnAttendance struct {
	Meetings []OwnMeeting `json:"meetings"`
}

// OwnMeeting is one of them. Confirmed means that a counselor recorded it; Corrected that the recorded
// time differs from the measured one.
type OwnMeeting struct {
	Workshop  string `json:"workshop"`
	Title     string `json:"title"`
	StartsAt  int64  `json:"starts_at"`
	Minutes   int    `json:"minutes"`
	Confirmed bool   `json:"confirmed"`
	Corrected bool   `json:"corrected"`
}
