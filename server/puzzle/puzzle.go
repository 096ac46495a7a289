// Package puzzle makes and checks small proofs of work. When many codes are tried in vain from many
// addresses, each further try costs its sender some computing instead of being refused: a limit that
// all share would let a few strangers lock everybody out (decision 0025).
//
// A puzzle is a salt and the SHA-256 of "salt.n" for a number n below Most, which is found by trying.
// The server keeps nothing: the salt holds the expiry, and a MAC binds the puzzle to the address that
// asked. The caller makes sure that each puzzle counts once, by its Name.
package puzzle

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"
)

const (
	// Most is the number of hashes that solve any puzzle, half as many on average. A phone that is four
	// times slower than a desk computer needs at most a second (decision 0025).
	Most = 40_000
	// Life is how long a puzzle can be handed in.
	Life = 2 * time.Minute
)

// ErrWrong says that an answer is damaged, wrong, expired, or of another address.
var ErrWrong = errors.New("the puzzle is not solved")

// Key is the server's secret: the same on all nodes.
type Key []byte

const saltBytes = 24 // 8 of expiry, in Unix milliseconds, and 16 random ones

var text = base64.RawURLEncoding

// New makes a puzzle for an address: "salt.challenge.mac", each in base64url.
func (k Key) New(random io.Reader, from string, now time.Time) (string, error) {
	n, err := rand.Int(random, big.NewInt(Most))
	if err != nil {
		return "", fmt.Errorf("draw a puzzle: %w", err)
	}
	salt := make([]byte, saltBytes)
	binary.BigEndian.PutUint64(salt, uint64(now.Add(Life).UnixMilli()))
	if _, err := io.ReadFull(random, salt[8:]); err != nil {
		return "", fmt.Errorf("draw a puzzle: %w", err)
	}
	half := text.EncodeToString(salt)
	asked := half + "." + text.EncodeToString(hash(half, n.Uint64()))
	return asked + "." + text.EncodeToString(k.mac(asked, from)), nil
}

// Check accepts an answer, "salt.challenge.mac.n", and returns the puzzle's Name. Error: ErrWrong.
func (k Key) Check(answer, from string, now time.Time) (name string, err error) {
	parts := strings.Split(answer, ".")
	if len(parts) != 4 {
		return "", ErrWrong
	}
	mac, err := text.DecodeString(parts[2])
	if err != nil || !hmac.Equal(mac, k.mac(parts[0]+"."+parts[1], from)) {
		return "", ErrWrong
	}
	// From here on salt and challenge are ours.
	salt, err := text.DecodeString(parts[0])
	if err != nil || len(salt) != saltBytes || uint64(now.UnixMilli()) >= binary.BigEndian.Uint64(salt) {
		return "", ErrWrong
	}
	n, err := strconv.ParseUint(parts[3], 10, 32)
	challenge, damaged := text.DecodeString(parts[1])
	if err != nil || damaged != nil || subtle.ConstantTimeCompare(hash(parts[0], n), challenge) != 1 {
		return "", ErrWrong
	}
	return parts[1], nil
}

func hash(salt string, n uint64) []byte {
	sum := sha256.Sum256([]byte(salt + "." + strconv.FormatUint(n, 10)))
	return sum[:]
}

func (k Key) mac(asked, from string) []byte {
	m := hmac.New(sha256.New, k)
	m.Write([]byte(asked + "\x00" + from))
	return m.Sum(nil)
}
