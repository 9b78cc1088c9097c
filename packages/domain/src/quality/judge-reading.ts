import type { Reading } from '@envigate/contracts';
import {
  type NoNumber,
  type ParsedValue,
  parseValue,
  type DecimalSign,
} from '../values/parse-value.ts';
import { reasonOf, withVersion, type ReadingReason } from '../reasons/reasons.ts';
import {
  isBelowAbsoluteZero,
  registerLimit,
  type MeasuredParameter,
  type PhysicalBounds,
} from './measured-parameter.ts';
import type { ResolvedUnit } from '../values/units.ts';
import type { StatusCode } from '../station-files/station-line.ts';

export interface Judgement {
  readonly flag: QualityFlag;
  /** Stored form, with the version of each rule and what decided. */
  readonly reasons: string[];
}

export interface Evidence {
  /** As written, in the unit sent. */
  readonly sent: ParsedValue;
  /** `sent` in the unit of the reading, where it is a number. */
  readonly value: number | undefined;
  readonly status: string;
  /** Undefined where the registry does not know the symbol. */
  readonly parameter: MeasuredParameter | undefined;
  /** What became of the unit; undefined where the symbol is unknown. */
  readonly unit: ResolvedUnit | undefined;
}

/**
 * The rules that need one reading only. The first of these that holds decides the flag; every
 * reason that was met on the way is kept, in this order:
 *
 * 1. no value (`missing`, `word-for-value`: 9) or no number (`unparsable`, `ambiguous-number`: 4);
 * 2. not measuring, by the status: 2, since no rule can tell a bad value from a calibration gas;
 * 3. no number but a bound (`censored`, `not-detected`): 2;
 * 4. a number in place of a result: `sentinel` 4, `register-limit` 4 where every bit is set,
 *    `zero-missing` 9;
 * 5. a temperature that nothing has: `physically-impossible` 4;
 * 6. an unknown symbol or a unit that does not fit: 2, for there is nothing to judge by;
 * 7. the worst of `out-of-range`, `physically-impossible` (4), `negative`, `zero-suspect`,
 *    `register-limit`, `factor-unverified` (3);
 * 8. good.
 */
export function judgeReading({ sent, value, status, parameter, unit }: Evidence): Judgement {
  const { good, notEvaluated, suspect, bad, missing } = qualityFlags;
  const reasons: string[] = [];
  const statusReason = reasonOfStatus(status);

  if (typeof sent === 'string') reasons.push(withVersion(sent));
  else if (typeof sent === 'object') reasons.push(withVersion('censored'));
  if (statusReason !== undefined) reasons.push(withVersion(statusReason));
  if (parameter === undefined) reasons.push(unknownSymbol);
  if (unit?.reason !== undefined) reasons.push(unit.reason);

  if (typeof sent === 'string' && sent !== 'not-detected')
    return { flag: flagOfNoNumber(sent), reasons };
  if (statusReason !== undefined) return { flag: notEvaluated, reasons };
  if (typeof sent !== 'number' || value === undefined) return { flag: notEvaluated, reasons };
  if (parameter === undefined || unit === undefined) return { flag: notEvaluated, reasons };
  const sentinel = sentinelOf(parameter, sent, value);
  if (sentinel !== undefined) {
    reasons.push(withVersion('sentinel', String(sentinel)));
    return { flag: bad, reasons };
  }
  const limit = parameter.doubtsRegisterLimits ? registerLimit(sent, value) : undefined;
  if (limit?.isAllOnes === true) {
    reasons.push(withVersion('register-limit', String(limit.code)));
    return { flag: bad, reasons };
  }
  if (sent === 0 && parameter.zero === 'missing') {
    reasons.push(withVersion('zero-missing'));
    return { flag: missing, reasons };
  }
  if (isBelowAbsoluteZero(value, unit.unit)) {
    reasons.push(withVersion('physically-impossible'));
    return { flag: bad, reasons };
  }
  if (!unit.fits) return { flag: notEvaluated, reasons };

  let flag: QualityFlag = unit.verified ? good : suspect;
  if (value === 0 && parameter.zero === 'suspect') {
    reasons.push(withVersion('zero-suspect'));
    flag = suspect;
  }
  if (value < parameter.min || value > parameter.max) {
    reasons.push(withVersion('out-of-range', rangeText(parameter)));
    return { flag: bad, reasons };
  }
  if (value < parameter.physical.min || value > parameter.physical.max) {
    reasons.push(withVersion('physically-impossible', rangeText(parameter.physical)));
    return { flag: bad, reasons };
  }
  if (limit !== undefined) {
    reasons.push(withVersion('register-limit', String(limit.code)));
    flag = suspect;
  }
  if (value < 0 && !parameter.mayBeNegative) {
    reasons.push(withVersion('negative'));
    // A zero that drifts is common and shows the state of the sensor; it is for a person to decide.
    flag = suspect;
  }
  return { flag, reasons };
}

