import { instantOf, type WrittenTime } from '../times/local-time.ts';
import { numberAt } from '../times/parse-time.ts';

/** A file name taken apart. Nothing is taken by position: loggers write two, three and four parts. */
export interface FileName {
  /** The name without its extension. */
  readonly stem: string;
  /**
   * What names the station, without the sign between it and the time: what is before the time,
   * else what is behind it; the whole stem where there is no time.
   */
  readonly prefix: string;
  /** The digits of the time: yyyyMMddHHmmss, yyyyMMddHHmm, yyyyMMddHH or yyyyMMdd; '' for none. */
  readonly time: string;
  /** What is behind the day may be a running number: the day alone is sure. */
  readonly mayEndInSerial: boolean;
}

/**
 * `TB_CAPH_NUOSXL_20260325000000.txt` → prefix `TB_CAPH_NUOSXL`, time `20260325000000`.
 * `nameTime` is how a profile says that the time is written, where findTime would not find it.
 */
export function parseFileName(name: string, nameTime?: string): FileName {
  const stem = withoutExtension(name);
  if (nameTime !== undefined) {
    const read = readNameTime(stem, nameTime);
    const { before, time } = read ?? { before: stem, time: '' };
    const prefix = read === undefined ? stem : withoutJoint(before);
    return { stem, prefix, time, mayEndInSerial: false };
  }
  return nameOf(stem, findTime(stem));
}

/** The same name where the place of the station's prefix in its stem is known: the rest has the time. */
export function aroundPrefix(stem: string, from: number, to: number): FileName {
  const prefix = stem.slice(from, to);
  const times = [findTime(stem.slice(0, from)), findTime(stem.slice(to))].filter(
    (time) => time !== undefined,
  );
  const [first, second] = times;
  const time = (second?.digits.length ?? 0) > (first?.digits.length ?? 0) ? second : first;
  return {
    ...{ stem, prefix, time: time?.digits ?? '' },
    mayEndInSerial: time?.mayEndInSerial === true,
  };
}

function nameOf(stem: string, time: NameTime | undefined): FileName {
  if (time === undefined) return { stem, prefix: stem, time: '', mayEndInSerial: false };
  const { from, to, digits, mayEndInSerial } = time;
  const before = withoutJoint(stem.slice(0, from));
  const prefix = before === '' ? stem.slice(to).replace(joints, '') : before;
  return { stem, prefix, time: digits, mayEndInSerial };
}

/** A date may be written with points: `T05_29.11.2026` ends in no extension. */
function withoutExtension(name: string): string {
  return name.replace(/\.(?!\d{2}(?!\d)|\d{4})[^.]*$/, '');
}

const joints = /^[_ .-]+|[_ .-]+$/g;

/** What is between prefix and time. */
function withoutJoint(prefix: string): string {
  return prefix.replace(/[_ .-]$/, '');
}

/** A time in a name without its extension. */
interface NameTime {
  /** Where it is, from inclusive, to exclusive. */
  readonly from: number;
  readonly to: number;
  /** yyyyMMdd[HH[mm[ss]]]. The digits as written where they are no time of the calendar. */
  readonly digits: string;
  /** The day and four or six digits behind it: a time of day, or a running number that looks like one. */
  readonly mayEndInSerial: boolean;
}

/**
 * The time that a name carries, in any of the ways seen: with and without separators, the year or the
 * day first, a year of two digits before a time of day. The one with most parts, else the last one.
 * Where none is a time of the calendar, the last run of eight digits or more stands for it.
 */
export function findTime(stem: string): NameTime | undefined {
  // What nearly every name has is found without an expression.
  const run = lastRun(stem, secondsWidth);
  const time =
    run === undefined
      ? undefined
      : (wholeRun(stem, run.to - secondsWidth) ?? wholeRun(stem, run.from));
  return time ?? findWritten(stem) ?? longRun(stem, run ?? lastRun(stem, leastRun));
}

