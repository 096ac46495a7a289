package client

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"time"
	"unicode/utf8"

	"filippo.io/age"
)

// MaxReaders counts the author and the readers.
const MaxReaders = 8

// Sizes of a plaintext in bytes.
const (
	minPlain = 4096
	maxPlain = 524_288
	maxL1    = 4096
)

// Header is line L1 of a sealed file; the fields are in the order they are written.
type Header struct {
	F    string  `json:"f"`
	Typ  string  `json:"typ"`
	Ws   string  `json:"ws"`
	Ver  int     `json:"ver"`
	Prev *string `json:"prev"`
	Vc   int64   `json:"vc"`
	At   string  `json:"at"`
	From string  `json:"from"`
	Ep   uint32  `json:"ep"`
}

// NilWorksheet is the ws of a vault.
const NilWorksheet = "00000000-0000-0000-0000-000000000000"

// Sealing is one document to seal. Body is one JSON object without newlines.
type Sealing struct {
	Typ, Ws string
	Ver     int
	// Prev is the content hash of the previous version; nil for the first.
	Prev *[32]byte
	// Vc is the last vault counter that the server acknowledged.
	Vc      int64
	At      time.Time
	Body    []byte
	Readers []*Peer
}

// Seal makes a sealed file for the author and the readers, and returns its content hash.
func (k *Keys) Seal(s Sealing) (file []byte, hc [32]byte, err error) {
	h := Header{F: "wsx1", Typ: s.Typ, Ws: s.Ws, Ver: s.Ver, Vc: s.Vc, At: s.At.UTC().Format("2006-01-02T15:04Z"), From: b64(k.Acct[:]), Ep: k.Epoch}
	if s.Prev != nil {
		prev := b64(s.Prev[:])
		h.Prev = &prev
	}
	l1, err := json.Marshal(h)
	if err != nil {
		return nil, hc, fmt.Errorf("write the header: %w", err)
	}
	return k.sealLines(l1, s.Body, s.Readers)
}

// Reseal seals the same content for other readers: the content hash is unchanged.
func (k *Keys) Reseal(l1, l2 []byte, readers []*Peer) (file []byte, hc [32]byte, err error) {
	return k.sealLines(l1, l2, readers)
}

func (k *Keys) sealLines(l1, l2 []byte, readers []*Peer) (file []byte, hc [32]byte, err error) {
	if !utf8.Valid(l2) || bytes.ContainsAny(l2, "\r\n") {
		return nil, hc, ErrUTF8
	}
	self, err := k.Self()
	if err != nil {
		return nil, hc, err
	}
	others := slices.Clone(readers)
	slices.SortFunc(others, func(a, b *Peer) int { return bytes.Compare(a.Acct[:], b.Acct[:]) })
	all := append([]*Peer{self}, others...)
	if len(all) > MaxReaders {
		return nil, hc, ErrTooMany
	}
	hc = contentHash(l1, l2)
	l3, l4, err := k.readersAndTags(all, hc)
	if err != nil {
		return nil, hc, err
	}
	plain := bytes.Join([][]byte{l1, l2, l3, l4, nil}, []byte("\n"))
	total := max(minPlain, padme(len(plain)))
	if total > maxPlain || len(l1) > maxL1 {
		return nil, hc, ErrFrame
	}
	plain = append(plain, bytes.Repeat([]byte(" "), total-len(plain))...)
	file, err = encryptTo(all, plain)
	return file, hc, err
}

func (k *Keys) readersAndTags(all []*Peer, hc [32]byte) (l3, l4 []byte, err error) {
	var rows [][2]string
	for _, p := range all {
		rows = append(rows, [2]string{b64(p.Acct[:]), b64(p.F[:])})
	}
	if l3, err = json.Marshal(rows); err != nil {
		return nil, nil, fmt.Errorf("write the readers: %w", err)
	}
	d := sealHash(hc, l3)
	var tags []string
	for _, p := range all {
		tag, err := k.tagFor(p, all[0].F, p.F, d)
		if err != nil {
			return nil, nil, err
		}
		tags = append(tags, b64(tag))
	}
	l4, err = json.Marshal(tags)
	return l3, l4, err
}

func encryptTo(all []*Peer, plain []byte) ([]byte, error) {
	recipients := make([]age.Recipient, len(all))
	for i, p := range all {
		recipients[i] = p.recipient
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipients...)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return out.Bytes(), nil
}

// contentHash is Hc: it does not change when only the readers do.
func contentHash(l1, l2 []byte) [32]byte {
	return sha256.Sum256(bytes.Join([][]byte{[]byte(label + "content\x00"), l1, []byte("\n"), l2}, nil))
}

// sealHash is D, the value that tags authenticate.
func sealHash(hc [32]byte, l3 []byte) []byte {
	sum := sha256.Sum256(bytes.Join([][]byte{[]byte(label + "seal\x00"), hc[:], l3}, nil))
	return sum[:]
}

// padme rounds a length up to the format's padded sizes.
func padme(n int) int {
	if n < 2 {
		return n
	}
	e := bits.Len(uint(n)) - 1
	mask := 1<<(e-bits.Len(uint(e))) - 1
	return (n + mask) &^ mask
}

