package wire

// Pages of the people of a room, for its facilitators: the view names only some of them in an open
// meeting.

// PeoplePage is how many people a page has.
const PeoplePage = 50

// MaxSearch is the longest text to search for, in characters: the longest name.
const MaxSearch = 40

// RoomPeopleRequest asks for a page: the people whose name contains Search, or all. The name is in the
// body, because addresses are in the logs of proxies.
type RoomPeopleRequest struct {
	Search string `json:"search"`
	// Page counts from 1; one beyond the last is answered with the last.
	Page int `json:"page"`
}

// RoomPeople is one page, in order of names. Found is how many people there are on all pages.
type RoomPeople struct {
	People []RoomPerson `json:"people"`
	Page   int          `json:"page"`
	Pages  int          `json:"pages"`
	Found  int          `json:"found"`
}
