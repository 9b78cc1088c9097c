import type { Censored, Reading, Station } from '@envigate/contracts';
import type { DecimalSign } from '../numbers/decimal-notation.ts';
import { parseValue } from '../numbers/parse-value.ts';
import { judgeReading } from '../quality/judge-reading.ts';
import { qualityFlags } from '../quality/quality-flags.ts';
import { findParameter } from '../registry/find-parameter.ts';
import type { FoundParameter } from '../registry/registry-index.ts';
import type { RegistryView } from '../registry/registry-view.ts';
import { isStatusCode } from '../station-files/status-code.ts';
import type { StationLine } from '../station-files/station-line.ts';
import { canonicalUnit } from '../units/canonical-unit.ts';
import { scaleBy } from '../units/exact-factor.ts';
import type { ResolvedUnit } from '../units/resolve-unit.ts';

/** A line that was understood → its reading: what its symbol, unit and value mean at this station, judged. */
export function toReading(
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
