import type { QuarantineRows } from '@envigate/domain';
import { readChoice, readId, readTimeRange, type TimeRangeOptions } from '../../options.ts';

export interface SelectionOptions extends TimeRangeOptions {
  readonly account?: string;
  readonly station?: string;
  readonly scope?: string;
  readonly reason?: string;
  readonly text?: string;
}

/** Throws where an option has no sense; the text says what would have. */
export function readSelection(options: SelectionOptions): Omit<QuarantineRows, 'state' | 'fileId'> {
  const { account, station, reason, text } = options;
  const scope = readChoice('scope', options.scope, ['file', 'line']);
  return { account, station, scope, reason, text, ...readTimeRange(options) };
}

export function readRowId(text: string): number {
  return readId(text, 'row', 'envigate quarantine list');
}
