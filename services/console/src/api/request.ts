import type { BilingualText, Page } from '@envigate/contracts';
import {
  describeTimeFault,
  parseGivenTime,
  stationsOfScope,
  unknownScope,
  type RegistrySource,
  type StopScope,
} from '@envigate/domain';
import type { RouteRequest } from '@envigate/http';
import { Refusal, unknownOf } from './operation.ts';

type Query = RouteRequest['query'];

// The caller names the type that the schema of its query gives.
/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters */
/**
 * A query parameter that its schema has checked: absent, or of type T. The types of the schemas
 * are not carried over to here, so T must be what the schema says.
 */
export function optional<T extends string | number | boolean>(
  query: Query,
  name: string,
): T | undefined {
  const value = query[name] as T | undefined;
  // PostgreSQL would refuse a text with a NUL in it as an error of ours.
  if (typeof value === 'string' && value.includes('\0')) {
    throw new Refusal('invalid', {
      vi: `${name}: chứa ký tự NUL`,
      en: `${name}: holds a NUL character`,
    });
  }
  return value;
}

/** `from` and `to`. Throws a Refusal that shows the form of a time where one has another. */
export function readTimeRange(query: Query): { from: Date | undefined; to: Date | undefined } {
  const from = readTime(query, 'from');
  const to = readTime(query, 'to');
  if (from !== undefined && to !== undefined && from >= to) {
    throw new Refusal('invalid', {
      vi: 'from: thời gian bắt đầu phải trước thời gian kết thúc (to)',
      en: "from: must be before 'to'",
    });
  }
  return { from, to };
}

/** Throws a Refusal that shows the form of a time where it has another. */
export function readTime(query: Query, name: string): Date | undefined {
  const text = optional<string>(query, name);
  if (text === undefined) return undefined;
  const instant = parseGivenTime(text);
  if (instant !== undefined) return instant;
  const fault = describeTimeFault(text);
  throw new Refusal('invalid', { vi: `${name}: ${fault.vi}`, en: `${name}: ${fault.en}` });
}

/** The station asked for, where one is. Throws a Refusal where the registry does not know it. */
export function readStation(query: Query, registry: RegistrySource): string | undefined {
  const station = optional<string>(query, 'station');
  if (station !== undefined && !registry.current().stations.has(station)) {
    throw new Refusal('not-found', unknownOf('station', station));
  }
  return station;
}

/**
 * The stations of the facility or province asked for, where one is. Throws a Refusal where both are given, or where
 * the registry knows no facility of that code or province.
 */
export function readStations(
  query: Query,
  registry: RegistrySource,
): readonly string[] | undefined {
  const scope = readScope(query, ['facility', 'province']);
  if (scope === undefined) return undefined;
  const view = registry.current();
  const unknown = unknownScope(scope, view);
  if (unknown !== undefined) throw new Refusal('not-found', unknown);
  return stationsOfScope(scope, view);
}

const scopeWords = {
  station: { vi: 'trạm (station)', en: 'station' },
  facility: { vi: 'cơ sở (facility)', en: 'facility' },
  province: { vi: 'tỉnh (province)', en: 'province' },
} as const satisfies Readonly<Record<StopScope['kind'], BilingualText>>;

/** The one of these that is asked for. Throws a Refusal where several are. */
export function readScope(
  query: Query,
  kinds: readonly StopScope['kind'][],
): StopScope | undefined {
  const scopes = kinds.flatMap((kind): StopScope[] => {
    const code = optional<string>(query, kind);
    return code === undefined ? [] : [{ kind, code }];
  });
  if (scopes.length > 1) {
    const words = (language: 'vi' | 'en') =>
      scopes.map(({ kind }) => scopeWords[kind][language]).join(', ');
    throw new Refusal('invalid', {
      vi: `chỉ chọn một trong: ${words('vi')}`,
      en: `give only one of ${words('en')}`,
    });
  }
  return scopes[0];
}

/** Where the page begins; undefined for the first. Throws a Refusal where `after` is not ours. */
function readAfter<P extends readonly CursorPart[]>(
  query: Query,
  cursor: Cursor<P>,
): Position<P> | undefined {
  const text = optional<string>(query, 'after');
  if (text === undefined) return undefined;
  const position = cursor.parse(text);
  if (position === undefined) {
    throw new Refusal('invalid', {
      vi: 'after: trang tiếp theo không hợp lệ; dùng nguyên giá trị `next` của trang trước trong danh sách này',
      en: 'after: must be `next` of a page of this list, unchanged',
    });
  }
  return position;
}

/** One page of a list, which may be short or empty and not be the last: only a `next` of null is its end. */
export async function answerPage<Row, Place, P extends readonly CursorPart[], Item>(
  query: Query,
  list: {
    readonly cursor: Cursor<P>;
    readonly read: (page: {
      readonly after: Position<P> | undefined;
      readonly limit: number;
    }) => Promise<Page<Row, Place>>;
    readonly positionOf: (place: Place) => Position<P>;
    readonly show: (row: Row) => Item;
  },
): Promise<{ readonly items: readonly Item[]; readonly next: string | null }> {
  const { rows, next } = await list.read({
    after: readAfter(query, list.cursor),
    limit: query['limit'] as number,
  });
  return {
    items: rows.map(list.show),
    next: next === undefined ? null : list.cursor.format(list.positionOf(next)),
  };
}

/** What a position in a list is made of. */
type CursorPart = 'text' | 'integer' | 'instant';

interface PartValues {
  readonly text: string;
  readonly integer: number;
  readonly instant: Date;
}

type Position<P extends readonly CursorPart[]> = {
  readonly [I in keyof P]: PartValues[P[I]];
};

/** Positions in one list as opaque text, for URLs. One list's cursor is refused by another. */
interface Cursor<P extends readonly CursorPart[]> {
  format(position: Position<P>): string;
  /** Undefined where the text is no cursor of this list. */
  parse(text: string): Position<P> | undefined;
}

export function cursor<const P extends readonly CursorPart[]>(list: string, parts: P): Cursor<P> {
  return {
    format: (position) =>
      Buffer.from(JSON.stringify([list, ...(position as readonly unknown[])])).toString(
        'base64url',
      ),
    parse(text) {
      const fields = parseJson(Buffer.from(text, 'base64url').toString());
      if (!Array.isArray(fields) || fields.length !== parts.length + 1 || fields[0] !== list) {
        return undefined;
      }
      const values = parts.map((part, i) => parsePart[part](fields[i + 1]));
      return values.includes(undefined) ? undefined : (values as unknown as Position<P>);
    },
  };
}

const parsePart: { readonly [P in CursorPart]: (value: unknown) => PartValues[P] | undefined } = {
  // PostgreSQL has no text with a NUL in it.
  text: (value) => (typeof value === 'string' && !value.includes('\0') ? value : undefined),
  integer: (value) => (Number.isSafeInteger(value) ? (value as number) : undefined),
  instant: (value) => {
    const instant = new Date(typeof value === 'string' ? value : Number.NaN);
    // The year that toISOString writes with a sign is not one of ours, nor of PostgreSQL's.
    const isWritten = !Number.isNaN(instant.getTime()) && instant.toISOString() === value;
    return isWritten && /^\d/.test(value) ? instant : undefined;
  },
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
