package worksheet

import (
	"bytes"
	"math/bits"

	"amends/server/fault"
)

// The upload check of section 8 of the sealing format: the outer form of a sealed file. It needs no
// keys and reveals nothing about the text.

// Sizes of an age v1 file with hybrid stanzas.
const (
	MaxFile       = 544 << 10
	minPlain      = 4096
	maxPlain      = 524_288
	versionLine   = "age-encryption.org/v1\n"
	stanzaLead    = "-> mlkem768x25519 "
	shareChars    = 1494 // 1120 bytes in base64 without padding
	bodyChars     = 43   // 32 bytes
	macLineChars  = 47   // "--- " and 32 bytes
	nonceBytes    = 16
	chunkBytes    = 65_536
	chunkTagBytes = 16
)

// CheckSealed refuses a file that is not sealed to exactly this many readers (the author included) in
// the one supported suite. Fault: worksheet.shape naming `file`.
func CheckSealed(file []byte, readers int) error {
	bad := func(problem string) error {
		return fault.New(fault.Unprocessable, "worksheet.shape", "This page was not sealed in the right form. Please report this.").With("file", problem)
	}
	if len(file) > MaxFile {
		return bad("is too big")
	}
	rest, ok := bytes.CutPrefix(file, []byte(versionLine))
	if !ok {
		return bad("is not an age v1 file")
	}
	for range readers {
		if rest, ok = cutStanza(rest); !ok {
			return bad("does not hold one hybrid stanza for each reader")
		}
	}
	if len(rest) < macLineChars+1 || !bytes.HasPrefix(rest, []byte("--- ")) || rest[macLineChars] != '\n' || !isBase64(rest[4:macLineChars]) {
		return bad("has another number of stanzas than readers, or no seal line")
	}
	payload := len(rest) - macLineChars - 1 - nonceBytes
	if !onGrid(payload) {
		return bad("is not padded to the grid")
	}
	return nil
}

// cutStanza removes one recipient stanza from the front of the header.
func cutStanza(b []byte) ([]byte, bool) {
	const size = len(stanzaLead) + shareChars + 1 + bodyChars + 1
	if len(b) < size || !bytes.HasPrefix(b, []byte(stanzaLead)) {
		return nil, false
	}
	share := b[len(stanzaLead) : len(stanzaLead)+shareChars]
	body := b[len(stanzaLead)+shareChars+1 : size-1]
	if b[len(stanzaLead)+shareChars] != '\n' || b[size-1] != '\n' || !isBase64(share) || !isBase64(body) {
		return nil, false
	}
	return b[size:], true
}

func isBase64(b []byte) bool {
	for _, c := range b {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '+' && c != '/' {
			return false
		}
	}
	return true
}

// onGrid reports whether a payload of this size can hold a padded plaintext: T bytes plus a tag for
// each started chunk, where T is a fixed point of max(4096, padme).
func onGrid(payload int) bool {
	chunks := (payload + chunkBytes + chunkTagBytes - 1) / (chunkBytes + chunkTagBytes)
	plain := payload - chunks*chunkTagBytes
	return plain >= minPlain && plain <= maxPlain && Padme(plain) == plain
}

// Padme rounds a length up so that the size reveals little; it adds at most 12 % (Nikitin et al.,
// "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019).
func Padme(n int) int {
	if n < 2 {
		return n
	}
	e := bitLen(n) - 1
	keep := uint(e - bitLen(e))
	mask := 1<<keep - 1
	return (n + mask) &^ mask
}

func bitLen(n int) int { return bits.Len(uint(n)) }