const secondsWidth = 14;
/** Shorter runs are numbers of all kinds. */
const leastRun = 8;

interface Run {
  readonly from: number;
  readonly to: number;
}

/** The last run of so many digits or more. */
function lastRun(stem: string, least: number): Run | undefined {
  let to = stem.length;
  for (let i = to - 1; i >= -1; i--) {
    const code = stem.charCodeAt(i);
    if (code >= 48 && code <= 57) continue;
    if (to - i - 1 >= least) return { from: i + 1, to };
    to = i;
  }
  return undefined;
}

/** yyyyMMddHHmmss at a place. */
function wholeRun(stem: string, from: number): NameTime | undefined {
  const to = from + secondsWidth;
  const written = {
    year: numberAt(stem, from, 4),
    month: numberAt(stem, from + 4, 2),
    day: numberAt(stem, from + 6, 2),
    hour: numberAt(stem, from + 8, 2),
    minute: numberAt(stem, from + 10, 2),
    second: numberAt(stem, from + 12, 2),
  };
  return isPossible(written)
    ? { from, to, digits: stem.slice(from, to), mayEndInSerial: false }
    : undefined;
}

function longRun(stem: string, run: Run | undefined): NameTime | undefined {
  if (run === undefined) return undefined;
  const { to } = run;
  // Before a time to the second the prefix itself may end in digits.
  const from = to - run.from >= secondsWidth ? to - secondsWidth : run.from;
  return { from, to, digits: stem.slice(from, to), mayEndInSerial: false };
}

const clock = String.raw`(?<joint>[-_. T]?)(?<HH>\d\d)(?<colon>[-_.:hH ]?)(?<mm>\d\d)(?:\k<colon>(?<ss>\d\d))?`;
const ends = String.raw`(?<!\d)`;
const starts = String.raw`(?!\d)`;
/** In the order in which they go before one another where they say as much. */
const forms = [
  String.raw`(?<yyyy>20\d\d)(?<dash>[-_. ]?)(?<MM>\d\d)\k<dash>(?<dd>\d\d)(?:${clock})?`,
  String.raw`(?<yyyy>20\d\d)(?<MM>\d\d)(?<dd>\d\d)(?<HH>\d\d)`,
  String.raw`(?<dd>\d\d)(?<dash>[-_. ]?)(?<MM>\d\d)\k<dash>(?<yyyy>20\d\d)(?:${clock})?`,
  String.raw`(?<yy>\d\d)(?<dash>[-_. ]?)(?<MM>\d\d)\k<dash>(?<dd>\d\d)${clock}`,
].map((form) => new RegExp(ends + form + starts, 'g'));

function findWritten(stem: string): NameTime | undefined {
  let best: NameTime | undefined;
  for (const form of forms) {
    let ofForm: NameTime | undefined;
    for (const { index, groups = {}, 0: text } of stem.matchAll(form)) {
      const time = timeOf(groups, index, index + text.length);
      if (time !== undefined && time.digits.length >= (ofForm?.digits.length ?? 0)) ofForm = time;
    }
    if ((ofForm?.digits.length ?? 0) > (best?.digits.length ?? 0)) best = ofForm;
  }
  return best;
}

function timeOf(
  groups: Readonly<Record<string, string | undefined>>,
  from: number,
  to: number,
): NameTime | undefined {
  const { yyyy, yy, MM = '', dd = '', HH = '', mm = '', ss = '', joint, colon } = groups;
  const year = yyyy ?? `20${yy ?? ''}`;
  const part = (text: string): number => Number(text);
  const written = {
    ...{ year: part(year), month: part(MM), day: part(dd) },
    ...{ hour: part(HH), minute: part(mm), second: part(ss) },
  };
  if (!isPossible(written)) return undefined;
  const mayEndInSerial = joint !== undefined && joint !== '' && colon === '';
  return { from, to, digits: year + MM + dd + HH + mm + ss, mayEndInSerial };
}

