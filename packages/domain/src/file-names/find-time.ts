import { instantOf, type WrittenTime } from '../times/local-time.ts';
import { numberAt } from '../times/parse-time.ts';

/** A time in a name without its extension. */
export interface NameTime {
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
