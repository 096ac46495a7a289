package wire

import (
	"strings"
	"testing"

	"amends/server/fault"
	"amends/server/id"
)

func FuzzParseCommand(f *testing.F) {
	fresh := id.New[id.Command]().String()
	for do := range Commands() {
		f.Add(example(f, do, nil))
	}
	for _, seed := range []string{`{"id":"` + fresh + `","do":"next","with":null,"expect":null}`, `{}`, `[`, `{"id":1}`, strings.Repeat("[", 9000), "\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		c, err := ParseCommand(frame)
		if err == nil && (c.ID.IsZero() || Commands()[c.Do].Needs == "") {
			t.Error("a frame without id or command was accepted")
		}
		if err != nil && fault.As(err).Kind != fault.Invalid {
			t.Error(err)
		}
	})
}

func TestSignInNamesAndSlipCodesAreNormalized(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{" Sam ": "sam", "ＳＡＭ": "sam", "José": "josé"} {
		if got := NormalHandle(given); got != want {
			t.Errorf("%q is %q, want %q", given, got, want)
		}
	}
	if got := NormalInvite("abcd-efgh ilo0"); got != "ABCDEFGH1100" {
		t.Errorf("the code is %q", got)
	}
	for _, bad := range []string{"ab", "a b c", "sam!", "-sam", "sam-", strings.Repeat("x", 33), "a\u202eb"} {
		if _, err := (ReserveRequest{Invite: "ABCDEFGH12345678", Handle: bad}).Parse(); err == nil {
			t.Errorf("%q is taken as a sign-in name", bad)
		}
	}
}
