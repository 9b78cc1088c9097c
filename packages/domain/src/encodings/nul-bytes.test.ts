import { describe, expect, test } from '@jest/globals';
import { bytes } from '../testing/station-file.ts';
import { readNuls } from './nul-bytes.ts';

const row = 'pH\t7.1\r\n';
const utf16 = (text: string, isBigEndian = false): Uint8Array => {
  const content = Buffer.from(text, 'utf16le');
  return Uint8Array.from(isBigEndian ? content.swap16() : content);
};
const between = (text: string) => bytes(Array.from(text, (char) => `${char}\0`).join(''));
const texts = (content: Uint8Array): string => new TextDecoder().decode(content);

describe('NULs are the upper halves of UTF-16', () => {
  test.each([
    ['little end first', utf16(row), 'utf-16le', row],
    ['big end first', utf16(row, true), 'utf-16be', row],
    ['with Vietnamese among the signs of ASCII', utf16('Độ đục\t7.1'), 'utf-16le', 'Độ đục\t7.1'],
    ['of one sign', utf16('7'), 'utf-16le', '7'],
  ] as const)('%s', (_, content, encoding, text) => {
    expect(readNuls(content)).toEqual({ kind: 'utf-16', encoding, text });
  });
});

describe('NULs stand between the characters', () => {
  test.each([
    ['where a server put CR before LF', 'p\0H\0\t\x007\0\r\0\r\n\0'.repeat(2)],
    ['of several bytes each', 'Đ\0ộ\0 \0p\0H\0\t\x007\0\n\0'],
  ])('%s', (_, text) => {
    const content = bytes(text);
    const reading = readNuls(content);
    expect(reading.kind).toBe('between');
    if (reading.kind === 'between') expect(texts(reading.bytes)).toBe(text.replaceAll('\0', ''));
  });

  test('one more after an odd number of bytes is none of UTF-16', () => {
    const content = between(`${row}x`).subarray(0, -1);
    expect(readNuls(content)).toMatchObject({ kind: 'between' });
  });
});

describe('NULs are padding', () => {
  test.each([
    ['one, behind LF', `${row}\0`],
    ['many, behind LF', `${row}${'\0'.repeat(600)}`],
    ['behind CR', `pH\t7.1\r\0\0\0`],
  ])('%s', (_, text) => {
    const reading = readNuls(bytes(text));
    expect(reading.kind).toBe('padding');
    if (reading.kind === 'padding') expect(texts(reading.bytes)).toBe(text.replaceAll('\0', ''));
  });
});

describe('NULs have no meaning', () => {
  test.each([
    ['alone in a value', 'pH\t7\x001\r\n'],
    ['behind a line that does not end', 'pH\t7.1\0\0\0'],
    ['between two lines', `${row}\0\0${row}`],
    ['in the text and behind it', `pH\t7\x001\r\n\0\0`],
    ['at the beginning', `\0${row}`],
    ['and nothing else', '\0\0\0'],
    ['two after each character', 'p\0\0H\0\0\t\0\x007\0\0'],
  ])('%s', (_, text) => {
    expect(readNuls(bytes(text))).toEqual({ kind: 'binary' });
  });
});
