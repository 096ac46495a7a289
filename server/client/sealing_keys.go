// Package client is a Go client of the public API with the whole sealing format: it seals and opens as
// the browser does. The demo's seeding, load tests and tests use it; server code must not.
//
// The files named sealing_*.go follow the sealing format (SECURITY.md) section by section; the vectors
// in frontend/src/lib/vault/vectors keep Go and TypeScript compatible.
package client

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"github.com/btcsuite/btcd/btcutil/bech32"
	"github.com/tyler-smith/go-bip39"
	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// label prefixes every derivation. It is part of the format and must never change.
const label = "worksheet-e2ee/v1/"

// Errors of the format; their texts are the codes that the browser uses too.
var (
	ErrKDF           = errors.New("E_KDF")
	ErrWrapFormat    = errors.New("E_WRAP_FORMAT")
	ErrWrapKind      = errors.New("E_WRAP_KIND")
	ErrWrapAccount   = errors.New("E_WRAP_ACCOUNT")
	ErrWrapEpoch     = errors.New("E_WRAP_EPOCH")
	ErrWrapKey       = errors.New("E_WRAP_KEY")
	ErrWrapCorrupt   = errors.New("E_WRAP_CORRUPT")
	ErrCode          = errors.New("E_CODE")
	ErrKey           = errors.New("E_KEY")
	ErrOpen          = errors.New("E_OPEN")
	ErrFrame         = errors.New("E_FRAME")
	ErrUTF8          = errors.New("E_UTF8")
	ErrVersion       = errors.New("E_VERSION")
	ErrContext       = errors.New("E_CONTEXT")
	ErrAuthor        = errors.New("E_AUTHOR")
	ErrRollback      = errors.New("E_ROLLBACK")
	ErrChain         = errors.New("E_CHAIN")
	ErrNotAddressed  = errors.New("E_NOT_ADDRESSED")
	ErrUnknownAuthor = errors.New("E_UNKNOWN_AUTHOR")
	ErrEpoch         = errors.New("E_EPOCH")
	ErrTag           = errors.New("E_TAG")
	ErrTooMany       = errors.New("E_TOO_MANY")
	ErrRecipientKind = errors.New("E_RECIPIENT_KIND")
)

// kdf is HKDF-SHA-256 with the format's label before the name.
func kdf(ikm, salt []byte, name string, n int) []byte {
	out, err := hkdf.Key(sha256.New, ikm, salt, label+name, n)
	if err != nil {
		panic("client: " + err.Error()) // n is a constant far below the limit
	}
	return out
}

// Card is the 16 random bytes R of a key card.
type Card [16]byte

// NewCard generates a card.
func NewCard(random io.Reader) (c Card, err error) {
	_, err = io.ReadFull(random, c[:])
	return c, err
}

// Words are the 12 words of the card.
func (c Card) Words() string {
	words, err := bip39.NewMnemonic(c[:])
	if err != nil {
		panic("client: " + err.Error()) // 16 bytes are a valid length
	}
	return words
}

// CardOf decodes 12 words. Error: ErrCode.
func CardOf(words string) (Card, error) {
	b, err := bip39.EntropyFromMnemonic(strings.Join(strings.Fields(strings.ToLower(words)), " "))
	if err != nil || len(b) != 16 {
		return Card{}, ErrCode
	}
	return Card(b), nil
}

// DeviceSecret is S, which a device stores.
func (c Card) DeviceSecret(acct [16]byte) []byte { return kdf(c[:], acct[:], "device-secret", 32) }

// WrapKey is Kcard, 64 bytes.
func (c Card) WrapKey(acct [16]byte) []byte { return kdf(c[:], acct[:], "card-wrap", 64) }

// Auth is Acard, 32 bytes: it proves to the server that the person has the card.
func (c Card) Auth(acct [16]byte) []byte { return kdf(c[:], acct[:], "card-auth", 32) }

// MasterKey is MK: Argon2id v1.3 over the NFKC password; only parameter set a1. Error: ErrKDF.
func MasterKey(kdfID, password string, salt []byte) ([]byte, error) {
	if kdfID != "a1" {
		return nil, ErrKDF
	}
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, 3, 64*1024, 1, 32), nil
}

// PasswordAuth is Apw, all that the server gets of a password.
func PasswordAuth(mk []byte, acct [16]byte) []byte { return kdf(mk, acct[:], "password-auth", 32) }

// PasswordWrapKey is Kpw, of password and device secret together.
func PasswordWrapKey(secret, mk []byte, acct [16]byte) []byte {
	return kdf(mac(secret, mk), acct[:], "password-wrap", 64)
}

// ResumeWrapKey is Kres, of the device's key and the server's half.
func ResumeWrapKey(device, half []byte, acct [16]byte) []byte {
	return kdf(mac(device, half), acct[:], "resume-wrap", 64)
}