/** A clock that was never set shows 2000; a number beyond is no year of a logger. */
const [earliestYear, latestYear] = [2000, 2079];

function isPossible(written: WrittenTime): boolean {
  const { year = 0 } = written;
  return year >= earliestYear && year <= latestYear && instantOf(written, 0) !== undefined;
}

/** What a profile's nameTime is made of, the year in one of two ways. */
const fields = { yyyy: 4, yy: 2, MM: 2, dd: 2, HH: 2, mm: 2, ss: 2 } as const;
type Field = keyof typeof fields;
const inOrder = ['MM', 'dd', 'HH', 'mm', 'ss'] as const satisfies readonly Field[];
const part = /yyyy|yy|MM|dd|HH|mm|ss|[^]/gu;

function isField(text: string): text is Field {
  return Object.hasOwn(fields, text);
}

/** Whether a profile's nameTime gives a day at least, each field once, minutes only with hours. */
export function isNameTime(format: string): boolean {
  const found = (format.match(part) ?? []).filter(isField);
  const wanted = inOrder.filter((each) => found.includes(each));
  const isLeading = inOrder.slice(0, wanted.length).every((each) => found.includes(each));
  const years = found.filter((each) => each === 'yyyy' || each === 'yy');
  return (
    years.length === 1 && isLeading && wanted.length >= 2 && wanted.length + 1 === found.length
  );
}

/**
 * The time in a name without its extension, as a profile's nameTime writes the end of the name →
 * yyyyMMdd[HH[mm[ss]]] and what is before; undefined where the name ends otherwise. In
 * `nameTime` `?` is any one character and `*` any number of them. Of several places the last fits.
 */
export function readNameTime(
  stem: string,
  format: string,
): { readonly before: string; readonly time: string } | undefined {
  const parts = format.match(part) ?? [];
  const least = parts.reduce(
    (sum, each) => sum + (isField(each) ? fields[each] : each === '*' ? 0 : each.length),
    0,
  );
  for (let from = stem.length - least; from >= 0; from--) {
    const digits = matchEnd(stem, from, parts);
    if (digits === undefined) continue;
    const year = digits.get('yyyy') ?? `20${digits.get('yy') ?? ''}`;
    const time = year + inOrder.map((name) => digits.get(name) ?? '').join('');
    return { before: stem.slice(0, from), time };
  }
  return undefined;
}

/**
 * Whether the text from a place to its end is what the parts say → the digits of the fields. Only the
 * last `*` is ever tried again, which is enough, so the work is bounded by the product of the lengths.
 */
function matchEnd(
  text: string,
  from: number,
  parts: readonly string[],
): ReadonlyMap<Field, string> | undefined {
  const digits = new Map<Field, string>();
  let at = from;
  let next = 0;
  let retry: { readonly part: number; at: number } | undefined;
  while (next < parts.length || at < text.length) {
    const wanted = parts[next];
    if (wanted === '*') {
      retry = { part: next + 1, at };
      next++;
      continue;
    }
    const width = wanted === undefined ? undefined : widthAt(text, at, wanted);
    if (wanted !== undefined && width !== undefined) {
      if (isField(wanted)) digits.set(wanted, text.slice(at, at + width));
      at += width;
      next++;
      continue;
    }
    if (retry === undefined || retry.at >= text.length) return undefined;
    at = ++retry.at;
    next = retry.part;
  }
  return digits;
}

/** How many characters of the text a part covers; undefined where it does not fit. */
function widthAt(text: string, at: number, wanted: string): number | undefined {
  if (isField(wanted)) {
    const width = fields[wanted];
    return /^\d+$/.test(text.slice(at, at + width)) && at + width <= text.length
      ? width
      : undefined;
  }
  if (wanted === '?') return at < text.length ? 1 : undefined;
  return text.startsWith(wanted, at) ? wanted.length : undefined;
}
