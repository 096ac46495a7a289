package worksheet

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"

	"amends/server/fault"
	"amends/server/id"
)

// vector returns a sealed file of the shared test vectors by its name.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("../../frontend/src/lib/vault/vectors/files.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct{ Name, File string }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(all, func(v struct{ Name, File string }) bool { return v.Name == name })
	if at < 0 {
		t.Fatalf("no vector %q", name)
	}
	file, err := base64.StdEncoding.DecodeString(all[at].File)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSealedFilesOfTheRightShapeAreAccepted(t *testing.T) {
	t.Parallel()
	for name, readers := range map[string]int{"to oneself": 1, "long": 1, "vault": 1, "shared, read by the owner": 3} {
		if err := CheckSealed(vector(t, name), readers); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryShapeErrorIsFound(t *testing.T) {
	t.Parallel()
	good := vector(t, "to oneself")
	changed := func(old, new string) []byte { return bytes.Replace(good, []byte(old), []byte(new), 1) }
	seal := bytes.Index(good, []byte("\n--- "))
	for name, c := range map[string]struct {
		file    []byte
		readers int
	}{
		"empty":                 {nil, 1},
		"too big":               {append(bytes.Clone(good), make([]byte, MaxFile)...), 1},
		"another format":        {changed("age-encryption.org/v1", "age-encryption.org/v2"), 1},
		"armored":               {append([]byte("-----BEGIN AGE ENCRYPTED FILE-----\n"), good...), 1},
		"classic stanza":        {vector(t, "a classic stanza: E_RECIPIENT_KIND"), 1},
		"mixed stanzas":         {vector(t, "mixed stanzas: E_RECIPIENT_KIND"), 2},
		"fewer stanzas":         {good, 2},
		"more stanzas":          {vector(t, "shared, read by the owner"), 1},
		"nine stanzas":          {vector(t, "nine stanzas: E_TOO_MANY"), 8},
		"no base64 in a stanza": {changed("mlkem768x25519 ", "mlkem768x25519 !"), 1},
		"no seal line":          {append(bytes.Clone(good[:seal]), good[seal+48:]...), 1},
		"cut in the header":     {good[:500], 1},
		"cut in the text":       {good[:len(good)-1], 1},
		"not on the grid":       {append(bytes.Clone(good), 0), 1},
		"padding off the grid":  {vector(t, "padding cut: E_FRAME"), 1},
		"carriage returns":      {bytes.ReplaceAll(good[:seal], []byte("\n"), []byte("\r\n")), 1},
	} {
		err := CheckSealed(c.file, c.readers)
		if f := fault.As(err); f.Code != "worksheet.shape" || len(f.Fields) != 1 || f.Fields[0].Name != "file" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadersAreTheAuthorFirstThenSorted(t *testing.T) {
	t.Parallel()
	a, b, c := id.From[id.Member]([16]byte{1}), id.From[id.Member]([16]byte{2}), id.From[id.Member]([16]byte{3})
	for _, good := range [][]id.Member{{b}, {b, a, c}, {c, a, b}} {
		if err := CheckReaders(good, good[0]); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
	for _, bad := range [][]id.Member{nil, {a, b}, {b, c, a}, {b, a, a}} {
		if err := CheckReaders(bad, b); fault.As(err).Code != "input.invalid" {
			t.Errorf("%v went through", bad)
		}
	}
	if !errors.Is(CheckRoom(601, 0, 600), ErrFull) || !errors.Is(CheckRoom(1, MaxBytes+1, 600), ErrFull) || CheckRoom(600, MaxBytes, 600) != nil {
		t.Error("CheckRoom does not enforce the limits it states")
	}
}

func FuzzCheckSealed(f *testing.F) {
	f.Add(vector(f, "to oneself"), 1)
	f.Add(vector(f, "shared, read by the owner"), 3)
	f.Add([]byte("age-encryption.org/v1\n-> mlkem768x25519 "), 1)
	f.Fuzz(func(t *testing.T, file []byte, readers int) {
		if err := CheckSealed(file, readers); err != nil && fault.As(err).Code != "worksheet.shape" {
			t.Error(err)
		}
	})
}

func BenchmarkCheckSealed(b *testing.B) {
	file := vector(b, "long")
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if err := CheckSealed(file, 1); err != nil {
			b.Fatal(err)
		}
	}
}
