// Package demo seeds the facility that `amends demo` shows. It uses the same API as people do: slips,
// sign-up with keys generated on the client, sealed worksheets, a planned workshop.
package demo

// person is one of the seeded people.
type person struct{ handle, name, role string }

func people() []person {
	return []person{
		{"nora", "Nora V.", "admin"},
		{"dana", "Dana C.", "counselor"},
		{"kofi", "Kofi A.", "counselor"},
		{"maria", "Maria T.", "mentor"},
		{"ray", "Ray S.", "mentor"},
		{"sam", "Sam R.", "participant"},
		{"ana", "Ana P.", "participant"},
		{"dee", "Dee W.", "participant"},
		{"jok", "Jo K.", "participant"},
		{"luis", "Luis M.", "participant"},
		{"ruth", "Ruth L.", "participant"},
		{"tyb", "Ty B.", "participant"},
		{"eli", "Eli N.", "participant"},
	}
}

const (
	facilityName = "Willow House"
	timeZone     = "America/New_York"
	neutralURL   = "https://www.weather.gov"
	cohortName   = "Tuesday group"
	agendaKey    = "step9-90"
)

// pairs are the participants who have a mentor from the start.
func pairs() map[string]string { return map[string]string{"sam": "maria", "ana": "ray"} }

// page is a seeded worksheet, sealed by its owner like any other.
type page struct {
	owner, title string
	answers      map[string]any
}

func pages() []page {
	return []page{
		{"sam", "Coach", map[string]any{"nick": "Coach", "tie": "other", "did": "I told the team I was sick. I was not. He drove out to check on me and missed his girl’s game.",
			"kinds": []string{"trust", "time"}, "part": "I lied so that I could stay home and drink.", "reach": "yes", "willing": "mostly", "time": "now"}},
		{"sam", "My sister", map[string]any{"nick": "My sister", "tie": "family", "did": "I borrowed money and did not pay it back.", "kinds": []string{"money"}, "willing": "maybe", "time": "later"}},
		{"ana", "J.", map[string]any{"nick": "J.", "tie": "friend", "did": "I stopped answering when she needed me.", "kinds": []string{"feelings", "trust"}, "time": "unsure"}},
	}
}
