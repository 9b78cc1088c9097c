import { type Verdict, assessReadings } from '../assess-readings.ts';
import type { Registry, Rule, StationParameter } from '@envigate/contracts';
import { RegistryView } from '../../registry/registry-view.ts';
import type { AssessableReading } from '../stretches.ts';

export const start = Date.UTC(2026, 0, 1);
const minuteMs = 60_000;
export const at = (minute: number): number => start + minute * minuteMs;
const minuteOf = (instant: number): number => (instant - start) / minuteMs;

const codes = ['COD', 'PH', 'NO', 'NO2', 'NOX'];

/** One waste water station S that measures every parameter from 0 to 100, and rules. */
export function viewWith(
  rules: readonly Rule[],
  more: {
    readonly parameters?: readonly StationParameter[];
    readonly intervalMinutes?: number;
  } = {},
): RegistryView {
  const own = new Map(more.parameters?.map((item) => [item.parameter, item]));
  const registry: Registry = {
    facilities: [{ code: 'F', name: 'F' }],
    parameters: codes.map((code) => ({ code, symbol: code, name: code, nameEn: code, unit: 'u' })),
    targets: [],
    stations: [
      {
        ...{ code: 'S', facility: 'F', name: 'S', kind: 'waste-water' },
        parameters: codes.map((parameter) => ({
          ...{ parameter, min: 0, max: 100 },
          ...own.get(parameter),
        })),
        ...(more.intervalMinutes !== undefined && { intervalMinutes: more.intervalMinutes }),
      },
    ],
    accounts: [],
    rules: [...rules],
  };
  return new RegistryView(registry);
}

/**
 * Readings of one parameter, one every five minutes from minute 0 on: `7.1 7.2 - x cal <`, where `-`
 * is missing, `x` did not come, `cal` was calibrating and `<` is censored.
 */
export function series(text: string, parameter = 'COD', everyMinutes = 5): AssessableReading[] {
  return text.split(/\s+/).flatMap((word, i) => {
    const reading = readingAt(i * everyMinutes, Number(word), parameter);
    switch (word) {
      case 'x':
        return [];
      case '-':
        return [{ ...reading, value: null, flag: 9, reasons: ['missing@2'] }];
      case 'cal':
        return [{ ...reading, value: 5, flag: 2, reasons: ['status-calibrating@1'] }];
      case '<':
        return [{ ...reading, value: null, flag: 2, reasons: ['censored@1'] }];
      default:
        return [reading];
    }
  });
}

export function readingAt(minute: number, value: number, parameter = 'COD'): AssessableReading {
  const instant = at(minute);
  return { parameter, instant, revision: 1, value, unit: 'u', flag: 1, reasons: [] };
}

/** `minute flag` of each verdict, or `minute parameter flag` where it is not of COD. */
export function marks(view: RegistryView, readings: readonly AssessableReading[]): string[] {
  return assessReadings(view, 'S', readings).map(mark);
}

function mark({ instant, parameter, flag }: Verdict): string {
  return [minuteOf(instant), ...(parameter === 'COD' ? [] : [parameter]), flag].join(' ');
}
