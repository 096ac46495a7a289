package wire

// Assignment pairs a mentor with a participant. While the mentor is only invited, Mentor is absent and
// Invited is the name on the slip. Participant is absent for a mentor who is not of the house while no
// consent is in force. Acct is the `acct` of the sealing format.
type Assignment struct {
	ID          string   `json:"id"`
	Participant *Side    `json:"participant,omitempty"`
	Mentor      *Side    `json:"mentor,omitempty"`
	Invited     string   `json:"invited,omitempty"`
	Since       string   `json:"since"`
	Ended       string   `json:"ended,omitempty"`
	Consent     *Consent `json:"consent,omitempty"`
}

// Side is one of the two people of an assignment. Inside marks a mentor who is staff of the house.
type Side struct {
	Member   string `json:"member"`
	Acct     string `json:"acct"`
	RoomName string `json:"room_name"`
	Inside   bool   `json:"inside,omitempty"`
}

// Assignments is a list of assignments.
type Assignments struct {
	Assignments []Assignment `json:"assignments"`
}

// AssignRequest names a participant and either a mentor or an open slip for one.
type AssignRequest struct {
	Participant string `json:"participant"`
	Mentor      string `json:"mentor,omitempty"`
	Invitation  string `json:"invitation,omitempty"`
}

// Consent is a consent that a participant signed. State is open, revoked or expired. The dates are in
// the facility's time zone; ExpiresOn is the last day on which the consent is valid.
type Consent struct {
	ID          string `json:"id"`
	Recipient   string `json:"recipient,omitempty"`
	TextVersion string `json:"text_version,omitempty"`
	Language    string `json:"language,omitempty"`
	SignedOn    string `json:"signed_on"`
	ExpiresOn   string `json:"expires_on"`
	RevokedOn   string `json:"revoked_on,omitempty"`
	State       string `json:"state"`
}

// Consents lists every consent the person has ever signed.
type Consents struct {
	Consents []Consent `json:"consents"`
}

// SignRequest signs a consent for an assignment. TextVersion identifies the wording that was shown.
type SignRequest struct {
	TextVersion string `json:"text_version"`
	Language    string `json:"language"`
	Months      int    `json:"months"`
}

// Bundle is the public half of a person's keys.
type Bundle struct {
	Bundle string `json:"bundle"`
}

// Grant allows a reader to fetch one page.
type Grant struct {
	Ws       string `json:"ws"`
	Reader   string `json:"reader"`
	RoomName string `json:"room_name"`
	Until    string `json:"until"`
}

// Grants are the open grants on a person's own pages.
type Grants struct {
	Grants []Grant `json:"grants"`
}

// Opening is one time that another person opened a page. On is a date in the facility's time zone.
type Opening struct {
	Ws       string `json:"ws"`
	Role     string `json:"role"`
	RoomName string `json:"room_name"`
	On       string `json:"on"`
}

// Openings lists who opened a person's pages, and when.
type Openings struct {
	Openings []Opening `json:"openings"`
}

// TalkRequest is a participant who asked for their counselor; the reason is not stored.
type TalkRequest struct {
	ID       string `json:"id"`
	RoomName string `json:"room_name"`
	At       int64  `json:"at"`
}

// TalkRequests lists talk requests that nobody has taken yet.
type TalkRequests struct {
	Requests []TalkRequest `json:"requests"`
}

// Note is a counselor's own sealed note on a workshop; Ver is 0 and the file absent when there is none.
type Note struct {
	Ver  int    `json:"ver"`
	File string `json:"file,omitempty"`
}

// NoteRequest uploads the next version of a note.
type NoteRequest struct {
	File string `json:"file"`
}

// FacilitySettingsRequest sets the wording track and the facility's note on mandatory reporting.
type FacilitySettingsRequest struct {
	Track    string `json:"track"`
	DutyNote string `json:"duty_note"`
}
