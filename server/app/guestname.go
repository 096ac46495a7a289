package app

import (
	"strconv"

	"amends/server/lookalike"
	"amends/server/postgres/dbgen"
)

// Names of guests. A name that looks like one of the house's staff gets the mark of a guest, and one that
// looks like somebody's in the room gets a number, so a second Sam becomes "Sam 2". No name is refused:
// a refusal would tell a stranger who is here.

// guestMark follows a guest's name that looks like one of the staff, by language of the meeting.
func guestMark(language string) string {
	if language == "es" {
		return " (invitado)"
	}
	return " (guest)"
}

// longestName is the limit of the table, in characters.
const longestName = 40

func nameAmong(taken []dbgen.GuestNamesTakenRow, name, language string) string {
	staff, all := map[string]bool{}, map[string]bool{}
	for _, t := range taken {
		key := lookalike.Key(t.Name)
		staff[key], all[key] = staff[key] || t.Staff, true
	}
	end := ""
	if staff[lookalike.Key(name)] {
		end = guestMark(language)
	}
	fits := ended(name, end)
	for n := 2; all[lookalike.Key(fits)]; n++ {
		fits = ended(name, end+" "+strconv.Itoa(n))
	}
	return fits
}

// ended is a name with an end, cut so that both fit.
func ended(name, end string) string {
	letters := []rune(name)
	return string(letters[:min(len(letters), longestName-len([]rune(end)))]) + end
}
