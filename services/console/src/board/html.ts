import type { BilingualText } from '@envigate/contracts';
import {
  both,
  defaultUtcOffsetMinutes,
  html,
  officersNumber,
  officersTime,
  type Markup,
} from '@envigate/domain';

export type Tone = 'good' | 'warn' | 'bad' | 'idle';

/** A mark whose form says the same as its colour. */
export function pill(tone: Tone, vi: string, en: string): Markup {
  const mark = { good: '●', warn: '▲', bad: '■', idle: '○' }[tone];
  return html`<span class="pill ${tone}"
    ><span aria-hidden="true">${mark}</span> ${both(vi, en)}</span
  >`;
}

/** The same for a code, by its label; with how many there are where it is more than one. */
export function labelPill(tone: Tone, { vi, en }: BilingualText, number = 1): Markup {
  const shown = (label: string): string =>
    `${label.charAt(0).toUpperCase()}${label.slice(1)}${number === 1 ? '' : `: ${number}`}`;
  return pill(tone, shown(vi), shown(en));
}

/**
 * A table that is shown as cards on a phone. The roles are said, as some browsers take a table that
 * is not displayed as one for no table.
 */
export function rowTable(
  labelledBy: string,
  columns: readonly Markup[],
  rows: readonly Markup[],
): Markup {
  return html`<table class="rows" role="table" aria-labelledby="${labelledBy}">
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map((column) => html`<th scope="col" role="columnheader">${column}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows}
    </tbody>
  </table>`;
}

export function tableRow(head: Markup, cells: readonly (Markup | readonly Markup[])[]): Markup {
  return html`<tr role="row">
    <th scope="row" role="rowheader">${head}</th>
    ${cells.map((cell) => html`<td role="cell">${cell}</td>`)}
  </tr> `;
}

/** Text with its own line breaks. */
export function preformatted(text: string, id: string): Markup {
  // prettier-ignore
  return html`<pre id="${id}">${text}</pre>`;
}

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
