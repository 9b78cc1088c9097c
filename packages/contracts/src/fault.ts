// Faults of documents, in English and in Vietnamese.

import type { ErrorObject } from 'ajv';

/** One fault of a document: where (JSON pointer) and what was expected there. */
export interface Fault {
  readonly path: string;
  readonly expected: string;
  /** The same in Vietnamese. */
  readonly expectedVi: string;
  /** Of an object at `path`: the key that it must not have, or lacks. */
  readonly key?: string;
}

export function faultAt(path: string, { vi, en }: BilingualText, key?: string): Fault {
  return { path, expected: en, expectedVi: vi, ...(key !== undefined && { key }) };
}

/** All of them on one line, each after its path. */
export function textOfFaults(faults: readonly Fault[]): BilingualText {
  const join = (textOf: (fault: Fault) => string): string =>
    faults.map((fault) => `${fault.path || '/'} ${textOf(fault)}`).join('; ');
  return { vi: join(({ expectedVi }) => expectedVi), en: join(({ expected }) => expected) };
}

type Params = Readonly<Record<string, unknown>>;

/** What a schema found. English is ajv's own where it says enough. */
export function describeSchemaFault(error: ErrorObject): Fault {
  const { instancePath: path, keyword, message = keyword } = error;
  const params = error.params as Params;
  const vi = expectedInVietnamese(keyword, params);
  switch (keyword) {
    case 'additionalProperties':
      return unknownKey(error, vi);
    case 'required': {
      const key = String(params['missingProperty']);
      return faultAt(path, { vi, en: `must have the key '${key}'` }, key);
    }
    case 'enum': {
      const en = `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
      return faultAt(path, { vi, en });
    }
    case 'const':
      return faultAt(path, { vi, en: `must be ${JSON.stringify(params['allowedValue'])}` });
    case 'discriminator': {
      const en = `has the unknown ${String(params['tag'])} '${String(params['tagValue'])}'`;
      return faultAt(path, { vi, en });
    }
    default:
      return faultAt(path, { vi, en: message });
  }
}

function unknownKey({ instancePath, params, parentSchema }: ErrorObject, vi: string): Fault {
  const key = String((params as Params)['additionalProperty']);
  const { properties = {} } = (parentSchema ?? {}) as { readonly properties?: object };
  const meant = nearestWord(key, Object.keys(properties));
  const en = `must not have the key '${key}'`;
  const text =
    meant === undefined
      ? { vi, en }
      : { vi: `${vi}; có phải là '${meant}'?`, en: `${en}; did you mean '${meant}'?` };
  return faultAt(instancePath, text, key);
}

/**
 * What a keyword of JSON Schema expects, with the parameters that ajv reports. Every keyword of our
 * schemas has its sentence; others get one that says only that the value does not fit.
 */
export function expectedInVietnamese(keyword: string, params: Params): string {
  const text = (name: string): string => String(params[name]);
  const limit = text('limit');
  switch (keyword) {
    case 'required':
      return `thiếu trường '${text('missingProperty')}'`;
    case 'dependentRequired':
      return `phải có trường '${text('missingProperty')}' khi có trường '${text('property')}'`;
    case 'additionalProperties':
      return `không có trường '${text('additionalProperty')}'`;
    case 'enum':
      return `phải là một trong ${(params['allowedValues'] as readonly unknown[]).join(', ')}`;
    case 'const':
      return `phải là ${JSON.stringify(params['allowedValue'])}`;
    case 'discriminator':
      return params['tagValue'] === undefined
        ? `thiếu trường '${text('tag')}'`
        : `có ${text('tag')} không hợp lệ: '${text('tagValue')}'`;
    case 'type':
      return `phải là ${[params['type']].flat().map(typeInVietnamese).join(' hoặc ')}`;
    case 'minimum':
      return `không được nhỏ hơn ${limit}`;
    case 'maximum':
      return `không được lớn hơn ${limit}`;
    case 'exclusiveMinimum':
      return `phải lớn hơn ${limit}`;
    case 'exclusiveMaximum':
      return `phải nhỏ hơn ${limit}`;
    case 'minLength':
      return `phải có ít nhất ${limit} ký tự`;
    case 'maxLength':
      return `không được quá ${limit} ký tự`;
    case 'minItems':
      return `phải có ít nhất ${limit} mục`;
    case 'maxItems':
      return `không được quá ${limit} mục`;
    case 'minProperties':
      return `phải có ít nhất ${limit} trường`;
    case 'pattern':
      return `không đúng mẫu ${text('pattern')}`;
    case 'format':
      return `không đúng định dạng ${text('format')}`;
    default:
      return otherwiseExpected;
  }
}

const otherwiseExpected = 'giá trị không hợp lệ';

const types: Readonly<Record<string, string>> = {
  array: 'danh sách',
  boolean: 'true hoặc false',
  integer: 'số nguyên',
  null: 'null',
  number: 'số',
  object: 'đối tượng gồm các trường',
  string: 'chuỗi ký tự',
};

function typeInVietnamese(type: unknown): string {
  return types[String(type)] ?? String(type);
}

/** What a person reads: Vietnamese for officers, English beside it. */
export interface BilingualText {
  readonly vi: string;
  readonly en: string;
}

/** On one line, as a terminal shows it: `Vietnamese · English`; English alone where that is all there is. */
export function inBothLanguages({
  vi,
  en,
}: {
  readonly vi: string | null;
  readonly en: string;
}): string {
  return vi === null ? en : `${vi} · ${en}`;
}

/** Mistakes beyond this many letters are no misspelling any more. */
const maxMistakes = 2;

/**
 * The candidate that a misspelt word most likely means, case aside: at most two letters missing,
 * added, other or exchanged, and fewer than half of them. Undefined where none is near.
 */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
  const sought = word.toLowerCase();
  let nearest: { readonly candidate: string; readonly mistakes: number } | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > maxMistakes) continue;
    const mistakes = mistakesBetween(sought, candidate.toLowerCase());
    const isNear = mistakes <= maxMistakes && mistakes * 2 < candidate.length;
    if (isNear && (nearest === undefined || mistakes < nearest.mistakes))
      nearest = { candidate, mistakes };
  }
  return nearest?.candidate;
}

/** Damerau's distance of neighbouring letters: an exchange counts as one mistake. */
function mistakesBetween(one: string, other: string): number {
  let before: readonly number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      let least = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + same);
      const exchanged =
        i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (exchanged) least = Math.min(least, at(before, j - 2) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return at(last, other.length);
}

function at(row: readonly number[], j: number): number {
  return row[j] ?? Infinity;
}
