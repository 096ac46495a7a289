package wire

// PeopleSearch is a parsed request for a page of people; an empty Name means everybody.
type PeopleSearch struct {
	Name string
	Page int
}

// maxRoomPages bounds the number of a page; no room has so many people.
const maxRoomPages = 10_000

// Parse validates the request.
func (r RoomPeopleRequest) Parse() (PeopleSearch, error) {
	var p parser
	out := PeopleSearch{Page: p.between("page", r.Page, 1, maxRoomPages)}
	if r.Search != "" {
		out.Name = p.text("search", r.Search, 1, MaxSearch)
	}
	return out, p.Err()
}