// PRFWrapKey is Kprf, of a passkey's PRF output.
func PRFWrapKey(prf []byte, acct [16]byte) []byte { return kdf(prf, acct[:], "passkey-wrap", 64) }

func mac(key, message []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(message)
	return m.Sum(nil)
}

// Keys are all keys derived from a root in one epoch.
type Keys struct {
	Acct     [16]byte
	Epoch    uint32
	Identity *age.HybridIdentity
	macSk    *ecdh.PrivateKey
	macSelf  []byte
}

// DeriveKeys derives the keys of a root.
func DeriveKeys(root [32]byte, acct [16]byte, epoch uint32) (*Keys, error) {
	text, err := toBech32("AGE-SECRET-KEY-PQ-", kdf(root[:], acct[:], "age-xwing", 32))
	if err != nil {
		return nil, err
	}
	identity, err := age.ParseHybridIdentity(strings.ToUpper(text))
	if err != nil {
		return nil, fmt.Errorf("derive the identity: %w", err)
	}
	macSk, err := ecdh.X25519().NewPrivateKey(kdf(root[:], acct[:], "mac-x25519", 32))
	if err != nil {
		return nil, fmt.Errorf("derive the authentication key: %w", err)
	}
	return &Keys{Acct: acct, Epoch: epoch, Identity: identity, macSk: macSk, macSelf: kdf(root[:], acct[:], "mac-self", 32)}, nil
}

func toBech32(hrp string, data []byte) (string, error) {
	five, err := bech32.ConvertBits(data, 8, 5, true)
	if err != nil {
		return "", fmt.Errorf("regroup bits: %w", err)
	}
	return bech32.Encode(strings.ToLower(hrp), five)
}

// BundleBytes is the size of a public bundle.
const BundleBytes = 1269

// Bundle is the public half: 0x01, acct, epoch, X-Wing public key, macPub.
func (k *Keys) Bundle() []byte {
	_, five, err := bech32.DecodeNoLimit(k.Identity.Recipient().String())
	if err != nil {
		panic("client: " + err.Error()) // the library encoded it in the line above
	}
	public, err := bech32.ConvertBits(five, 5, 8, false)
	if err != nil {
		panic("client: " + err.Error())
	}
	b := append([]byte{1}, k.Acct[:]...)
	b = binary.BigEndian.AppendUint32(b, k.Epoch)
	return append(append(b, public...), k.macSk.PublicKey().Bytes()...)
}

// Fingerprint is F of a bundle.
func Fingerprint(bundle []byte) [32]byte {
	return sha256.Sum256(append([]byte(label+"bundle\x00"), bundle...))
}

// FingerprintWords encodes the first 88 bits as 8 words.
func FingerprintWords(f [32]byte) []string {
	list := bip39.GetWordList()
	out := make([]string, 8)
	for i := range out {
		n := 0
		for bit := i * 11; bit < i*11+11; bit++ {
			n = n<<1 | int(f[bit/8]>>(7-bit%8)&1)
		}
		out[i] = list[n]
	}
	return out
}

// Peer is a person's public half, another's or one's own, pinned by its fingerprint.
type Peer struct {
	Acct      [16]byte
	Epoch     uint32
	F         [32]byte
	recipient *age.HybridRecipient
	macPub    *ecdh.PublicKey
}

// ParseBundle decodes a public bundle. Error: ErrKey.
func ParseBundle(b []byte) (*Peer, error) {
	if len(b) != BundleBytes || b[0] != 1 {
		return nil, ErrKey
	}
	text, err := toBech32("age1pq", b[21:1237])
	if err != nil {
		return nil, ErrKey
	}
	recipient, err := age.ParseHybridRecipient(text)
	if err != nil {
		return nil, ErrKey
	}
	macPub, err := ecdh.X25519().NewPublicKey(b[1237:])
	if err != nil || [32]byte(b[1237:]) == [32]byte{} {
		return nil, ErrKey
	}
	return &Peer{Acct: [16]byte(b[1:17]), Epoch: binary.BigEndian.Uint32(b[17:]), F: Fingerprint(b), recipient: recipient, macPub: macPub}, nil
}

// Self is one's own public half; it is always derived, never fetched.
func (k *Keys) Self() (*Peer, error) { return ParseBundle(k.Bundle()) }

// tagFor authenticates D to one reader with a pairwise key, so that the tag proves nothing to a third
// party.
func (k *Keys) tagFor(r *Peer, fAuthor, fReader [32]byte, d []byte) ([]byte, error) {
	if r.Acct == k.Acct {
		return mac(k.macSelf, d), nil
	}
	shared, err := k.macSk.ECDH(r.macPub)
	if err != nil {
		return nil, ErrKey
	}
	return mac(kdf(shared, append(fAuthor[:], fReader[:]...), "mac-key", 32), d), nil
}
