package httpapi

import (
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"amends/server/app"
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

type object = map[string]any

var pathParameter = regexp.MustCompile(`:([a-z]+)`)

// describe builds the document from the rows.
func describe(rows []app.Operation) ([]byte, error) {
	schemas, paths, tags := object{}, map[string]object{}, map[string]bool{}
	schemaOf(reflect.TypeFor[problem](), schemas)
	schemas["Problem"] = schemas["problem"]
	delete(schemas, "problem")
	for _, o := range rows {
		at := "/api/v1" + pathParameter.ReplaceAllString(o.Path, "{$1}")
		if paths[at] == nil {
			paths[at] = object{}
		}
		paths[at][strings.ToLower(o.Method)] = operation(o, schemas)
		tags[tagOf(o)] = true
	}
	doc := object{
		"openapi": "3.1.0",
		"info": object{"title": "Amends", "version": "1", "description": "The API of an Amends server. Byte fields are base64url without padding. " +
			"Every change needs Sec-Fetch-Site: same-origin or an exact Origin, and JSON without a Content-Encoding. Refusals are application/problem+json (RFC 9457)."},
		"servers":    []object{{"url": "/"}},
		"tags":       named(slices.Sorted(maps.Keys(tags))),
		"paths":      paths,
		"components": object{"schemas": schemas, "securitySchemes": object{"signin": cookieScheme("__Host-signin"), "guest": cookieScheme("__Host-guest"), "stage": cookieScheme("__Host-stage")}},
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the document: %w", err)
	}
	return append(text, '\n'), nil
}

// tagOf groups operations by the first word of their path.
func tagOf(o app.Operation) string {
	first, _, _ := strings.Cut(o.Path[1:], "/")
	return first
}

func named(names []string) []object {
	out := []object{}
	for _, n := range names {
		out = append(out, object{"name": n})
	}
	return out
}

func operation(o app.Operation, schemas object) object {
	answer := object{"description": "Done"}
	if gives := o.Call.Gives; gives != nil {
		kind, schema := fiber.MIMEOctetStream, object{"type": "string", "format": "binary"}
		if gives != reflect.TypeFor[[]byte]() {
			kind, schema = fiber.MIMEApplicationJSON, schemaOf(gives, schemas)
		}
		answer["content"] = object{kind: object{"schema": schema}}
	}
	op := object{"operationId": o.Name, "summary": o.Summary, "tags": []string{tagOf(o)}, "security": security(o.Who), "responses": object{
		fmt.Sprint(o.Status()): answer,
		"default":              object{"description": "Refused", "content": object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}}},
	}}
	if body := o.Call.Sent(); body != nil {
		op["requestBody"] = object{"required": true, "content": object{fiber.MIMEApplicationJSON: object{"schema": schemaOf(body, schemas)}}}
	}
	var parameters []object
	for _, p := range o.Takes() {
		if p.In != app.InBody {
			parameters = append(parameters, parameter(p))
		}
	}
	if parameters != nil {
		op["parameters"] = parameters
	}
	return op
}

func parameter(p app.Part) object {
	schema := object{"type": "string"}
	if p.Number {
		schema = object{"type": "integer"}
	}
	out := object{"name": p.Name, "in": string(p.In), "required": p.In != app.InQuery, "schema": schema}
	if p.Name == wire.IdempotencyKey {
		schema["format"] = "uuid"
		out["description"] = "Names the intention: a repeat with the same key and the same request is done once and answered alike, for 24 hours. " +
			"An answer that holds a code is shown once, and its repeat is refused (409 request.done); a key of another request or person is refused too (422 request.reused)."
	}
	return out
}

// security lists the cookies that an operation accepts; none for public operations.
func security(asks app.Who) []object {
	cookies := map[app.Who][]string{app.ByAnybody: {}, app.BySignIn: {"signin"}, app.ByGuest: {"guest"}, app.ByInside: {"signin", "guest"}, app.BySeat: {"signin", "stage", "guest"}}
	out := []object{}
	for _, name := range cookies[asks] {
		out = append(out, object{name: []string{}})
	}
	return out
}

func cookieScheme(name string) object {
	return object{"type": "apiKey", "in": "cookie", "name": name}
}

// commandSchema describes the frame of a room command, with one variant per row of the table.
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

// argumentsSchema describes the arguments of one command, and reports whether any is required.
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

// schemaOf describes a wire type; structs become components and are referenced.
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
	out := object{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		out["required"] = slices.Sorted(maps.Keys(required))
	}
	return out
}