/** Is the reading kept under a symbol that the registry did not know? */
export function isUnknownSymbol({ reasons }: Pick<Reading, 'reasons'>): boolean {
  return reasons.includes(unknownSymbol);
}

const unknownSymbol = withVersion('unknown-symbol');

function flagOfNoNumber(why: Exclude<NoNumber, 'not-detected'>): QualityFlag {
  switch (why) {
    case 'missing':
    case 'word-for-value':
      return qualityFlags.missing;
    case 'unparsable':
    case 'ambiguous-number':
      return qualityFlags.bad;
  }
}

/**
 * A logger that divides by a thousand divides its sentinel too. Converted, and rounded by the logger before,
 * the number may differ from the sentinel by one part in a million.
 */
const roundingPart = 1e-6;

function sentinelOf(
  { sentinels }: MeasuredParameter,
  sent: number,
  value: number,
): number | undefined {
  if (sentinels.has(sent)) return sent;
  if (value === sent) return undefined;
  for (const sentinel of sentinels)
    if (Math.abs(value - sentinel) <= Math.abs(sentinel) * roundingPart) return sentinel;
  return undefined;
}

/** `0..14`, an end that there is not left out. */
function rangeText({ min, max }: PhysicalBounds): string {
  return `${min === -Infinity ? '' : min}..${max === Infinity ? '' : max}`;
}

/**
 * Why a device status (column 5 of the official form) makes a reading one that was not measured;
 * undefined for `00`, đang đo. Only the form's own two digits count: `0` may be a line cut short.
 */
function reasonOfStatus(status: string): ReadingReason | undefined {
  switch (status) {
    case '00':
      return undefined;
    case '01':
      return 'status-calibrating';
    case '02':
      return 'status-fault';
    case '03':
      return 'status-maintenance';
    default:
      return 'status-unknown';
  }
}

/**
 * The other way round, of a stored reading: what its status was read as, however it was written.
 * The reason is reported of every reading that has one, whatever else is wrong with it, so it need not
 * be stored besides. Undefined where the status meant nothing that is known.
 */
export function statusCodeOf(reasons: readonly string[]): StatusCode | undefined {
  for (const reason of reasons) {
    switch (reasonOf(reason)?.code) {
      case 'status-calibrating':
        return '01';
      case 'status-fault':
        return '02';
      case 'status-maintenance':
        return '03';
      case 'status-unknown':
        return undefined;
      default:
    }
  }
  return '00';
}

/** Quality flags after QARTOD. */
export const qualityFlags = { good: 1, notEvaluated: 2, suspect: 3, bad: 4, missing: 9 } as const;

export type QualityFlag = Reading['flag'];

/** A stored reading, as far as its number goes. */
export type StoredNumber = Pick<Reading, 'value' | 'rawValue' | 'flag'> & {
  /** Of a censored value, in the unit of the reading. */
  readonly limit: number | null;
  /** Of the raw number to the stored one; null: 1. */
  readonly factor: number | null;
};

const signs: readonly DecimalSign[] = ['auto', 'point', 'comma'];
/** A factor is stored with 15 digits. */
const relativeTolerance = 1e-9;

/**
 * Whether a stored number is one that its raw text says, by whichever decimal sign the file was read with. A
 * number that was declared to be no value is stored as missing.
 */
export function agreesWithRawText({ value, rawValue, flag, limit, factor }: StoredNumber): boolean {
  const said = signs.map((sign) => parseValue(rawValue, sign));
  const isSame = (stored: number, raw: number): boolean => {
    const expected = raw * (factor ?? 1);
    const larger = Math.max(Math.abs(stored), Math.abs(expected));
    return Math.abs(stored - expected) <= larger * relativeTolerance;
  };
  if (value !== null) return said.some((raw) => typeof raw === 'number' && isSame(value, raw));
  if (limit !== null)
    return said.some((raw) => typeof raw === 'object' && isSame(limit, raw.limit));
  return flag === qualityFlags.missing || said.some((raw) => typeof raw === 'string');
}
