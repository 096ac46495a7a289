package bus

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"amends/server/id"
)

// WordLife is the TTL of the check-in words of a part that nobody ends.
const WordLife = 3 * time.Hour

// WordList identifies the check-in words of one part of one room: Run is the number of the event that
// began the part, so that no part ever sees the words of another.
type WordList struct {
	Workshop id.Workshop
	Run      int64
}

// Said is one check-in word and its author. Its formatted value is masked, so that it cannot leak into
// a log. Command is its idempotency key: a retry with the same id is the same word.
type Said struct {
	ID      id.Word
	Member  id.Member
	Command id.Command
	Text    string
	At      time.Time
}

// String hides the word and the person.
func (Said) String() string { return "(word)" }

// GoString hides the word and the person.
func (Said) GoString() string { return "(word)" }

// MarshalText hides the word and the person from JSON, above all in logs.
func (Said) MarshalText() ([]byte, error) { return []byte("(word)"), nil }

// Words is the only place that keeps the check-in words of a part, and only until the part ends: every
// node and every counselor's screen reads this list. If the list is lost the words are, shown or not;
// people may send them again.
type Words interface {
	// Put adds a word; a second one of the same person and command is ignored.
	Put(ctx context.Context, list WordList, word Said) error
	// All returns the words, oldest first.
	All(ctx context.Context, list WordList) ([]Said, error)
	// Forget removes a person's words. It is idempotent.
	Forget(ctx context.Context, list WordList, who id.Member) error
	// Drop deletes the whole list. It is idempotent.
	Drop(ctx context.Context, list WordList) error
}

// CheckWords returns ErrMisuse for a list that names no workshop or no part.
func CheckWords(list WordList) error {
	if list.Workshop.IsZero() || list.Run < 1 {
		return fmt.Errorf("%w: words of no part of a room", ErrMisuse)
	}
	return nil
}

// CheckSaid returns ErrMisuse for a word without id, author, command or text.
func CheckSaid(list WordList, word Said) error {
	if word.ID.IsZero() || word.Member.IsZero() || word.Command.IsZero() || word.Text == "" {
		return fmt.Errorf("%w: no word, person or command", ErrMisuse)
	}
	return CheckWords(list)
}

// SortSaid sorts words by the time they were said.
func SortSaid(words []Said) {
	slices.SortFunc(words, func(a, b Said) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID.String(), b.ID.String())) })
}

// memoryWords stores each list as a map by person and command.
type memoryWords struct {
	shelf *shelf[map[saidBy]Said]
}

type saidBy struct {
	who     id.Member
	command id.Command
}

func (l WordList) key() string { return fmt.Sprintf("%s %d", l.Workshop, l.Run) }

func (m *memoryWords) Put(ctx context.Context, list WordList, word Said) error {
	if err := CheckSaid(list, word); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.shelf.change(list.key(), func(old map[saidBy]Said, _ time.Duration, ok bool) (map[saidBy]Said, time.Duration) {
		if !ok {
			old = map[saidBy]Said{}
		}
		by := saidBy{word.Member, word.Command}
		if _, twice := old[by]; !twice {
			word.At = word.At.Truncate(time.Millisecond)
			old[by] = word
		}
		return old, WordLife
	})
	return nil
}

func (m *memoryWords) All(ctx context.Context, list WordList) (words []Said, err error) {
	if err := checkList(ctx, list); err != nil {
		return nil, err
	}
	m.shelf.change(list.key(), func(old map[saidBy]Said, left time.Duration, _ bool) (map[saidBy]Said, time.Duration) {
		for _, word := range old {
			words = append(words, word)
		}
		return old, left
	})
	SortSaid(words)
	return words, nil
}

func (m *memoryWords) Forget(ctx context.Context, list WordList, who id.Member) error {
	if who.IsZero() {
		return fmt.Errorf("%w: words of nobody", ErrMisuse)
	}
	if err := checkList(ctx, list); err != nil {
		return err
	}
	m.shelf.change(list.key(), func(old map[saidBy]Said, left time.Duration, _ bool) (map[saidBy]Said, time.Duration) {
		for by := range old {
			if by.who == who {
				delete(old, by)
			}
		}
		return old, left
	})
	return nil
}

func (m *memoryWords) Drop(ctx context.Context, list WordList) error {
	if err := checkList(ctx, list); err != nil {
		return err
	}
	m.shelf.change(list.key(), func(map[saidBy]Said, time.Duration, bool) (map[saidBy]Said, time.Duration) { return nil, 0 })
	return nil
}

func checkList(ctx context.Context, list WordList) error {
	if err := CheckWords(list); err != nil {
		return err
	}
	return ctx.Err()
}
