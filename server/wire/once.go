package wire

import (
	"strings"

	"amends/server/id"
)

// IdempotencyKey is the header by which the same intention is known again (the IETF's draft "The
// Idempotency-Key HTTP Header Field"). The client makes one UUID for each thing that its person
// wants made, and sends it with every try.
const IdempotencyKey = "Idempotency-Key"

// ParseIntent reads that header: a UUID, in the quotes of a structured field or without.
func ParseIntent(text string) (id.Intent, error) {
	var p parser
	p.Must(text != "", IdempotencyKey, "is missing: this needs a UUID that stays the same when it is sent again")
	if inner, ok := strings.CutPrefix(text, `"`); ok && strings.HasSuffix(inner, `"`) {
		text = strings.TrimSuffix(inner, `"`)
	}
	key, err := id.Parse[id.Intent](text)
	p.Must(text == "" || err == nil, IdempotencyKey, "is not a UUID")
	return key, p.Err()
}
