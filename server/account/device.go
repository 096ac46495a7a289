package account

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// DeviceKey is derived from the pepper and encrypts the cookie of a known device. The cookie says to
// nobody but the server with which name somebody signed in there, nor when, nor whether two devices
// belong to one person.
type DeviceKey []byte

// Device is a device on which somebody signed in before.
type Device struct {
	// ID is the same as long as the cookie is, and random.
	ID string
	// Name is the keyed hash of the sign-in name.
	Name string
}

// Remembered is how long a device is known after the last sign-in on it.
const Remembered = 180 * 24 * time.Hour

// A cookie is AES-256-GCM over the device's id, the keyed name, and the day it was made.
const (
	deviceID    = 8
	deviceName  = 16
	deviceBytes = deviceID + deviceName + 4
	sealedBytes = 12 + deviceBytes + 16
	day         = 24 * time.Hour
)

// New makes the cookie of a device on which somebody signed in. name is a keyed hash of deviceName bytes.
func (k DeviceKey) New(random io.Reader, name string, now time.Time) (string, error) {
	gcm, err := k.gcm()
	if err != nil {
		return "", err
	}
	if len(name) != deviceName {
		return "", fmt.Errorf("make a device's cookie: the name has %d bytes", len(name))
	}
	nonce, plain := make([]byte, gcm.NonceSize()), make([]byte, deviceID, deviceBytes)
	for _, drawn := range [][]byte{nonce, plain} {
		if _, err := io.ReadFull(random, drawn); err != nil {
			return "", fmt.Errorf("make a device's cookie: %w", err)
		}
	}
	plain = binary.BigEndian.AppendUint32(append(plain, name...), dayOf(now))
	return base64.RawURLEncoding.EncodeToString(gcm.Seal(nonce, nonce, plain, nil)), nil
}

// Open reads the cookie of a known device; false for anything else, and for one that is too old.
func (k DeviceKey) Open(cookie string, now time.Time) (Device, bool) {
	// The decoder skips line breaks, so the length is checked first.
	if len(cookie) != base64.RawURLEncoding.EncodedLen(sealedBytes) {
		return Device{}, false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cookie)
	if err != nil || len(sealed) != sealedBytes {
		return Device{}, false
	}
	gcm, err := k.gcm()
	if err != nil {
		return Device{}, false
	}
	plain, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], nil)
	if err != nil {
		return Device{}, false
	}
	made, today := binary.BigEndian.Uint32(plain[deviceID+deviceName:]), dayOf(now)
	if made > today+1 || made+uint32(Remembered/day) < today { // another node's clock may be ahead
		return Device{}, false
	}
	return Device{ID: string(plain[:deviceID]), Name: string(plain[deviceID : deviceID+deviceName])}, true
}

func (k DeviceKey) gcm() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, fmt.Errorf("the key of devices: %w", err)
	}
	return cipher.NewGCM(block)
}

func dayOf(at time.Time) uint32 { return uint32(at.Unix() / int64(day/time.Second)) }
