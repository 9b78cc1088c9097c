import { withVersion } from '../reasons/reasons.ts';
import { canonicalUnit } from './canonical-unit.ts';
import { chain, exactFactor, factorOf, unscaled, type Scale } from './exact-factor.ts';
import { twinUnit } from './twin-unit.ts';

/** A factor of the registry from a unit that no exact one leads from. Units canonical. */
export interface UnitConversion {
  readonly from: string;
  readonly to: string;
  readonly factor: number;
  readonly verified: boolean;
}

/** What a station's values of one parameter are to be in. */
export interface UnitRule {
  /** Canonical; '' for a parameter without unit. */
  readonly unit: string;
  /** What this station's numbers are multiplied by whatever unit they are sent with; undefined: by the unit. */
  readonly stationFactor: number | undefined;
  readonly conversions: readonly UnitConversion[];
}

/** The unit of a reading and what its number is multiplied by to be in it. */
export interface ResolvedUnit {
  readonly unit: string;
  readonly scale: Scale | undefined;
  /** `scale` as one number; undefined where it is 1. */
  readonly factor: number | undefined;
  /** Whether rules for the registry's unit hold for the number. */
  readonly fits: boolean;
  /** Stored form of the reason, where the unit or the factor calls for one. */
  readonly reason: string | undefined;
  /** False where the factor is one that nobody has confirmed yet. */
  readonly verified: boolean;
}

/**
 * The unit of a value: what the logger wrote against what the registry expects. Converted where an
 * exact factor or one of the registry leads there; else kept as sent, and no rule may take its
 * number for one of the registry's unit.
 */
export function resolveUnit(rawUnit: string, rule: UnitRule): ResolvedUnit {
  const { unit, stationFactor } = rule;
  const sent = canonicalUnit(rawUnit) ?? rawUnit;
  const isMissing = sent === '' && unit !== '';
  if (stationFactor !== undefined) {
    const scale = { multiply: stationFactor, divide: 1 };
    return inUnit(unit, { scale, reason: isMissing ? unitMissing : undefined });
  }
  if (isMissing) return inUnit(unit, { reason: unitMissing });
  // Loggers name the scale of pH where its unit would be; for any other parameter it is the wrong one.
  if (sent === 'pH' && unit === '') return inUnit(unit, {});
  const exact = exactFactor(sent, unit);
  if (exact !== undefined) return inUnit(unit, { scale: exact });
  for (const conversion of rule.conversions) {
    const scale = scaleThrough(conversion, sent, unit);
    if (scale === undefined) continue;
    if (conversion.verified) return inUnit(unit, { scale });
    const reason = withVersion('factor-unverified', String(conversion.factor));
    return inUnit(unit, { scale, reason, verified: false });
  }
  return (
    inTwin(sent, unit) ??
    inUnit(sent, { fits: false, reason: withVersion('unit-unexpected', nameOf(unit)) })
  );
}

const unitMissing = withVersion('unit-missing');

function inUnit(
  unit: string,
  { scale = unscaled, ...more }: Partial<Omit<ResolvedUnit, 'unit' | 'factor'>>,
): ResolvedUnit {
  const factor = factorOf(scale);
  const scaled = factor === 1 ? { scale: undefined, factor: undefined } : { scale, factor };
  return { fits: true, reason: undefined, verified: true, ...more, unit, ...scaled };
}

function nameOf(unit: string): string {
  return unit === '' ? 'without unit' : unit;
}

/** From the unit sent to the conversion's, through it, and on to the registry's. */
function scaleThrough(conversion: UnitConversion, sent: string, unit: string): Scale | undefined {
  const before = exactFactor(sent, conversion.from);
  const after = exactFactor(conversion.to, unit);
  if (before === undefined || after === undefined) return undefined;
  return chain(chain(before, { multiply: conversion.factor, divide: 1 }), after);
}

function inTwin(sent: string, unit: string): ResolvedUnit | undefined {
  const twin = twinUnit(unit);
  const scale = twin === undefined ? undefined : exactFactor(sent, twin);
  if (twin === undefined || scale === undefined) return undefined;
  return inUnit(twin, { scale, reason: withVersion('unit-conditions', nameOf(unit)) });
}
