import type { Reading } from '@envigate/contracts';
import { withVersion, type ReadingReason } from '../reasons/reasons.ts';
import type { MeasuredParameter } from '../registry/registry-index.ts';

/** Quality flags after QARTOD. */
export const qualityFlags = { good: 1, notEvaluated: 2, suspect: 3, bad: 4, missing: 9 } as const;

export interface Judgement {
  readonly flag: Reading['flag'];
  /** Stored form, with the version of each rule. */
  readonly reasons: string[];
}

export interface Evidence {
  readonly value: number | 'missing' | 'unparsable';
  readonly status: string;
  readonly unitReason: 'unit-missing' | 'unit-unexpected' | undefined;
  /** Undefined where the registry does not know the symbol. */
  readonly parameter: MeasuredParameter | undefined;
}

/**
 * The rules that need one reading only. A value is judged where the device was measuring, the
 * parameter is known and the unit is its own; elsewhere it is stored and not evaluated.
 */
export function judgeReading({ value, status, unitReason, parameter }: Evidence): Judgement {
  const { good, notEvaluated, suspect, bad, missing } = qualityFlags;
  const reasons: string[] = [];
  const because = (reason: ReadingReason) => reasons.push(withVersion(reason));

  const statusReason = reasonOfStatus(status);
  if (typeof value === 'string') because(value);
  if (statusReason !== undefined) because(statusReason);
  if (parameter === undefined) because('unknown-symbol');
  if (unitReason !== undefined) because(unitReason);

  if (value === 'missing') return { flag: missing, reasons };
  if (value === 'unparsable') return { flag: bad, reasons };
  if (statusReason !== undefined) return { flag: notEvaluated, reasons };
  if (sentinels.has(value)) {
    because('sentinel');
    return { flag: bad, reasons };
  }
  if (parameter === undefined || unitReason === 'unit-unexpected') {
    return { flag: notEvaluated, reasons };
  }
  if (value < parameter.min || value > parameter.max) {
    because('out-of-range');
    return { flag: bad, reasons };
  }
  if (value < 0 && !parameter.mayBeNegative) {
    because('negative');
    // A zero that drifts is common and tells of the sensor; it is for a person to decide.
    return { flag: suspect, reasons };
  }
  return { flag: good, reasons };
}

/** Numbers that loggers and simulators send for "no result". */
const sentinels: ReadonlySet<number> = new Set([99_999, -9_999, 9_999.99]);

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
