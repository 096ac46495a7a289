// Validates the OpenAPI document against its version's schema and its schemas against JSON Schema,
// and checks that every reference resolves. openapi_test.go, which writes the document, checks what
// each operation must document.

import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';

const [, , file] = process.argv;
const document = JSON.parse(readFileSync(file, 'utf8'));
const wrong = [];
const result = await new Validator().validate(structuredClone(document));
if (!result.valid) wrong.push(result.errors);
const schemas = new Ajv2020({ strict: false });
for (const [name, schema] of Object.entries(document.components.schemas)) {
  if (!schemas.validateSchema(schema)) wrong.push({ [name]: schemas.errors });
}
if (wrong.length > 0) {
  console.error(`${file} is no valid OpenAPI document:`, JSON.stringify(wrong, null, 2));
  process.exit(1);
}
