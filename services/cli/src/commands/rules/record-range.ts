import type { RecordRange } from '@envigate/postgres';

export interface RangeOptions {
  readonly from: string;
  readonly to?: string;
  readonly station?: string;
}

export function readRange({ from, to, station }: RangeOptions): RecordRange {
  const range = {
    from: readTime('--from', from),
    to: to === undefined ? new Date() : readTime('--to', to),
  };
  if (range.from >= range.to) throw new Error('--from must be before --to');
  return { ...range, station };
}

/** RFC 3339 with an offset: a time without one means another to each reader. */
function readTime(option: string, text: string): Date {
  const time = new Date(text);
  if (!/T.*(Z|[+-]\d\d:\d\d)$/i.test(text) || Number.isNaN(time.getTime()))
    throw new Error(`${option} must be a time as 2026-03-25T00:00:00+07:00, not '${text}'`);
  return time;
}
