import { lengthOfDate } from './drop-layout.ts';

/**
 * A folder as one and the same text, however a client wrote it: absolute, without empty names, `.`
 * and a slash at its end, in NFC.
 */
export function normaliseFolder(folder: string): string {
  return `/${namesOf(folder).join('/')}`;
}

/**
 * The folder without the folders of a day or a month, wherever they stand: what loggers make anew
 * each day says nothing about whose file it is. `/S1/2026/11/29` → `/S1`; `/2026/11/29` → `/`.
 * The folder of a year alone stays, since a station may be called so.
 */
export function stationFolder(folder: string): string {
  const names = namesOf(folder);
  const kept: string[] = [];
  for (let at = 0; at < names.length;) {
    const dated = lengthOfDate(names, at);
    if (dated === 0) kept.push(names[at] ?? '');
    at += Math.max(dated, 1);
  }
  return `/${kept.join('/')}`;
}

export function namesOf(folder: string): readonly string[] {
  return folder
    .normalize('NFC')
    .split('/')
    .filter((name) => name !== '' && name !== '.');
}
