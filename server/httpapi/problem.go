package httpapi

import (
	"errors"
	"log/slog"
	"math"
	"strconv"

	"amends/server/fault"

	"github.com/gofiber/fiber/v2"
)

// The only place where faults are mapped to HTTP statuses. Answers follow RFC 9457.

// problem is the body of every error answer. It names fields, never values.
type problem struct {
	Type    string        `json:"type"`
	Title   string        `json:"title"`
	Status  int           `json:"status"`
	Code    string        `json:"code"`
	Fields  []fault.Field `json:"fields,omitempty"`
	Request string        `json:"request,omitempty"`
}

func statusOf(kind fault.Kind) int {
	switch kind {
	case fault.Invalid:
		return fiber.StatusBadRequest
	case fault.Unauthenticated:
		return fiber.StatusUnauthorized
	case fault.Forbidden:
		return fiber.StatusForbidden
	case fault.NotFound:
		return fiber.StatusNotFound
	case fault.Conflict:
		return fiber.StatusConflict
	case fault.TooLarge:
		return fiber.StatusRequestEntityTooLarge
	case fault.Unsupported:
		return fiber.StatusUnsupportedMediaType
	case fault.Unprocessable:
		return fiber.StatusUnprocessableEntity
	case fault.TooMany:
		return fiber.StatusTooManyRequests
	case fault.Unavailable:
		return fiber.StatusServiceUnavailable
	}
	return fiber.StatusInternalServerError
}

// answer sends any error as a problem. Errors of our own (5xx) are logged here, once.
func answer(log *slog.Logger) fiber.ErrorHandler {
	return func(c *fiber.Ctx, err error) error {
		f := fault.As(ofFiber(err))
		status := statusOf(f.Kind)
		if status >= fiber.StatusInternalServerError {
			log.Error("a request failed", "request", requestID(c), "route", routeName(c), "err", err)
		}
		if f.Kind == fault.TooMany || f.Kind == fault.Unavailable {
			c.Set(fiber.HeaderRetryAfter, strconv.Itoa(max(1, int(math.Ceil(f.RetryAfter.Seconds())))))
		}
		c.Set(fiber.HeaderCacheControl, "no-store")
		c.Status(status)
		if err := c.JSON(problem{Type: "about:blank", Title: f.Text, Status: status, Code: f.Code, Fields: f.Fields, Request: requestID(c)}); err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "application/problem+json")
		return nil
	}
}

var (
	errNoRoute = fault.New(fault.NotFound, "route.unknown", "There is nothing here.")
	errMethod  = fault.New(fault.NotFound, "route.method", "This cannot be done here.")
	errRequest = fault.New(fault.Invalid, "request.invalid", "This request could not be read.")
)

// ofFiber maps the framework's own errors to faults.
func ofFiber(err error) error {
	var e *fiber.Error
	switch {
	case !errors.As(err, &e):
		return err
	case e.Code == fiber.StatusNotFound:
		return errNoRoute.Because(err)
	case e.Code == fiber.StatusMethodNotAllowed:
		return errMethod.Because(err)
	case e.Code < fiber.StatusInternalServerError:
		return errRequest.Because(err)
	}
	return err
}
