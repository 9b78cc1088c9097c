import type { RecordRange } from '@envigate/postgres';
import { readTime, requireOrder } from '../../options.ts';

export interface RangeOptions {
  readonly from: string;
  readonly to?: string;
  readonly station?: string;
}

export function readRange({ from, to, station }: RangeOptions): RecordRange {
  const range = {
    from: readTime('from', from),
    to: to === undefined ? new Date() : readTime('to', to),
  };
  requireOrder(range);
  return { ...range, station };
}
