import type { QuarantineRows } from '@envigate/domain';
import { readId, readTime } from '../../options.ts';

export interface SelectionOptions {
  readonly account?: string;
  readonly station?: string;
  readonly scope?: string;
  readonly reason?: string;
  readonly text?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Throws where an option has no sense; the text says what would have. */
export function readSelection(options: SelectionOptions): Omit<QuarantineRows, 'state' | 'fileId'> {
  const { account, station, scope, reason, text } = options;
  if (scope !== undefined && scope !== 'file' && scope !== 'line')
    throw new Error(`--scope must be file or line, not '${scope}'`);
  const [from, to] = [readTime('from', options.from), readTime('to', options.to)];
  return { account, station, scope, reason, text, from, to };
}

export function readRowId(text: string): number {
  return readId(text, 'row', 'envigate quarantine list');
}
