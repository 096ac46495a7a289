package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"regexp"
	"strings"

	"amends/server/fault"

	"github.com/gofiber/fiber/v2"
)

var (
	errContentType = fault.New(fault.Unsupported, "body.content_type", "This needs JSON.")
	errBody        = fault.New(fault.Invalid, "body.invalid", "This could not be read.")
)

var fieldName = regexp.MustCompile(`^[A-Za-z0-9_.\[\]]{1,60}$`)

// decode strictly decodes the body as one JSON object: right content type, no unknown fields, right
// types, nothing after it. The fault names the field and never echoes a value.
func decode(c *fiber.Ctx, into any) error {
	kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEApplicationJSON {
		return errContentType
	}
	d := json.NewDecoder(bytes.NewReader(bodyOf(c)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errBody.With(blame(err), "is not known, or of the wrong type")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errBody.With("body", "holds more than one value")
	}
	return nil
}

// blame extracts the field name from an error of encoding/json.
func blame(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && fieldName.MatchString(wrong.Field) {
		return wrong.Field
	}
	if name, ok := strings.CutPrefix(err.Error(), `json: unknown field "`); ok {
		if name = strings.TrimSuffix(name, `"`); fieldName.MatchString(name) {
			return name
		}
	}
	return "body"
}
