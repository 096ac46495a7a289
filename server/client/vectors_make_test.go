package client

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"filippo.io/age"
)

const vectorWs = "0192f0c4-0000-7000-8000-000000000001"

// writeFiles generates the sealed files that both languages must open or refuse alike.
func writeFiles(t *testing.T) {
	owner, mentor, third := person(t, 1), person(t, 2), person(t, 3)
	body := `{"title":"Coach","tpl":"entry@1","fields":[{"q":"nick","a":"Coach"},{"q":"did","a":"ñ 漢 🌱"}]}`
	good := func(name, reader string, k *Keys, s Sealing, pinned ...string) sealedFile {
		if s.Body == nil {
			s.Body = []byte(body)
		}
		s.At = at()
		file, _, err := k.Seal(s)
		if err != nil {
			t.Fatal(name, err)
		}
		letter := map[[16]byte]string{owner.Acct: "a1", mentor.Acct: "b2", third.Acct: "c3"}[k.Acct]
		return sealedFile{Name: name, Reader: reader, Typ: s.Typ, Ws: s.Ws, Ver: s.Ver, Author: letter, File: base64.StdEncoding.EncodeToString(file), Body: string(s.Body), Pinned: pinned}
	}
	basic := Sealing{Typ: "worksheet", Ws: vectorWs, Ver: 1, Vc: 3}
	shared := basic
	shared.Readers = []*Peer{peer(t, third), peer(t, mentor)}
	long := basic
	long.Body = []byte(`{"title":"x","tpl":"entry@1","fields":[{"q":"did","a":"` + strings.Repeat("é", 3000) + `"}]}`)
	feedback := Sealing{Typ: "feedback", Ws: vectorWs, Ver: 1, Vc: 1, Body: []byte(`{"on":{"ver":1,"hash":"x"},"text":"Take your time."}`), Readers: []*Peer{peer(t, owner)}}
	_, hc, err := owner.Seal(Sealing{Typ: "worksheet", Ws: vectorWs, Ver: 1, Vc: 3, At: at(), Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	second := basic
	second.Ver, second.Prev = 2, &hc
	files := []sealedFile{
		good("to oneself", "a1", owner, basic),
		good("long", "a1", owner, long),
		good("second version", "a1", owner, second),
		good("shared, read by the owner", "a1", owner, shared, "b2"),
		good("shared, read by a mentor", "b2", owner, shared, "a1"),
		good("shared, read by another", "c3", owner, shared, "a1"),
		good("feedback, read by the participant", "a1", mentor, feedback, "b2"),
		good("vault", "a1", owner, Sealing{Typ: "vault", Ws: NilWorksheet, Ver: 4, Vc: 3}),
		good("note", "b2", mentor, Sealing{Typ: "note", Ws: vectorWs, Ver: 1, Vc: 1}),
		good("mine", "a1", owner, Sealing{Typ: "mine", Ws: vectorWs, Ver: 1, Vc: 1}),
	}
	files = append(files, badFiles(t, good, basic, shared, second, feedback)...)
	text, err := json.MarshalIndent(files, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filesVectors, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func badFiles(t *testing.T, good func(string, string, *Keys, Sealing, ...string) sealedFile, basic, shared, second, feedback Sealing) []sealedFile {
	owner, mentor := person(t, 1), person(t, 2)
	var out []sealedFile
	add := func(f sealedFile, code string, change func(*sealedFile)) {
		f.Name, f.Error, f.Body = f.Name+": "+code, code, ""
		if change != nil {
			change(&f)
		}
		out = append(out, f)
	}
	flip := func(at int) func(*sealedFile) {
		return func(f *sealedFile) {
			b, _ := base64.StdEncoding.DecodeString(f.File)
			if at < 0 {
				at += len(b)
			}
			b[at] ^= 1
			f.File = base64.StdEncoding.EncodeToString(b)
		}
	}
	add(good("a bit of the text flipped", "a1", owner, basic), "E_OPEN", flip(-40))
	add(good("cut short", "a1", owner, basic), "E_OPEN", func(f *sealedFile) {
		b, _ := base64.StdEncoding.DecodeString(f.File)
		f.File = base64.StdEncoding.EncodeToString(b[:len(b)-100])
	})
	add(good("not for this reader", "d4", owner, basic, "a1"), "E_OPEN", nil)
	add(good("another worksheet", "a1", owner, basic), "E_CONTEXT", func(f *sealedFile) { f.Ws = "0192f0c4-0000-7000-8000-000000000002" })
	add(good("another type", "a1", mentor, feedback, "b2"), "E_CONTEXT", func(f *sealedFile) { f.Typ = "worksheet" })
	add(good("another version", "a1", owner, basic), "E_CONTEXT", func(f *sealedFile) { f.Ver = 2 })
	add(good("another author", "b2", owner, shared, "a1"), "E_AUTHOR", func(f *sealedFile) { f.Author = "c3" })
	add(good("an old version", "a1", owner, basic), "E_ROLLBACK", func(f *sealedFile) { f.Ver, f.MinVer = 0, 2 })
	add(good("a rolled back vault", "a1", owner, basic), "E_ROLLBACK", func(f *sealedFile) { f.VaultCtr = 2 })
	add(good("another history", "a1", owner, second), "E_CHAIN", func(f *sealedFile) { f.Prev = hex.EncodeToString(make([]byte, 32)) })
	add(good("a first version where a second is due", "a1", owner, basic), "E_CHAIN", func(f *sealedFile) { f.Prev = hex.EncodeToString(make([]byte, 32)) })
	add(good("author not met", "b2", owner, shared), "E_UNKNOWN_AUTHOR", nil)
	self, other := peer(t, owner), peer(t, mentor)
	raw := func(name, code, plain string, to ...age.Recipient) {
		var b bytes.Buffer
		w, err := age.Encrypt(&b, to...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(plain)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		out = append(out, sealedFile{Name: name + ": " + code, Reader: "a1", Typ: "worksheet", Ws: vectorWs, Ver: 1, Author: "a1", File: base64.StdEncoding.EncodeToString(b.Bytes()), Error: code})
	}
	l1 := `{"f":"wsx1","typ":"worksheet","ws":"` + vectorWs + `","ver":1,"prev":null,"vc":3,"at":"2026-11-23T06:00Z","from":"` + b64(owner.Acct[:]) + `","ep":1}`
	lines := func(l1, l2 string, readers ...*Peer) string {
		l3, l4, err := owner.readersAndTags(readers, contentHash([]byte(l1), []byte(l2)))
		if err != nil {
			t.Fatal(err)
		}
		s := strings.Join([]string{l1, l2, string(l3), string(l4), ""}, "\n")
		return s + strings.Repeat(" ", max(0, max(minPlain, padme(len(s)))-len(s)))
	}
	fine := lines(l1, `{"a":1}`, self)
	raw("another format", "E_VERSION", lines(strings.Replace(l1, "wsx1", "wsx2", 1), `{"a":1}`, self), self.recipient)
	raw("padding cut", "E_FRAME", strings.TrimRight(fine, " "), self.recipient)
	raw("padding too long", "E_FRAME", fine+strings.Repeat(" ", 4352-4096), self.recipient)
	raw("padding with a letter", "E_FRAME", fine[:4095]+"x", self.recipient)
	raw("a line too many", "E_FRAME", fine[:4095]+"\n", self.recipient)
	raw("a carriage return", "E_FRAME", lines(l1, "{\"a\":\r1}", self), self.recipient)
	raw("bytes that are no text", "E_UTF8", strings.Replace(fine, `{"a":1}`, "{\"a\":\xff}", 1), self.recipient)
	raw("a key twice in the header", "E_FRAME", lines(strings.Replace(l1, `"ver":1`, `"ver":1,"ver":1`, 1), `{"a":1}`, self), self.recipient)
	raw("an unknown key in the header", "E_FRAME", lines(strings.Replace(l1, `"ver":1`, `"ver":1,"x":1`, 1), `{"a":1}`, self), self.recipient)
	raw("a reader more than stanzas", "E_FRAME", lines(l1, `{"a":1}`, self, other), self.recipient)
	raw("a stanza more than readers", "E_FRAME", fine, self.recipient, other.recipient)
	raw("without me in the list", "E_NOT_ADDRESSED", lines(l1, `{"a":1}`, other), self.recipient)
	raw("another epoch", "E_EPOCH", lines(strings.Replace(l1, `"ep":1`, `"ep":2`, 1), `{"a":1}`, self), self.recipient)
	raw("another tag", "E_TAG", strings.Replace(fine, `{"a":1}`, `{"a":2}`, 1), self.recipient)
	raw("nine stanzas", "E_TOO_MANY", fine, repeat(self.recipient, 9)...)
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	raw("a classic stanza", "E_RECIPIENT_KIND", fine, classic.Recipient())
	raw("mixed stanzas", "E_RECIPIENT_KIND", fine, unlabelled{self.recipient}, classic.Recipient())
	return out
}

func repeat(r age.Recipient, n int) []age.Recipient {
	out := make([]age.Recipient, n)
	for i := range out {
		out[i] = r
	}
	return out
}

// unlabelled hides that a recipient is hybrid, as a careless implementation that mixes suites would.
type unlabelled struct{ age.Recipient }

func (u unlabelled) Wrap(key []byte) ([]*age.Stanza, error) { return u.Recipient.Wrap(key) }
