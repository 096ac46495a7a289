// Package wire holds every struct that crosses the network, written once; the TypeScript types are
// generated from it. Requests arrive as plain text fields; Parse returns typed values, or one fault
// that names every invalid field and echoes no value.
package wire

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"amends/roles"
	"amends/server/fault"
	"amends/server/id"
)

// parser collects the problems of one request.
type parser struct{ fault.Check }

// bytes decodes strict base64url without padding of exactly n bytes; for n < 0, of 1 to -n bytes.
func (p *parser) bytes(name, text string, n int) []byte {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if n >= 0 {
		p.Must(err == nil && len(b) == n, name, "not the right number of bytes in base64url")
	} else {
		p.Must(err == nil && len(b) > 0 && len(b) <= -n, name, "not bytes in base64url, or too many")
	}
	return b
}

// text trims s and requires well-formed UTF-8 without control characters, min to max characters long.
func (p *parser) text(name, s string, min, max int) string {
	s = strings.TrimSpace(s)
	n := utf8.RuneCountInString(s)
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		p.Must(false, name, "holds characters that cannot be used here")
	case n < min:
		p.Must(false, name, "is missing or too short")
	case n > max:
		p.Must(false, name, "is too long")
	}
	return s
}

func (p *parser) oneOf(name, s string, allowed ...string) string {
	p.Must(slices.Contains(allowed, s), name, "is not one of the choices")
	return s
}

func (p *parser) between(name string, n, min, max int) int {
	p.Must(n >= min && n <= max, name, "is out of range")
	return n
}

func (p *parser) date(name, s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	p.Must(err == nil && d.Year() >= 2000 && d.Year() <= 2200, name, "is not a date like 2026-05-12")
	return d
}

func (p *parser) roles(name string, names []string) []roles.Role {
	p.Must(len(names) > 0, name, "needs at least one role")
	p.Must(len(names) <= len(roles.Members()), name, "has too many roles")
	var out []roles.Role
	for _, n := range names {
		r, ok := roles.Parse(n)
		p.Must(ok, name, "has an unknown role")
		if ok && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

func member(p *parser, name, text string) id.Member {
	m, err := id.Parse[id.Member](text)
	p.Must(err == nil, name, "is not an identifier")
	return m
}

func cohort(p *parser, name, text string, optional bool) id.Cohort {
	if optional && text == "" {
		return id.Cohort{}
	}
	c, err := id.Parse[id.Cohort](text)
	p.Must(err == nil, name, "is not an identifier")
	return c
}
