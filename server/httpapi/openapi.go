package httpapi

import (
	_ "embed"
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"amends/server/wire"
)

// The OpenAPI document is written from the route table and the wire types, checked in, and
// served as it is; a test writes it again and compares.

//go:embed openapi.json
var openAPIText []byte

func openAPI(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(openAPIText)
}

type object = map[string]any

var pathParameter = regexp.MustCompile(`:([a-z]+)`)

// describe writes the document of a route table.
func describe(routes []route) ([]byte, error) {
	schemas, paths := object{"Problem": problemSchema()}, map[string]object{}
	for _, r := range routes {
		at := "/api/v1" + pathParameter.ReplaceAllString(r.Path, "{$1}")
		if paths[at] == nil {
			paths[at] = object{}
		}
		paths[at][strings.ToLower(r.Method)] = operation(r, schemas)
	}
	doc := object{
		"openapi": "3.1.0",
		"info": object{"title": "Amends", "version": "1", "description": "The API of an Amends server. Byte fields are base64url without padding. " +
			"Every change needs Sec-Fetch-Site: same-origin or an exact Origin, and JSON without a Content-Encoding. Refusals are application/problem+json (RFC 9457)."},
		"paths":      paths,
		"components": object{"schemas": schemas, "securitySchemes": object{"signin": cookieScheme("__Host-signin"), "guest": cookieScheme("__Host-guest"), "stage": cookieScheme("__Host-stage")}},
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the document: %w", err)
	}
	return append(text, '\n'), nil
}

func operation(r route, schemas object) object {
	answer := object{"description": "Done"}
	if r.Gives != nil {
		kind, schema := fiber.MIMEOctetStream, object{"type": "string", "format": "binary"}
		if _, bytes := r.Gives.([]byte); !bytes {
			kind, schema = fiber.MIMEApplicationJSON, schemaOf(reflect.TypeOf(r.Gives), schemas)
		}
		answer["content"] = object{kind: object{"schema": schema}}
	}
	op := object{"operationId": r.Name, "responses": object{
		fmt.Sprint(r.Status): answer,
		"default":            object{"description": "Refused", "content": object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}}},
	}}
	if r.Takes != nil {
		op["requestBody"] = object{"required": true, "content": object{fiber.MIMEApplicationJSON: object{"schema": schemaOf(reflect.TypeOf(r.Takes), schemas)}}}
	}
	switch r.Who {
	case signedIn:
		op["security"] = []object{{"signin": []string{}}}
	case guest:
		op["security"] = []object{{"guest": []string{}}}
	case seated:
		op["security"] = []object{{"signin": []string{}}, {"stage": []string{}}, {"guest": []string{}}}
	case inside:
		op["security"] = []object{{"signin": []string{}}, {"guest": []string{}}}
	}
	var parameters []object
	for _, m := range pathParameter.FindAllStringSubmatch(r.Path, -1) {
		parameters = append(parameters, object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	if parameters != nil {
		op["parameters"] = parameters
	}
	return op
}

func cookieScheme(name string) object {
	return object{"type": "apiKey", "in": "cookie", "name": name}
}

func problemSchema() object {
	s := object{}
	return structSchema(reflect.TypeFor[problem](), s)
}

// commandSchema describes the frame of a room command: one form for each row of the table.
func commandSchema(schemas object) object {
	table, forms := wire.Commands(), []object{}
	for _, do := range slices.Sorted(maps.Keys(table)) {
		spec := table[do]
		properties := object{"id": object{"type": "string"}, "do": object{"const": do}, "expect": schemaOf(reflect.TypeFor[wire.Expect](), schemas)}
		required := []string{"do", "id"}
		if spec.Expects {
			required = append(required, "expect")
		}
		if all := spec.Arguments(); all != nil {
			with, needed := argumentsSchema(all, schemas)
			if properties["with"] = with; needed {
				required = append(required, "with")
			}
		}
		forms = append(forms, object{"type": "object", "additionalProperties": false, "properties": properties, "required": required})
	}
	return object{"oneOf": forms}
}

// argumentsSchema describes what one command takes, and says whether any of it is needed.
func argumentsSchema(all []wire.Argument, schemas object) (object, bool) {
	properties, required := object{}, []string{}
	for _, a := range all {
		t := a.Type
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		schema := schemaOf(t, schemas)
		if a.Choices != nil {
			schema["enum"] = a.Choices
		}
		properties[a.Name] = schema
		if a.Needed {
			required = append(required, a.Name)
		}
	}
	return object{"type": "object", "additionalProperties": false, "properties": properties, "required": required}, len(required) > 0
}

// schemaOf describes a wire type; structs go to the components and are referred to.
func schemaOf(t reflect.Type, schemas object) object {
	switch {
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return object{"type": "string"}
	case t == reflect.TypeFor[wire.RoomCommand]():
		schemas[t.Name()] = commandSchema(schemas)
		return object{"$ref": "#/components/schemas/" + t.Name()}
	}
	switch t.Kind() {
	case reflect.Pointer:
		inner := schemaOf(t.Elem(), schemas)
		return object{"anyOf": []object{inner, {"type": "null"}}}
	case reflect.Slice:
		return object{"type": "array", "items": schemaOf(t.Elem(), schemas)}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Int32:
		return object{"type": "integer"}
	case reflect.Interface:
		return object{"type": "object"}
	case reflect.Struct:
		if schemas[t.Name()] == nil {
			schemas[t.Name()] = object{}
			schemas[t.Name()] = structSchema(t, schemas)
		}
		return object{"$ref": "#/components/schemas/" + t.Name()}
	}
	panic("openapi: no schema for " + t.String())
}

func structSchema(t reflect.Type, schemas object) object {
	properties, required := object{}, map[string]bool{}
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		properties[name] = schemaOf(t.Field(i).Type, schemas)
		if !strings.Contains(options, "omit") {
			required[name] = true
		}
	}
	return object{"type": "object", "additionalProperties": false, "properties": properties, "required": slices.Sorted(maps.Keys(required))}
}