// Expected is the requested document: Open refuses a file that is anything else.
type Expected struct {
	Typ, Ws string
	// Ver is the exact version, or 0 with MinVer.
	Ver, MinVer int
	Author      [16]byte
	// Prev is the content hash of the previous version, if known.
	Prev *[32]byte
	// VaultCtr is the reader's own vault counter, for own files; 0 skips the check.
	VaultCtr int64
	// Pinned are the people whose keys were checked in person.
	Pinned []*Peer
}

// Opened is a document that passed every check.
type Opened struct {
	Header  Header
	Body    []byte
	Hash    [32]byte
	Readers [][16]byte
	L1, L2  []byte
}

// Open decrypts a file and runs every check of the format, in the format's order.
func (k *Keys) Open(file []byte, want Expected) (*Opened, error) {
	plain, stanzas, err := k.decrypt(file)
	if err != nil {
		return nil, err
	}
	lines, err := frame(plain)
	if err != nil {
		return nil, err
	}
	l1, l2, l3, l4 := lines[0], lines[1], lines[2], lines[3]
	var rows [][2]string
	var tags []string
	if strict(l3, &rows) != nil || strict(l4, &tags) != nil || len(rows) == 0 || len(rows) > MaxReaders || len(rows) != len(tags) || len(rows) != stanzas {
		return nil, ErrFrame
	}
	var h Header
	if strict(l1, &h) != nil {
		return nil, ErrFrame
	}
	if err := checkContext(h, want); err != nil {
		return nil, err
	}
	out := &Opened{Header: h, Body: l2, Hash: contentHash(l1, l2), L1: l1, L2: l2}
	if err := k.checkTag(out, rows, tags, l3, want); err != nil {
		return nil, err
	}
	return out, nil
}

func (k *Keys) decrypt(file []byte) (plain []byte, stanzas int, err error) {
	header, _, ok := bytes.Cut(file, []byte("\n--- "))
	if !ok {
		return nil, 0, ErrOpen
	}
	stanzas = bytes.Count(header, []byte("\n-> "))
	if stanzas != bytes.Count(header, []byte("\n-> mlkem768x25519 ")) {
		return nil, 0, ErrRecipientKind
	}
	if stanzas > MaxReaders {
		return nil, 0, ErrTooMany
	}
	r, err := age.Decrypt(bytes.NewReader(file), k.Identity)
	if err != nil {
		return nil, 0, ErrOpen
	}
	plain, err = io.ReadAll(io.LimitReader(r, maxPlain+1))
	if err != nil || len(plain) > maxPlain {
		return nil, 0, ErrOpen
	}
	return plain, stanzas, nil
}

// frame splits a plaintext into its four lines and checks the padding.
func frame(plain []byte) ([][]byte, error) {
	if len(plain) != max(minPlain, padme(len(plain))) {
		return nil, ErrFrame
	}
	if !utf8.Valid(plain) {
		return nil, ErrUTF8
	}
	parts := bytes.Split(plain, []byte("\n"))
	if len(parts) != 5 || len(bytes.Trim(parts[4], " ")) != 0 || bytes.ContainsRune(plain, '\r') || len(parts[0]) > maxL1 {
		return nil, ErrFrame
	}
	if len(plain) != max(minPlain, padme(len(plain)-len(parts[4]))) {
		return nil, ErrFrame
	}
	return parts, nil
}

func checkContext(h Header, want Expected) error {
	switch {
	case h.F != "wsx1":
		return ErrVersion
	case h.Typ != want.Typ || h.Ws != want.Ws || want.Ver != 0 && h.Ver != want.Ver:
		return ErrContext
	case h.From != b64(want.Author[:]):
		return ErrAuthor
	case h.Ver < want.MinVer:
		return ErrRollback
	case want.Prev != nil && (h.Prev == nil || *h.Prev != b64(want.Prev[:])):
		return ErrChain
	}
	return nil
}

func (k *Keys) checkTag(o *Opened, rows [][2]string, tags []string, l3 []byte, want Expected) error {
	mine, err := k.Self()
	if err != nil {
		return err
	}
	at := -1
	for i, row := range rows {
		acct, err := base64.RawURLEncoding.Strict().DecodeString(row[0])
		if err != nil || len(acct) != 16 {
			return ErrFrame
		}
		o.Readers = append(o.Readers, [16]byte(acct))
		if row == [2]string{b64(k.Acct[:]), b64(mine.F[:])} {
			at = i
		}
	}
	if at < 0 {
		return ErrNotAddressed
	}
	own := o.Header.From == b64(k.Acct[:])
	if own && want.VaultCtr > 0 && o.Header.Vc > want.VaultCtr {
		return ErrRollback
	}
	author := mine
	if !own {
		found := slices.IndexFunc(want.Pinned, func(p *Peer) bool { return p.Acct == want.Author })
		if found < 0 {
			return ErrUnknownAuthor
		}
		author = want.Pinned[found]
	}
	if o.Header.Ep != author.Epoch {
		return ErrEpoch
	}
	d := sealHash(o.Hash, l3)
	// Both sides derive the same pairwise key; its salt has the author first.
	tag, err := k.tagFor(author, author.F, mine.F, d)
	if err != nil {
		return err
	}
	if got := tags[at]; len(got) != 43 || !sameText(got, b64(tag)) {
		return ErrTag
	}
	return nil
}
