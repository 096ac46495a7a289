package app

import (
	"strconv"
	"sync"

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

// looks remembers how names look, because everybody who enters is compared with all who are there, under
// the lock of the places. It can be emptied at any time, and is when names are deleted (ForgetGuests).
type looks struct {
	mu sync.Mutex
	of map[string]string
}

// maxLooks is more than the names of the largest meeting; a full cache is emptied.
const maxLooks = 20_000

func (l *looks) key(name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	key, known := l.of[name]
	if !known {
		if l.of == nil || len(l.of) >= maxLooks {
			l.of = map[string]string{}
		}
		key = lookalike.Key(name)
		l.of[name] = key
	}
	return key
}

func (l *looks) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of = nil
}

func (l *looks) nameAmong(taken []dbgen.GuestNamesTakenRow, name, language string) string {
	staff, all := map[string]bool{}, map[string]bool{}
	for _, t := range taken {
		key := l.key(t.Name)
		staff[key], all[key] = staff[key] || t.Staff, true
	}
	end := ""
	if staff[l.key(name)] {
		end = guestMark(language)
	}
	fits := ended(name, end)
	for n := 2; all[l.key(fits)]; n++ {
		fits = ended(name, end+" "+strconv.Itoa(n))
	}
	return fits
}

// ended is a name with an end, cut so that both fit.
func ended(name, end string) string {
	letters := []rune(name)
	return string(letters[:min(len(letters), longestName-len([]rune(end)))]) + end
}
