import type { Facility, Parameter, Reading, Station, Target } from '@envigate/contracts';
import { ruleOf, withVersion } from '../reasons/reasons.ts';
import { canonicalUnit } from '../values/units.ts';
import { formatLocalTime } from '../times/local-time.ts';
import { qualityFlags } from '../quality/judge-reading.ts';

/**
 * The wire form of Phụ lục 15, TT 10/2021: one line per reading, five columns (symbol, value,
 * unit, time, status) divided by TAB, CRLF, UTF-8 without BOM, times at the station's own clock.
 */

/** A reading together with what its parameter is officially called. */
export interface OfficialRow {
  readonly parameter: Parameter;
  readonly reading: OfficialReading;
}

type OfficialReading = Pick<
  Reading,
  'value' | 'unit' | 'rawValue' | 'rawUnit' | 'status' | 'statusCode' | 'reasons' | 'factor'
>;

const encoder = new TextEncoder();

/** Rows of one instant, in the order given. */
export function writeOfficialFile(
  rows: readonly OfficialRow[],
  instantMs: number,
  utcOffsetMinutes: number,
): Uint8Array {
  const time = formatLocalTime(instantMs, utcOffsetMinutes);
  return encoder.encode(rows.map((row) => officialLine(row, time)).join(''));
}

function officialLine({ parameter, reading }: OfficialRow, time: string): string {
  const { value, unit } = confirmed(reading);
  const columns = [
    parameter.symbol,
    officialValue({ value, rawValue: reading.rawValue }),
    // Older readers at the ministry split on blanks: an empty cell would shift the columns.
    unit === '' ? '-' : unit,
    time,
    (reading.statusCode ?? reading.status).trim(),
  ];
  return `${columns.map(oneCell).join('\t')}\r\n`;
}

/** More than a measurement can have: 0.1 × 3 is written 0.3. */
const maxDigits = 12;

const unverified = withVersion('factor-unverified');

/** A factor that nobody has confirmed does not leave the office: what it converted goes as it was sent. */
function confirmed({ value, unit, rawUnit, factor, reasons }: OfficialReading): {
  value: number | null;
  unit: string;
} {
  const isConfirmed =
    factor === undefined || !reasons.some((reason) => ruleOf(reason) === unverified);
  if (isConfirmed || value === null) return { value, unit };
  const sent = Number((value / factor).toPrecision(maxDigits));
  return { value: sent, unit: canonicalUnit(rawUnit) ?? rawUnit };
}

/** Keeps text of the outside world (a status as sent) from adding cells or lines. */
function oneCell(text: string): string {
  return text.replace(/[\t\r\n]+/g, ' ');
}

const plainDecimal = /^-?\d+(\.\d+)?$/;

/** The logger's own digits where they still mean the value; `---` where there is none (logger L1's form). */
function officialValue({ value, rawValue }: Pick<Reading, 'value' | 'rawValue'>): string {
  if (value === null) return '---';
  const written = rawValue.trim();
  if (plainDecimal.test(written) && Number(written) === value) return written;
  plainNumber ??= new Intl.NumberFormat('en-US', {
    useGrouping: false,
    maximumSignificantDigits: maxDigits,
  });
  return plainNumber.format(value);
}

/** Without an exponent. Made at its first use: it takes 10 ms, and most processes write no official file. */
let plainNumber: Intl.NumberFormat | undefined;

/**
 * May this reading travel to the ministry as a row of the official form?
 *
 * The office answers for the quality of what it forwards (seed letter of 2022), and a value is
 * never invented. So a measurement (status `00`) goes only with a number that is not known to be
 * bad; suspect ones go, since suspicion is no proof. A row whose device said calibrating, fault or
 * anything else goes with that status: it is what the station did, and the status says that it is
 * no measurement. A status that is known to mean one of the form's (`0`, a word of a profile) counts
 * as that one. A row without any status does not go: we cannot say which it is.
 *
 * A measurement of which only a bound is known (`<0.01`) stays here: the official form has no way to
 * say it, and its readers make 0 of what is no number.
 */
export function isForwardable(
  reading: Pick<Reading, 'value' | 'flag' | 'status' | 'statusCode'>,
): boolean {
  const status = reading.statusCode ?? reading.status;
  if (status !== measuring) return status.trim() !== '';
  const { bad, missing } = qualityFlags;
  return reading.value !== null && reading.flag !== bad && reading.flag !== missing;
}

/** Đang đo. */
const measuring = '00';

/** What the present system (EnviSoft, table stations_send_data) names forwarded files by default. */
const defaultFileNamePrefix = '{province}_{agent}_{station}';

/**
 * `{province}_{agent}_{station}_yyyyMMddHHmmss.txt`, or the target's own prefix before the time.
 * Province codes are the old 63, in their mixed case. Without a code of its own a facility is
 * called by its registry code; without a province the prefix begins with the agent.
 *
 * Two deliveries of one moment get the same name: at the ministry the later replaces the earlier,
 * and as each has the whole moment nothing is lost by it. A target may want them named apart.
 */
export function deliveryFileName(
  target: Target,
  station: Station,
  facility: Facility | undefined,
  dataInstantMs: number,
  utcOffsetMinutes: number,
): string {
  const parts: Readonly<Record<string, string>> = {
    province: facility?.provinceCode ?? '',
    agent: facility?.agentCode ?? station.facility,
    station: station.code,
  };
  const prefix = (target.fileNamePrefix ?? defaultFileNamePrefix)
    .replace(/\{(province|agent|station)\}/g, (_, part: string) => parts[part] ?? '')
    .replace(/_{2,}/g, '_')
    .replace(/^_|_$/g, '');
  return `${safeName(prefix)}_${formatLocalTime(dataInstantMs, utcOffsetMinutes)}.txt`;
}

/**
 * The name of the second, third … delivery of a moment, where the target wants them apart. It sorts
 * after the first one's and before those of later moments, as `_` comes after `.`: a reader that
 * passes over names at or below the last one it knows takes it while its moment is the newest.
 */
export function nameApart(fileName: string, ordinal: number): string {
  return fileName.replace(/\.txt$/, `_${String(ordinal).padStart(2, '0')}.txt`);
}

/** A name is one name: no folders, no control characters, nothing hidden. */
function safeName(text: string): string {
  return text.replace(/[/\\\u0000-\u001f\u007f]/g, '-').replace(/^\.+/, '');
}
