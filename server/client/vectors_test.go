package client

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the sealed files of the vectors again")

const (
	sharedVectors = "../../frontend/src/lib/vault/vectors/vectors.json"
	filesVectors  = "../../frontend/src/lib/vault/vectors/files.json"
	browserMade   = "../../frontend/src/lib/vault/vectors/browser-made.json"
)

// fixed holds the values of section 16 of the sealing format, shared with the TypeScript tests.
type fixed struct {
	Acct, R, Card, S, Acard, Password, Salt, MK, Apw, Kpw, Kcard string
	Root, Wrap, Seed, MacSk, MacPub, MacSelf, F, Words           string
	MentorF, Hc, L1, L2Prefix, L2Sha256                          string
	Tags                                                         []string
	Kres, Kprf                                                   string
}

// sealedFile is one file and what Open was asked for. Error is empty for a valid one.
type sealedFile struct {
	Name, Reader, Typ, Ws, Author, File, Error, Body string
	Ver, MinVer                                      int
	Prev                                             string
	VaultCtr                                         int64
	Pinned                                           []string
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func is(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	if hex.EncodeToString(got) != want {
		t.Errorf("%s is %x, want %s", what, got, want)
	}
}

func person(t *testing.T, letter byte) *Keys {
	t.Helper()
	acct := [16]byte(bytes.Repeat([]byte{map[byte]byte{1: 0xa1, 2: 0xb2, 3: 0xc3, 4: 0xd4}[letter]}, 16))
	k, err := DeriveKeys([32]byte(bytes.Repeat([]byte{letter}, 32)), acct, 1)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func peer(t *testing.T, k *Keys) *Peer {
	t.Helper()
	p, err := k.Self()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEveryFixedValueOfTheFormat(t *testing.T) {
	t.Parallel()
	var v fixed
	readJSON(t, sharedVectors, &v)
	acct := [16]byte(unhex(t, v.Acct))
	card, err := CardOf(v.Card)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "R", card[:], v.R)
	if card.Words() != v.Card {
		t.Error("the card's words differ")
	}
	is(t, "S", card.DeviceSecret(acct), v.S)
	is(t, "Acard", card.Auth(acct), v.Acard)
	is(t, "Kcard", card.WrapKey(acct), v.Kcard)
	mk, err := MasterKey("a1", v.Password, unhex(t, v.Salt))
	if err != nil {
		t.Fatal(err)
	}
	is(t, "MK", mk, v.MK)
	is(t, "Apw", PasswordAuth(mk, acct), v.Apw)
	kpw := PasswordWrapKey(unhex(t, v.S), mk, acct)
	is(t, "Kpw", kpw, v.Kpw)
	is(t, "Kres", ResumeWrapKey(bytes.Repeat([]byte{0x0d}, 32), bytes.Repeat([]byte{0x0e}, 32), acct), v.Kres)
	is(t, "Kprf", PRFWrapKey(bytes.Repeat([]byte{0x0f}, 32), acct), v.Kprf)
	root := [32]byte(unhex(t, v.Root))
	nonce := append(make([]byte, 11), 1)
	wrap, err := SealWrap(bytes.NewReader(nonce), kpw, WrapPassword, acct, 1, root)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "wrap", wrap, v.Wrap)
	k := person(t, 1)
	if k.Identity.String() != v.Seed {
		t.Error("the seed differs")
	}
	is(t, "macSk", k.macSk.Bytes(), v.MacSk)
	is(t, "macPub", k.macSk.PublicKey().Bytes(), v.MacPub)
	is(t, "macSelf", k.macSelf, v.MacSelf)
	f := Fingerprint(k.Bundle())
	is(t, "F", f[:], v.F)
	if got := strings.Join(FingerprintWords(f), " "); got != v.Words {
		t.Errorf("the words are %q", got)
	}
	mentor := Fingerprint(person(t, 2).Bundle())
	is(t, "F of the mentor", mentor[:], v.MentorF)
}

func TestTagsOfTheFormat(t *testing.T) {
	t.Parallel()
	var v fixed
	readJSON(t, sharedVectors, &v)
	owner := person(t, 1)
	l2 := []byte(v.L2Prefix + strings.Repeat("x", 20000) + `"}]}`)
	hc := contentHash([]byte(v.L1), l2)
	is(t, "Hc", hc[:], v.Hc)
	all := []*Peer{peer(t, owner), peer(t, person(t, 2)), peer(t, person(t, 3))}
	_, l4, err := owner.readersAndTags(all, hc)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := json.Marshal(v.Tags)
	if string(l4) != string(want) {
		t.Errorf("L4 is %s", l4)
	}
}

func TestWrapChecksRunInTheOrderOfTheFormat(t *testing.T) {
	t.Parallel()
	acct, key, root := [16]byte{1}, bytes.Repeat([]byte{7}, 64), [32]byte{9}
	blob, err := SealWrap(bytes.NewReader(make([]byte, 12)), key, WrapCard, acct, 3, root)
	if err != nil {
		t.Fatal(err)
	}
	if got, epoch, err := OpenWrap(key, blob, WrapCard, acct, 3); err != nil || got != root || epoch != 3 {
		t.Fatalf("a good wrap: %v", err)
	}
	changed := func(at int) []byte { b := bytes.Clone(blob); b[at] ^= 1; return b }
	for name, c := range map[string]struct {
		blob []byte
		kind byte
		acct [16]byte
		min  uint32
		key  []byte
		want error
	}{
		"short":         {blob[:117], WrapCard, acct, 1, key, ErrWrapFormat},
		"magic":         {changed(0), WrapCard, acct, 1, key, ErrWrapFormat},
		"version":       {changed(4), WrapCard, acct, 1, key, ErrWrapFormat},
		"kind":          {blob, WrapPassword, acct, 1, key, ErrWrapKind},
		"account":       {blob, WrapCard, [16]byte{2}, 1, key, ErrWrapAccount},
		"old epoch":     {blob, WrapCard, acct, 4, key, ErrWrapEpoch},
		"other key":     {blob, WrapCard, acct, 1, bytes.Repeat([]byte{8}, 64), ErrWrapKey},
		"changed root":  {changed(80), WrapCard, acct, 1, key, ErrWrapCorrupt},
		"changed epoch": {changed(8), WrapCard, acct, 1, key, ErrWrapCorrupt},
	} {
		if _, _, err := OpenWrap(c.key, c.blob, c.kind, c.acct, c.min); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestFilesOfTheVectorsOpenOrAreRefused(t *testing.T) {
	t.Parallel()
	if *update {
		writeFiles(t)
	}
	for _, path := range []string{filesVectors, browserMade} {
		var files []sealedFile
		readJSON(t, path, &files)
		if len(files) == 0 {
			t.Fatalf("%s is empty", path)
		}
		for _, f := range files {
			checkFile(t, f)
		}
	}
}

func checkFile(t *testing.T, f sealedFile) {
	t.Helper()
	letters := map[string]byte{"a1": 1, "b2": 2, "c3": 3, "d4": 4}
	file, err := base64.StdEncoding.DecodeString(f.File)
	if err != nil {
		t.Fatal(err)
	}
	want := Expected{Typ: f.Typ, Ws: f.Ws, Ver: f.Ver, MinVer: f.MinVer, Author: person(t, letters[f.Author]).Acct, VaultCtr: f.VaultCtr}
	if f.Prev != "" {
		prev := [32]byte(unhex(t, f.Prev))
		want.Prev = &prev
	}
	for _, p := range f.Pinned {
		want.Pinned = append(want.Pinned, peer(t, person(t, letters[p])))
	}
	opened, err := person(t, letters[f.Reader]).Open(file, want)
	switch {
	case f.Error == "" && err != nil:
		t.Errorf("%s: %v", f.Name, err)
	case f.Error == "" && string(opened.Body) != f.Body:
		t.Errorf("%s: another body", f.Name)
	case f.Error != "" && (err == nil || err.Error() != f.Error):
		t.Errorf("%s: %v, want %s", f.Name, err, f.Error)
	}
}

func at() time.Time { return time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC) }
