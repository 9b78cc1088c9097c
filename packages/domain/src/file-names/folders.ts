/**
 * A folder as one and the same text, however a client wrote it: absolute, without empty names, `.`
 * and a slash at its end, in NFC.
 */
export function normaliseFolder(folder: string): string {
  return `/${namesOf(folder).join('/')}`;
}

/**
 * The folder without the folders of a day or a month, wherever they stand: what loggers make anew
 * each day says nothing about whose file it is. `/S1/2026/11/29` → `/S1`; `/2026/11/29` → `/`.
 * The folder of a year alone stays, since a station may be called so.
 */
export function stationFolder(folder: string): string {
  const names = namesOf(folder);
  const kept: string[] = [];
  for (let at = 0; at < names.length;) {
    const dated = lengthOfDate(names, at);
    if (dated === 0) kept.push(names[at] ?? '');
    at += Math.max(dated, 1);
  }
  return `/${kept.join('/')}`;
}

export function namesOf(folder: string): readonly string[] {
  return folder
    .normalize('NFC')
    .split('/')
    .filter((name) => name !== '' && name !== '.');
}

/** A day of the calendar as `yyyyMMdd`; sorts as text. */
type Day = string;

/** Where a file of a drop folder belongs. */
export interface DropPlace {
  readonly account: string;
  /** Below the account's root, absolute, '/' for the root: the folder of the reception. */
  readonly folder: string;
  readonly name: string;
}

/** A folder made for a year, a month or a day. */
export interface DatedFolder {
  /** Code of the layout (EnviSoft's `path_format`). */
  readonly layout: number;
  readonly station: string;
  /** The last day whose files belong into it. */
  readonly lastDay: Day;
}

/**
 * The account of a drop folder's file is given, or is the first folder of its path; a file that
 * lies beside the accounts' folders belongs to nobody. Nothing else depends on the layout: a file
 * is received wherever it lies. `path` is absolute below the drop folder.
 */
export function placeInDropFolder(path: string, account?: string): DropPlace | undefined {
  const owner = ownerInDropFolder(path, account);
  const below = account === undefined ? path.slice(1 + (owner?.length ?? 0)) : path;
  const name = below.slice(below.lastIndexOf('/') + 1);
  if (owner === undefined || name === '') return undefined;
  const folder = below.slice(0, -name.length - 1) || '/';
  return { account: owner, folder, name };
}

/** The account alone, as placeInDropFolder reports it: asked for every file at every look. */
export function ownerInDropFolder(path: string, account?: string): string | undefined {
  if (account !== undefined) return account;
  const end = path.indexOf('/', 1);
  return end > 1 ? path.slice(1, end) : undefined;
}

const year = '(?<year>(?:19|20)\\d\\d)';
const month = '(?<month>\\d\\d)';
const day = '(?<day>\\d\\d)';

/**
 * The folders that loggers make below their station's, by the codes under which EnviSoft knows
 * them; code 1 is no folder at all. Letters in either case.
 */
const layouts: readonly { readonly layout: number; readonly names: readonly RegExp[] }[] = [
  { layout: 0, names: [year, month, day] },
  { layout: 3, names: [year, `thang${month}`, year + month + day] },
  { layout: 4, names: [year, `thang${month}`, `ngay${day}`] },
  { layout: 6, names: [year, `thang${month}`, day + month + year] },
  { layout: 8, names: [year, month, day + month + year] },
  { layout: 9, names: [`nam ${year}`, `thang ${month}`, `ngay ${day}`] },
  { layout: 2, names: [year + month + day] },
  { layout: 5, names: [`${year}-${month}-${day}`] },
  { layout: 7, names: [`${year}_${month}_${day}`] },
].map(({ layout, names }) => ({
  layout,
  names: names.map((name) => new RegExp(`^${name}$`, 'i')),
}));

/** Undefined for a folder whose end is not of a date. A year or month alone is the upper part of a layout. */
export function datedFolder(folder: string): DatedFolder | undefined {
  const names = folder.split('/').slice(1);
  // The longest first: `20261124` ends layout 3 and is layout 2.
  for (const length of [3, 2, 1]) {
    if (length > names.length) continue;
    const tail = names.slice(-length);
    const station = `/${names.slice(0, -length).join('/')}`;
    for (const { layout, names: patterns } of layouts) {
      const lastDay = patterns.length < length ? undefined : lastDayOf(tail, patterns);
      if (lastDay !== undefined) return { layout, station, lastDay };
    }
  }
  return undefined;
}

/**
 * How many of the names from `at` on are the folders of one day, or of one month in a year: the
 * longest layout that fits. 0 for none; a year alone is not a layout.
 */
function lengthOfDate(names: readonly string[], at: number): number {
  for (const length of [3, 2, 1]) {
    const tail = names.slice(at, at + length);
    if (tail.length < length) continue;
    const isDate = layouts.some(({ names: patterns }) => {
      const isWhole = patterns.length === length;
      return (isWhole || length === 2) && patterns.length >= length && fits(tail, patterns);
    });
    if (isDate) return length;
  }
  return 0;
}

function fits(names: readonly string[], patterns: readonly RegExp[]): boolean {
  return lastDayOf(names, patterns) !== undefined;
}

function lastDayOf(names: readonly string[], patterns: readonly RegExp[]): Day | undefined {
  const said: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const groups = patterns[index]?.exec(name)?.groups;
    if (groups === undefined) return undefined;
    for (const [part, digits] of Object.entries(groups)) {
      // 2026/Thang11/20261224 is nobody's layout.
      if (said[part] !== undefined && said[part] !== digits) return undefined;
      said[part] = digits;
    }
  }
  const { year, month = '12', day } = said;
  const first = new Date(Date.UTC(Number(year), Number(month) - 1, 1));
  const daysOfMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (first.getUTCMonth() !== Number(month) - 1) return undefined;
  if (day !== undefined && (Number(day) < 1 || Number(day) > daysOfMonth)) return undefined;
  return `${year}${month}${day ?? daysOfMonth}`;
}
