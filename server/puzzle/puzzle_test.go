package puzzle

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"
)

const home = "203.0.113.7/32"

var key = Key("a key of a test, as long as it likes")

func made(t *testing.T, now time.Time) string {
	t.Helper()
	p, err := key.New(rand.Reader, home, now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func solved(t *testing.T, p string) string {
	t.Helper()
	answer := Solve(p, Most)
	if answer == "" {
		t.Fatal("no number solves the puzzle")
	}
	return answer
}

func TestASolvedPuzzleCountsUntilItExpires(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := made(t, now)
	answer := solved(t, p)
	name, err := key.Check(answer, home, now.Add(Life-time.Second))
	if err != nil || !strings.Contains(p, name) {
		t.Errorf("a solved puzzle: name %q, error %v", name, err)
	}
	again, err := key.Check(answer, home, now)
	if err != nil || again != name {
		t.Errorf("the same answer has another name: %q, %v", again, err)
	}
	if _, err := key.Check(answer, home, now.Add(Life)); !errors.Is(err, ErrWrong) {
		t.Errorf("an expired puzzle: %v", err)
	}
}

func TestNothingElseCounts(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := made(t, now)
	answer := solved(t, p)
	parts := strings.Split(answer, ".")
	other := strings.Split(made(t, now.Add(time.Hour)), ".")
	wrong := map[string]string{
		"nothing":          "",
		"unsolved":         p,
		"another number":   p + ".40000",
		"a sign":           p + ".+" + parts[3],
		"another salt":     strings.Join([]string{other[0], parts[1], parts[2], parts[3]}, "."),
		"another mac":      strings.Join([]string{parts[0], parts[1], other[2], parts[3]}, "."),
		"one part more":    answer + ".0",
		"no base64":        strings.Join([]string{parts[0], parts[1], "!", parts[3]}, "."),
		"a made-up puzzle": solvedByStranger(),
	}
	for what, answer := range wrong {
		if _, err := key.Check(answer, home, now); !errors.Is(err, ErrWrong) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := key.Check(answer, "198.51.100.1/32", now); !errors.Is(err, ErrWrong) {
		t.Errorf("from another address: %v", err)
	}
	if _, err := Key("another server's").Check(answer, home, now); !errors.Is(err, ErrWrong) {
		t.Errorf("of another server: %v", err)
	}
}

// solvedByStranger is a puzzle that somebody made without the key, and solved.
func solvedByStranger() string {
	salt := text.EncodeToString(make([]byte, saltBytes))
	return salt + "." + text.EncodeToString(hash(salt, 1)) + "." + text.EncodeToString(make([]byte, 32)) + ".1"
}

func FuzzCheck(f *testing.F) {
	f.Add("")
	f.Add(solvedByStranger())
	f.Add("a.b.c.d")
	f.Fuzz(func(t *testing.T, answer string) {
		if _, err := key.Check(answer, home, time.Now()); !errors.Is(err, ErrWrong) {
			t.Errorf("a made-up answer was accepted: %v", err)
		}
	})
}
