package roles

import (
	"crypto/sha256"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
)

//go:embed model.conf
var modelText string

//go:embed policy.csv
var policyText string

// Asked is one authorization question.
type Asked struct {
	// Held are the person's roles; a suspended or ended membership has none.
	Held []Role
	// Domain is the person's facility (tenant), Object the object's. If both are empty, the answer is
	// no.
	Domain, Object string
	// Needs is the required permission, Relation the person's relation to the object.
	Needs    Permission
	Relation Relation
}

// Book decides who may do what. It is immutable and safe for concurrent use. So casbin may cache its
// answers; the cache stays small, because its keys are only facilities and words of the policy.
type Book struct {
	enforcer *casbin.CachedEnforcer
	table    map[entry]Relation
	hash     [32]byte
}

type entry struct {
	role  Role
	needs Permission
}

// anyRelation marks a table entry that requires no relation.
const anyRelation Relation = 1 << 7

// Open parses the embedded model and policy.
func Open() (*Book, error) {
	m, err := model.NewModelFromString(modelText)
	if err != nil {
		return nil, fmt.Errorf("read the casbin model: %w", err)
	}
	e, err := casbin.NewCachedEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("make the casbin enforcer: %w", err)
	}
	e.AddFunction("relOK", relationHolds)
	sum := sha256.Sum256([]byte(modelText + policyText))
	book := &Book{enforcer: e, table: map[entry]Relation{}, hash: sum}
	rows, err := Policy()
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if _, err := e.AddPolicy(string(row.Role), row.Object, row.Action, row.Relation); err != nil {
			return nil, fmt.Errorf("add policy row: %w", err)
		}
		book.table[entry{row.Role, Permission(row.Object + "." + row.Action)}] |= relationBit(row.Relation)
	}
	return book, nil
}

// Hash is the SHA-256 of model and policy. Its first 16 bytes are the object of the audit entry
// policy.loaded in each facility.
func (b *Book) Hash() [32]byte { return b.hash }

// Allows asks casbin once per held role. The app uses it for every use case.
func (b *Book) Allows(a Asked) (bool, error) {
	object, action, ok := strings.Cut(string(a.Needs), ".")
	if !ok {
		return false, fmt.Errorf("permission %q has no action", a.Needs)
	}
	for _, role := range a.Held {
		// Casbin panics on named Go types: pass plain strings only.
		allowed, err := b.enforcer.Enforce(string(role), a.Domain, a.Object, object, action, relationNames(a.Relation))
		if err != nil {
			return false, fmt.Errorf("ask casbin: %w", err)
		}
		if allowed {
			return true, nil
		}
	}
	return false, nil
}

// AllowsFast gives the same answers from a table built at start, for checking a whole room at once. A
// test compares it with Allows for every role, permission and relation, and two tenants.
func (b *Book) AllowsFast(a Asked) bool {
	if a.Domain == "" || a.Domain != a.Object {
		return false
	}
	for _, role := range a.Held {
		needed, known := b.table[entry{role, a.Needs}]
		if known && (needed&anyRelation != 0 || needed&a.Relation != 0) {
			return true
		}
	}
	return false
}

// Row is one line of the policy.
type Row struct {
	Role                     Role
	Object, Action, Relation string
}

// Policy returns the whole matrix, in the order of the file.
func Policy() ([]Row, error) {
	r := csv.NewReader(strings.NewReader(policyText))
	r.Comment, r.TrimLeadingSpace, r.FieldsPerRecord = '#', true, 5
	lines, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	rows := make([]Row, 0, len(lines))
	for _, l := range lines {
		if l[4] != "any" && relationBit(l[4]) == None {
			return nil, fmt.Errorf("policy row %v: unknown relation", l)
		}
		rows = append(rows, Row{Role(l[1]), l[2], l[3], l[4]})
	}
	return rows, nil
}

// relationHolds is `relOK` of the model: the required relation is `any` or one of those held.
func relationHolds(args ...any) (any, error) {
	held, _ := args[0].(string)
	needed, _ := args[1].(string)
	return needed == "any" || (needed != "" && strings.Contains(" "+held+" ", " "+needed+" ")), nil
}

func relationBit(name string) Relation {
	switch name {
	case "any":
		return anyRelation
	case "own":
		return Own
	case "cohort":
		return Cohort
	case "assigned":
		return Assigned
	case "shared":
		return Shared
	case "staff":
		return Staff
	}
	return None
}

func relationNames(r Relation) string {
	var names []string
	for _, name := range []string{"own", "cohort", "assigned", "shared", "staff"} {
		if r&relationBit(name) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}
