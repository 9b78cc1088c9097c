import type { Parameter, Reading } from '@envigate/contracts';
import { ruleOf, withVersion } from '../reasons/reasons.ts';
import { canonicalUnit } from '../units/canonical-unit.ts';
import { formatLocalTime } from '../times/local-time.ts';

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
export function officialValue({ value, rawValue }: Pick<Reading, 'value' | 'rawValue'>): string {
  if (value === null) return '---';
  const written = rawValue.trim();
  if (plainDecimal.test(written) && Number(written) === value) return written;
  return plainNumber.format(value);
}

// No exponent.
const plainNumber = new Intl.NumberFormat('en-US', {
  useGrouping: false,
  maximumSignificantDigits: maxDigits,
});
