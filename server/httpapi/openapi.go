package httpapi

import (
	_ "embed"

	"github.com/gofiber/fiber/v2"
)

// The OpenAPI document is written from the rows and the wire types (openapi_write_test.go), checked
// in, and served as it is.

//go:embed openapi.json
var openAPIText []byte

func openAPI(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(openAPIText)
}
