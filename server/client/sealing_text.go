package client

import (
	"bytes"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// strict decodes one JSON value: no unknown fields, no duplicate keys, no trailing data.
func strict(text []byte, into any) error {
	if err := noDoubles(json.NewDecoder(bytes.NewReader(text))); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read a line: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the value")
	}
	return nil
}

// noDoubles walks one value and refuses an object with a duplicate key, of which two parsers could take
// different values.
func noDoubles(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := key.(string)
			if seen[name] {
				return errors.New("a key stands twice")
			}
			seen[name] = true
		}
		if err := noDoubles(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
