package wire

import (
	"slices"
	"time"

	"amends/roles"
	"amends/server/id"
)

// Invite is a parsed InviteRequest: one slip for each element of Names.
type Invite struct {
	Roles    []roles.Role
	Cohort   id.Cohort
	Names    []string
	Language string
	Valid    time.Duration
}

// Parse checks an invitation: at most 60 slips at once, valid 1 to 60 days.
func (r InviteRequest) Parse() (Invite, error) {
	var p parser
	i := Invite{Roles: p.roles("roles", r.Roles), Cohort: cohort(&p, "cohort", r.Cohort, true), Language: p.oneOf("language", r.Language, "en", "es"),
		Valid: time.Duration(p.between("days", r.Days, 1, 60)) * 24 * time.Hour}
	p.Must(len(r.Names) <= 60, "names", "has too many names for one sheet")
	for _, n := range r.Names {
		i.Names = append(i.Names, p.text("names", n, 1, 40))
	}
	if len(r.Names) == 0 {
		i.Names = make([]string, p.between("count", r.Count, 1, 60))
	} else {
		p.Must(r.Count == 0 || r.Count == len(r.Names), "count", "does not fit the names")
	}
	return i, p.Err()
}

// CohortFacts is a parsed CohortRequest.
type CohortFacts struct {
	Name             string
	StartsOn, EndsOn time.Time
	Capacity         int
}

// Parse checks a cohort.
func (r CohortRequest) Parse() (CohortFacts, error) {
	var p parser
	c := CohortFacts{Name: p.text("name", r.Name, 1, 60), StartsOn: p.date("starts_on", r.StartsOn),
		EndsOn: p.date("ends_on", r.EndsOn), Capacity: p.between("capacity", r.Capacity, 1, 500)}
	p.Must(!c.EndsOn.Before(c.StartsOn), "ends_on", "is before the start")
	return c, p.Err()
}

// Parse returns the role in a cohort; "" when the request leaves it open.
func (r CohortRoleRequest) Parse() (roles.CohortRole, error) {
	var p parser
	p.Must(r.Role == "" || slices.Contains(roles.CohortRoles(), roles.CohortRole(r.Role)), "role", "is not one of the choices")
	return roles.CohortRole(r.Role), p.Err()
}

// Parse returns the status.
func (r MemberStatusRequest) Parse() (string, error) {
	var p parser
	s := p.oneOf("status", r.Status, "active", "suspended")
	return s, p.Err()
}

// Parse returns the roles.
func (r MemberRolesRequest) Parse() ([]roles.Role, error) {
	var p parser
	held := p.roles("roles", r.Roles)
	return held, p.Err()
}
