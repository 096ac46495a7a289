package wire

// AttendanceSheet is what a counselor confirms after the end: everybody who came or was
// expected. Ended says whether it can be confirmed yet.
type AttendanceSheet struct {
	Ended   bool            `json:"ended"`
	Rows    []AttendanceRow `json:"rows"`
	Reasons []string        `json:"reasons"`
}

// AttendanceRow is one person: when they were in the room, how long that is, and what was
// recorded of it.
type AttendanceRow struct {
	Member  string            `json:"member"`
	Name    string            `json:"name"`
	Times   []AttendanceTime  `json:"times"`
	Minutes int               `json:"minutes"`
	Record  *AttendanceRecord `json:"record,omitempty"`
}

// AttendanceTime is one time of presence, in unix milliseconds; To is absent while it is open.
type AttendanceTime struct {
	From int64 `json:"from"`
	To   int64 `json:"to,omitempty"`
}

// AttendanceRecord is what counts. Reason is absent when the room's own time was confirmed.
type AttendanceRecord struct {
	ID      string `json:"id"`
	Minutes int    `json:"minutes"`
	Reason  string `json:"reason,omitempty"`
	By      string `json:"by"`
	At      int64  `json:"at"`
}

// ConfirmRequest confirms the room's own time of these people.
type ConfirmRequest struct {
	Members []string `json:"members"`
}

// CorrectRequest records another time with a reason. Replaces is the record that the counselor
// saw; it is voided. Absent means that there was none.
type CorrectRequest struct {
	Minutes  int    `json:"minutes"`
	Reason   string `json:"reason"`
	Replaces string `json:"replaces,omitempty"`
}

// OwnAttendance lists the meetings of the asking person, newest first.
type OwnAttendance struct {
	Meetings []OwnMeeting `json:"meetings"`
}

// OwnMeeting is one of them. Confirmed says that a counselor recorded it; Corrected that the
// time is not the room's own.
type OwnMeeting struct {
	Workshop  string `json:"workshop"`
	Title     string `json:"title"`
	StartsAt  int64  `json:"starts_at"`
	Minutes   int    `json:"minutes"`
	Confirmed bool   `json:"confirmed"`
	Corrected bool   `json:"corrected"`
}
