package keys

import (
	"bytes"
	"encoding/binary"

	"amends/server/fault"
)

// The formats of section 6 of the sealing format, as far as they can be checked without keys.

// Sizes in bytes.
const (
	WrapBytes   = 118
	BundleBytes = 1269
)

// The kinds of wraps.
const (
	WrapPassword = 1
	WrapCard     = 2
)

// CheckWrap refuses a wrap that is not of this account, epoch and kind. Fault: input.invalid naming the
// field.
func CheckWrap(field string, blob []byte, kind byte, acct [16]byte, epoch uint32) error {
	var c fault.Check
	c.Must(len(blob) == WrapBytes, field, "is not 118 bytes")
	if len(blob) == WrapBytes {
		c.Must(string(blob[:4]) == "WSXW" && blob[4] == 1, field, "is not a wrap of version 1")
		c.Must(blob[5] == kind, field, "is of another kind")
		c.Must(binary.BigEndian.Uint32(blob[6:]) == epoch, field, "is of another epoch")
		c.Must(bytes.Equal(blob[10:26], acct[:]), field, "is of another account")
	}
	return c.Err()
}

// CheckBundle refuses a public bundle that is not of this account and epoch, or whose authentication
// key is invalid. Fault: input.invalid.
func CheckBundle(bundle []byte, acct [16]byte, epoch uint32) error {
	var c fault.Check
	c.Must(len(bundle) == BundleBytes, "bundle", "is not 1269 bytes")
	if len(bundle) == BundleBytes {
		c.Must(bundle[0] == 1, "bundle", "is not of version 1")
		c.Must(bytes.Equal(bundle[1:17], acct[:]), "bundle", "is of another account")
		c.Must(binary.BigEndian.Uint32(bundle[17:]) == epoch, "bundle", "is of another epoch")
		c.Must(!bytes.Equal(bundle[1237:], make([]byte, 32)), "bundle", "has no authentication key")
	}
	return c.Err()
}
