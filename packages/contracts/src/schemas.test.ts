import { readdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';

const generated = new URL('./generated/', import.meta.url);
const modules = await Promise.all(
  (await readdir(generated))
    .filter((file) => /\.v\d+\.ts$/.test(file))
    .map((file) => import(new URL(file, generated).href)),
);
const schemas = modules.flatMap((module) => Object.entries(module as Record<string, object>));

describe('the schemas', () => {
  test.each(schemas)('%s is valid JSON Schema 2020-12', (_, schema) => {
    const ajv = new Ajv2020({ allErrors: true });
    void ajv.validateSchema(schema);
    expect(ajv.errors ?? []).toEqual([]);
  });

  test('are all asked', () => {
    expect(schemas).toHaveLength(12);
  });
});
