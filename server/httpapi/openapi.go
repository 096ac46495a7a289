package httpapi

import (
	_ "embed"

	"github.com/gofiber/fiber/v2"
)

// The OpenAPI document is generated from the rows and the wire types (openapi_write_test.go),
// committed, and served unchanged.

//go:embed openapi.json
var openAPIText []byte

func openAPI(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(openAPIText)
}
