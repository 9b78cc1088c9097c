import { sentence } from '../reasons/sentences.ts';
import type { Censored, FileWarning, Reading, RejectedLine, Station } from '@envigate/contracts';
import { type DecimalSign, parseValue } from '../values/parse-value.ts';
import { LineWarnings } from '../reasons/reasons.ts';
import {
  type RegistryView,
  findParameter,
  type FoundParameter,
} from '../registry/registry-view.ts';
import { rejectLine } from '../station-files/read-cells.ts';
import { type StationLine, isStatusCode } from '../station-files/station-line.ts';
import { judgeReading, qualityFlags } from '../quality/judge-reading.ts';
import { canonicalUnit, scaleBy, type ResolvedUnit } from '../values/units.ts';

export interface CollectedReadings {
  readonly readings: Reading[];
  readonly rejectedLines: RejectedLine[];
  readonly warnings: FileWarning[];
}

/**
 * Lines → one reading per parameter and instant. A line that repeats another is a warning; one
 * that contradicts it is rejected, since the file does not say which of the two is true and a
 * reading that was sent first is not to be replaced without a new file.
 */
export function collectReadings(
  lines: readonly StationLine[],
  station: Station,
  registry: RegistryView,
  decimalSign: DecimalSign = 'auto',
): CollectedReadings {
  const readings: Reading[] = [];
  const rejectedLines: RejectedLine[] = [];
  const duplicates = new LineWarnings('duplicate-line');
  const byInstant = new Map<string, Map<string, Reading>>();
  let instant: string | undefined;
  let known = new Map<string, Reading>();
  let repeated: StationLine | undefined;
  let contradicting: StationLine | undefined;

  for (const line of lines) {
    if (line.instant !== instant) {
      instant = line.instant;
      known = byInstant.get(instant) ?? new Map<string, Reading>();
      byInstant.set(instant, known);
    }
    const reading = toReading(line, station, registry, decimalSign);
    const earlier = known.get(reading.parameter);
    if (earlier === undefined) {
      known.set(reading.parameter, reading);
      readings.push(reading);
    } else if (saysTheSame(earlier, reading)) {
      if (!isSameLine(line, repeated)) {
        duplicates.add(sentence('line-repeats@1', reading.line, earlier.line));
      }
      repeated = line;
    } else {
      if (!isSameLine(line, contradicting)) {
        const expected = sentence('result-of-line@1', earlier.line);
        rejectedLines.push(
          rejectLine(line, { reason: 'conflicting-duplicate', column: 2, expected }),
        );
      }
      contradicting = line;
    }
  }
  return { readings, rejectedLines, warnings: duplicates.list() };
}

/** Several readings of a table are on one line, which is reported once. */
function isSameLine(line: StationLine, other: StationLine | undefined): boolean {
  return line.line === other?.line && line.text === other.text;
}

function saysTheSame(one: Reading, other: Reading): boolean {
  return (
    one.value === other.value &&
    one.unit === other.unit &&
    one.status === other.status &&
    one.censored?.relation === other.censored?.relation &&
    one.censored?.limit === other.censored?.limit &&
    // Two texts without a number are not the same unless written the same.
    (one.value !== null || one.censored !== undefined || one.rawValue === other.rawValue)
  );
}

/** A line that was understood → its reading: what its symbol, unit and value mean at this station, judged. */
function toReading(
  line: StationLine,
  station: Station,
  registry: RegistryView,
  decimalSign: DecimalSign,
): Reading {
  const found = findParameter(registry, station, line.symbol);
  const unit = found === undefined ? undefined : resolveUnitOf(line, found);
  const sent = parseValue(line.value, decimalSign);
  const value = typeof sent === 'number' ? scaled(sent, unit) : undefined;
  const parameter = found?.parameter;
  const { flag, reasons } = judgeReading({ sent, value, status: line.statusCode, parameter, unit });
  const reading: Reading = {
    parameter: parameter?.code ?? line.symbol.normalize('NFC'),
    instant: line.instant,
    // What the registry declares as no value is not a value, though it is written as a number.
    value: value === undefined || flag === qualityFlags.missing ? null : value,
    unit: unit?.unit ?? canonicalUnit(line.unit) ?? line.unit,
    rawValue: line.value,
    rawUnit: line.unit,
    status: line.status,
    flag,
    reasons,
    line: line.line,
  };
  if (line.statusCode !== line.status && isStatusCode(line.statusCode)) {
    reading.statusCode = line.statusCode;
  }
  if (typeof sent === 'object') reading.censored = scaledLimit(sent, unit);
  if (unit?.factor !== undefined && typeof sent !== 'string') reading.factor = unit.factor;
  return reading;
}

function resolveUnitOf(
  { unit }: StationLine,
  { parameter, unitInSymbol }: FoundParameter,
): ResolvedUnit {
  const isAbsent = unitInSymbol !== undefined && canonicalUnit(unit) === '';
  return parameter.resolve(isAbsent ? unitInSymbol : unit);
}

function scaled(value: number, unit: ResolvedUnit | undefined): number {
  return unit?.scale === undefined ? value : scaleBy(value, unit.scale);
}

function scaledLimit({ relation, limit }: Censored, unit: ResolvedUnit | undefined): Censored {
  return { relation, limit: scaled(limit, unit) };
}
