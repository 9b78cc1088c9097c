import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describeSchemaFault, expectedInVietnamese } from './fault.ts';
import { validateConfiguration, type ContractError } from './validate.ts';

type Case = [keyword: string, schema: object, value: unknown, vi: string, en: string];

const byKind = {
  type: 'object',
  discriminator: { propertyName: 'kind' },
  oneOf: [{ properties: { kind: { const: 'spike' } } }],
  required: ['kind'],
};
const closed = { additionalProperties: false, properties: { name: {} } };
const cases: readonly Case[] = [
  ['required', { required: ['name'] }, {}, "thiếu trường 'name'", "must have the key 'name'"],
  [
    'additionalProperties',
    closed,
    { nmae: 1 },
    "không có trường 'nmae'; có phải là 'name'?",
    "must not have the key 'nmae'; did you mean 'name'?",
  ],
  [
    'additionalProperties',
    closed,
    { other: 1 },
    "không có trường 'other'",
    "must not have the key 'other'",
  ],
  [
    'dependentRequired',
    { dependentRequired: { certFile: ['keyFile'] } },
    { certFile: 'x' },
    "phải có trường 'keyFile' khi có trường 'certFile'",
    'must have property keyFile when property certFile is present',
  ],
  ['enum', { enum: ['a', 'b'] }, 'c', 'phải là một trong a, b', 'must be one of a, b'],
  ['const', { const: 'a' }, 'b', 'phải là "a"', 'must be "a"'],
  ['discriminator', byKind, { kind: 'x' }, "có kind không hợp lệ: 'x'", "has the unknown kind 'x'"],
  ['discriminator', byKind, { kind: 7 }, "có kind không hợp lệ: '7'", "has the unknown kind '7'"],
  ['type', { type: 'string' }, 1, 'phải là chuỗi ký tự', 'must be string'],
  ['type', { type: 'integer' }, 'x', 'phải là số nguyên', 'must be integer'],
  ['type', { type: ['number', 'null'] }, 'x', 'phải là số hoặc null', 'must be number,null'],
  ['minimum', { minimum: 1 }, 0, 'không được nhỏ hơn 1', 'must be >= 1'],
  ['maximum', { maximum: 1 }, 2, 'không được lớn hơn 1', 'must be <= 1'],
  ['exclusiveMinimum', { exclusiveMinimum: 0 }, 0, 'phải lớn hơn 0', 'must be > 0'],
  ['exclusiveMaximum', { exclusiveMaximum: 1 }, 1, 'phải nhỏ hơn 1', 'must be < 1'],
  [
    'minLength',
    { minLength: 1 },
    '',
    'phải có ít nhất 1 ký tự',
    'must NOT have fewer than 1 characters',
  ],
  [
    'maxLength',
    { maxLength: 1 },
    'ab',
    'không được quá 1 ký tự',
    'must NOT have more than 1 characters',
  ],
  ['minItems', { minItems: 1 }, [], 'phải có ít nhất 1 mục', 'must NOT have fewer than 1 items'],
  ['maxItems', { maxItems: 1 }, [1, 2], 'không được quá 1 mục', 'must NOT have more than 1 items'],
  ['pattern', { pattern: '^/' }, 'x', 'không đúng mẫu ^/', 'must match pattern "^/"'],
  ['format', { format: 'ipv4' }, 'x', 'không đúng định dạng ipv4', 'must match format "ipv4"'],
];

describe('what a schema found is said in both languages', () => {
  test.each(cases)('%s of %j against %j', (keyword, schema, value, vi, en) => {
    const ajv = new Ajv2020({
      ...{ allErrors: true, verbose: true, discriminator: true, strict: false },
      formats: { ipv4: /^[\d.]+$/ },
    });
    const isValid = ajv.compile(schema);
    expect(isValid(value)).toBe(false);
    const [error] = isValid.errors ?? [];
    expect(error?.keyword).toBe(keyword);
    expect(describeSchemaFault(error!)).toMatchObject({ path: '', expected: en, expectedVi: vi });
  });

  test('every keyword of our schemas has its own sentence', async () => {
    const validators = new URL('./generated/validators.ts', import.meta.url);
    const text = await readFile(validators, 'utf8');
    const keywords = new Set([...text.matchAll(/\bkeyword: ?"(\w+)"/g)].map(([, word]) => word!));
    expect(keywords.size).toBeGreaterThan(10);
    const tried = new Set(cases.map(([keyword]) => keyword));
    expect([...keywords].filter((keyword) => !tried.has(keyword))).toEqual([]);
    const otherwise = expectedInVietnamese('a keyword of nobody', {});
    for (const keyword of keywords)
      expect(expectedInVietnamese(keyword, { allowedValues: [] })).not.toBe(otherwise);
  });
});

test('a fault between two settings is said in both languages', () => {
  const settings = { receiver: { ftp: { passivePortFrom: 50000, passivePortTo: 4000 } } };
  let error: unknown;
  try {
    validateConfiguration(settings);
  } catch (thrown) {
    error = thrown;
  }
  expect((error as ContractError).faults).toEqual([
    {
      path: '/receiver/ftp/passivePortTo',
      expected: 'must not be below passivePortFrom (50000), but is 4000',
      expectedVi: 'không được nhỏ hơn passivePortFrom (50000); giá trị hiện tại 4000',
    },
  ]);
});
