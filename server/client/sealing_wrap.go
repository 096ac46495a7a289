package client

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"
)

// The kinds of wraps.
const (
	WrapPassword = 1
	WrapCard     = 2
	WrapPasskey  = 3
	WrapResume   = 4
)

const wrapBytes = 118

// SealWrap seals a root with a 64-byte wrap key: the first half encrypts, the second commits.
func SealWrap(random io.Reader, key []byte, kind byte, acct [16]byte, epoch uint32, root [32]byte) ([]byte, error) {
	var nonce [12]byte
	if _, err := io.ReadFull(random, nonce[:]); err != nil {
		return nil, fmt.Errorf("make a nonce: %w", err)
	}
	b := append([]byte("WSXW"), 1, kind)
	b = binary.BigEndian.AppendUint32(b, epoch)
	b = append(append(append(b, acct[:]...), nonce[:]...), key[32:64]...)
	aead, err := wrapCipher(key)
	if err != nil {
		return nil, err
	}
	return aead.Seal(b, nonce[:], root[:], b), nil
}

// OpenWrap opens a wrap; minEpoch is the highest epoch seen on this device. The order of the checks is
// part of the format.
func OpenWrap(key, blob []byte, kind byte, acct [16]byte, minEpoch uint32) (root [32]byte, epoch uint32, err error) {
	if len(blob) != wrapBytes || string(blob[:4]) != "WSXW" || blob[4] != 1 {
		return root, 0, ErrWrapFormat
	}
	if blob[5] != kind {
		return root, 0, ErrWrapKind
	}
	if [16]byte(blob[10:26]) != acct {
		return root, 0, ErrWrapAccount
	}
	if epoch = binary.BigEndian.Uint32(blob[6:]); epoch < minEpoch {
		return root, 0, ErrWrapEpoch
	}
	if subtle.ConstantTimeCompare(blob[38:70], key[32:64]) != 1 {
		return root, 0, ErrWrapKey
	}
	aead, err := wrapCipher(key)
	if err != nil {
		return root, 0, err
	}
	plain, err := aead.Open(nil, blob[26:38], blob[70:], blob[:70])
	if err != nil {
		return root, 0, ErrWrapCorrupt
	}
	return [32]byte(plain), epoch, nil
}

func wrapCipher(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key[:32])
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	return cipher.NewGCM(block)
}
