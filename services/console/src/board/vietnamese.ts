import { defaultUtcOffsetMinutes, officersNumber, officersTime } from '@envigate/domain';

/** Times, lengths and numbers as an officer reads them. */

export const officeOffsetMinutes = defaultUtcOffsetMinutes;
export const minuteMs = 60_000;

/** 25/03/2026 06:20 on a clock so many minutes ahead of UTC. */
export function dateTime(instant: Date, utcOffsetMinutes = officeOffsetMinutes): string {
  return officersTime(instant, { utcOffsetMinutes });
}

export function zoneOf(minutes: number): string {
  const rest = Math.abs(minutes) % 60;
  const hours = Math.trunc(Math.abs(minutes) / 60);
  return `UTC${minutes < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

/** Up to 72 hours in hours and minutes, above in days and hours. */
function lengthOf(ms: number): { days: number; hours: number; minutes: number } {
  const minutes = Math.max(0, Math.floor(ms / minuteMs));
  const days = minutes > 72 * 60 ? Math.floor(minutes / 1440) : 0;
  const rest = minutes - days * 1440;
  return { days, hours: Math.floor(rest / 60), minutes: rest % 60 };
}

export function duration(ms: number): string {
  const { days, hours, minutes } = lengthOf(ms);
  if (days > 0) return `${count(days)} ngày ${hours} giờ`;
  return hours > 0 ? `${hours} giờ ${minutes} phút` : `${minutes} phút`;
}

export function durationEn(ms: number): string {
  const { days, hours, minutes } = lengthOf(ms);
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`;
}

const english = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 });
export const count = officersNumber;
export const countEn = (value: number): string => english.format(value);
/** 1 file, 1,234 files. */
export const many = (value: number, noun: string): string =>
  `${countEn(value)} ${noun}${value === 1 ? '' : 's'}`;
/** To a tenth, and never 0: everything takes some time. */
export const seconds = (value: number): string => officersNumber(Math.max(0.1, value));
export const secondsEn = (value: number): string => english.format(Math.max(0.1, value));
