// Faults of documents, in English and in Vietnamese.
import type { ErrorObject } from 'ajv';
import type { BilingualText } from './bilingual-text.ts';
import { nearestWord } from './nearest-word.ts';

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
