import type { QuarantineRows } from '@envigate/domain';

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
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new Error(`'${text}' is no number of a row; \`envigate quarantine list\` shows them`);
  return id;
}

export function readTime(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const instant = new Date(text);
  if (/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(instant.getTime())) return instant;
  throw new Error(`--${name} must be a time with its offset, as 2026-03-25T00:00:00+07:00`);
}
