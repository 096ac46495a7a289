package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
)

// Encryption at rest: each account has a random AES-256-GCM key for its blobs, encrypted by the
// keyring. It protects stolen dumps, and makes deletion effective in backups. It is not what keeps
// worksheets private: that is the browser's sealing underneath.

// ErrAtRest says that a blob or an account's key is damaged, or sealed with a key that this keyring
// does not have.
var ErrAtRest = errors.New("keys: sealed at rest with a key that is not here, or damaged")

// NewAtRestKey generates an account's key and returns it sealed by the newest keyring key.
func (s Secrets) NewAtRestKey(random io.Reader, acct [16]byte) (ringID string, sealed []byte, err error) {
	key := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, key); err != nil {
		return "", nil, fmt.Errorf("make an at-rest key: %w", err)
	}
	newest := s.Keyring[len(s.Keyring)-1]
	sealed, err = seal(random, newest.Key, key, append([]byte("at-rest key\x00"), acct[:]...))
	return newest.Month, sealed, err
}

// OpenAtRestKey decrypts an account's key. Fault: ErrAtRest.
func (s Secrets) OpenAtRestKey(ringID string, acct [16]byte, sealed []byte) ([]byte, error) {
	for _, k := range s.Keyring {
		if k.Month == ringID {
			return open(k.Key, sealed, append([]byte("at-rest key\x00"), acct[:]...))
		}
	}
	return nil, ErrAtRest
}

// SealAtRest encrypts a blob with its account's key: 12 bytes nonce, then ciphertext and tag.
func SealAtRest(random io.Reader, key, blob []byte) ([]byte, error) {
	return seal(random, key, blob, []byte("at-rest blob"))
}

// OpenAtRest decrypts what SealAtRest returned. Fault: ErrAtRest.
func OpenAtRest(key, sealed []byte) ([]byte, error) { return open(key, sealed, []byte("at-rest blob")) }

func seal(random io.Reader, key, plain, extra []byte) ([]byte, error) {
	aead, err := gcm(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("make a nonce: %w", err)
	}
	return aead.Seal(nonce, nonce, plain, extra), nil
}

func open(key, sealed, extra []byte) ([]byte, error) {
	aead, err := gcm(key)
	if err != nil || len(sealed) < aead.NonceSize() {
		return nil, ErrAtRest
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], extra)
	if err != nil {
		return nil, ErrAtRest
	}
	return plain, nil
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	return cipher.NewGCM(block)
}
