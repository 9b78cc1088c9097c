import { defaultUtcOffsetMinutes } from '../normalise/normalise-file.ts';

/** Dates and numbers as officers read them: on the board, at the terminal, in mails. */

export interface TimeOptions {
  /** Of the clock that is shown; default: the clock of Vietnam. */
  readonly utcOffsetMinutes?: number;
  readonly withSeconds?: boolean;
}

/** `25/03/2026 06:20`. */
export function officersTime(
  instant: Date,
  { utcOffsetMinutes = defaultUtcOffsetMinutes, withSeconds = false }: TimeOptions = {},
): string {
  const local = new Date(instant.getTime() + utcOffsetMinutes * 60_000).toISOString();
  const date = `${local.slice(8, 10)}/${local.slice(5, 7)}/${local.slice(0, 4)}`;
  return `${date} ${local.slice(11, withSeconds ? 19 : 16)}`;
}

const vietnamese = new Intl.NumberFormat('vi-VN', { maximumFractionDigits: 1 });

/** `1.234,5`: to a tenth. */
export function officersNumber(value: number): string {
  return vietnamese.format(value);
}
