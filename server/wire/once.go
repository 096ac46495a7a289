package wire

import (
	"strings"

	"amends/server/id"
)

// IdempotencyKey is the header with the idempotency key of a request (IETF draft "The Idempotency-Key
// HTTP Header Field"). The client makes one UUID for each thing its person wants created, and sends the
// same one with every retry.
const IdempotencyKey = "Idempotency-Key"

// ParseIntent parses that header: a UUID, with or without the quotes of a structured field.
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
