import type { BilingualText } from '@envigate/contracts';
import { defaultUtcOffsetMinutes } from '../normalise/normalise-file.ts';
import { instantOf } from '../times/local-time.ts';

/** Dates and numbers as officers read and write them: on the board, at the terminal, in mails. */

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

/** `512,5 MiB · 512.5 MiB`, from a gibibyte on `1,5 GiB · 1.5 GiB`: to a tenth. */
export function sizeInWords(bytes: number): BilingualText {
  const [size, unit] = bytes < 2 ** 30 ? [bytes / 2 ** 20, 'MiB'] : [bytes / 2 ** 30, 'GiB'];
  return { vi: `${officersNumber(size)} ${unit}`, en: `${size.toFixed(1)} ${unit}` };
}

const vietnameseToTheLast = new Intl.NumberFormat('vi-VN', { maximumFractionDigits: 20 });

/** `1.234,567`: with every digit. */
export function exactNumber(value: number): string {
  return vietnameseToTheLast.format(value);
}

const minuteMs = 60_000;
/** Longer ones are given in days. */
const longestInHours = 72;

/** `12 giờ 15 phút`, `45 phút`; above 72 hours `3 ngày 5 giờ`. Whole minutes or hours, rounded down. */
export function officersDuration(ms: number): BilingualText {
  const minutes = Math.max(0, Math.floor(ms / minuteMs));
  const hours = Math.floor(minutes / 60);
  const two = (count: number): string => String(count).padStart(2, '0');
  if (hours === 0) return { vi: `${minutes} phút`, en: `${minutes} min` };
  if (hours <= longestInHours)
    return {
      vi: `${two(hours)} giờ ${two(minutes % 60)} phút`,
      en: `${hours} h ${minutes % 60} min`,
    };
  const [days, rest] = [Math.floor(hours / 24), hours % 24];
  return { vi: `${officersNumber(days)} ngày ${rest} giờ`, en: `${days} d ${rest} h` };
}

const written = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;

/**
 * `25/03/2026 06:20`, with or without seconds, on the clock of Vietnam; a date alone is its beginning.
 * Undefined where it is not written so, or no time of the calendar.
 */
export function parseOfficersTime(text: string): Date | undefined {
  const match = written.exec(text.trim());
  if (match === null) return undefined;
  const parts = match.slice(1) as readonly (string | undefined)[];
  const [day, month, year, hour, minute, second] = parts.map((part) => Number(part ?? 0));
  const fields = { year, month, day, hour, minute, second };
  const instantMs = instantOf(fields, defaultUtcOffsetMinutes);
  return instantMs === undefined ? undefined : new Date(instantMs);
}

const rfc3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt]((?:[01]\d|2[0-3]):\d{2}:\d{2})(\.\d{1,9})?([Zz]|[+\- ]\d{2}:\d{2})$/;

/**
 * A time that a person or a program gives: RFC 3339, or as an officer writes it. Undefined where it
 * is neither, or no time of the calendar. The `+` of an offset may have become a blank, as it does in
 * a query that was not encoded.
 */
export function parseGivenTime(text: string): Date | undefined {
  const match = rfc3339.exec(text);
  if (match === null) return parseOfficersTime(text);
  const [, date = '', time = '', fraction = '', offset = ''] = match;
  // Date carries 31 June over into July; a day that moved was not on the calendar.
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) return undefined;
  const zone = offset.toUpperCase().replace(' ', '+');
  const instant = new Date(`${date}T${time}${fraction.slice(0, 4)}${zone}`);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

/** What is wrong with a text that parseGivenTime does not read, and how to write it. */
export function describeTimeFault(text: string): BilingualText {
  const shown = JSON.stringify(text);
  const forms = ['25/03/2026 00:00', '2026-03-25T00:00:00+07:00'];
  const [vi, en] = /^\d{4}-\d{2}-\d{2}$/.test(text)
    ? ['là ngày, thiếu giờ và múi giờ', 'is a date without a time of day and an offset']
    : ['không đúng định dạng thời gian', 'is not a time in a known form'];
  return {
    vi: `${shown} ${vi}; ví dụ ${forms.join(' hoặc ')}`,
    en: `${shown} ${en}; write it like ${forms.join(' or ')}`,
  };
}
