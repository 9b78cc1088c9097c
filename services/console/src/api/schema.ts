import { maxLookedAt, maxTextsLookedAt } from '@envigate/contracts';
import type { JsonSchema } from '@envigate/http';

/** Short forms of the JSON Schemas that the API is described in. Every field has a description. */

/** An object that has all of these fields, always. */
export function record(description: string, properties: Record<string, JsonSchema>): JsonSchema {
  return {
    type: 'object',
    description,
    required: Object.keys(properties),
    additionalProperties: false,
    properties,
  };
}

export function list(description: string, items: JsonSchema): JsonSchema {
  return { type: 'array', description, items };
}

/** A page of a list: its rows and where the next page begins. */
export function page(items: JsonSchema): JsonSchema {
  return record('One page of the list.', {
    items: list('The rows of this page.', items),
    next: {
      type: ['string', 'null'],
      description: `Give it as \`after\` to get the next page, with the same filters; null on the last page, and only there: a page ends after a look at ${maxLookedAt} rows (${maxTextsLookedAt} where a text is searched for) and may be short or empty.`,
    },
  });
}

export const text = (description: string): JsonSchema => ({ type: 'string', description });
export const integer = (description: string): JsonSchema => ({ type: 'integer', description });
export const number = (description: string): JsonSchema => ({ type: 'number', description });
export const boolean = (description: string): JsonSchema => ({ type: 'boolean', description });
export const instant = (description: string): JsonSchema => ({
  type: 'string',
  format: 'date-time',
  description: `${description} UTC.`,
});
export const oneOf = (description: string, values: readonly string[]): JsonSchema => ({
  type: 'string',
  enum: values,
  description,
});

/** The same, or null; what null says belongs into the description. */
export function orNull(schema: JsonSchema): JsonSchema {
  const values = schema['enum'];
  return {
    ...schema,
    type: [schema['type'], 'null'],
    ...(Array.isArray(values) && { enum: [...(values as unknown[]), null] }),
  };
}

/** Query parameters; unknown ones are refused, so that a misspelt filter is not a missing one. */
export function query(properties: Record<string, JsonSchema>): JsonSchema {
  return { type: 'object', additionalProperties: false, properties };
}

export const limit: JsonSchema = {
  type: 'integer',
  minimum: 1,
  maximum: 1000,
  default: 100,
  description: 'Rows of a page at most.',
};

export const after: JsonSchema = {
  type: 'string',
  maxLength: 2000,
  description: '`next` of the page before; absent for the first page.',
};

export const timeForms = 'RFC 3339 or dd/MM/yyyy HH:mm at +07:00';
export const timeExamples = ['2026-03-25T00:00:00+07:00', '25/03/2026 00:00'];

/** `from` and `to` about `what`. Read by readTime: a format here would refuse with a worse text. */
export function timeRange(what: string): Record<'from' | 'to', JsonSchema> {
  const example = { maxLength: 40, examples: timeExamples };
  return {
    from: { type: 'string', description: `${what} from this time on, ${timeForms}.`, ...example },
    to: { type: 'string', description: `${what} before this time, ${timeForms}.`, ...example },
  };
}

/** A text that a caller gives; each has a bound. */
export const given = (description: string, maxLength: number): JsonSchema => ({
  ...text(description),
  maxLength,
});

/** The same, and not empty. */
export const words = (description: string, maxLength = 500): JsonSchema => ({
  ...given(description, maxLength),
  minLength: 1,
});

/** A code of the registry, given by a caller. */
export const code = (description: string): JsonSchema => given(description, 64);

export const station = code('Code of a station of the registry.');

export const fileId = text('SHA-256 of account, folder, name and bytes, hexadecimal.');
