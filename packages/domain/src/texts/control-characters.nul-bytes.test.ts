import { describe, expect, test } from '@jest/globals';
import { bytes } from '../testing/station-file.ts';
import { readNuls } from './control-characters.ts';

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

  test('one more after an odd number of bytes is not part of UTF-16', () => {
    const content = between(`${row}x`).subarray(0, -1);
    expect(readNuls(content)).toMatchObject({ kind: 'between' });
  });
});

describe('NULs frame the text', () => {
  test.each([
    ['one, behind LF', `${row}\0`, 'after the last line'],
    ['many, behind LF', `${row}${'\0'.repeat(600)}`, 'after the last line'],
    ['behind CR', `pH\t7.1\r\0\0\0`, 'after the last line'],
    ['behind a line that does not end', 'pH\t7.1\0\0\0', 'after the last line'],
    ['among other marks of the end', `${row}\x03\0 \0`, 'at the ends of lines'],
    ['between two lines', `${row}\0\0${row}`, 'at the ends of lines'],
    [
      'before each line end, as a string has it',
      'pH\t7.1\0\r\nTSS\t8\t\0\r\n',
      'at the ends of lines',
    ],
    ['at the beginning', `\0${row}`, 'at the ends of lines'],
    ['behind a mark of the begin', `\x02\0 ${row}`, 'at the ends of lines'],
  ])('%s', (_, text, where) => {
    const reading = readNuls(bytes(text));
    expect(reading).toMatchObject({
      kind: 'framing',
      isAfterLastLine: where === 'after the last line',
    });
    if (reading.kind === 'framing') expect(texts(reading.bytes)).toBe(text.replaceAll('\0', ''));
  });
});

describe('a text of two bytes a character is framed', () => {
  test.each([
    ['by a mark of its own width', `${row}\x1A`, utf16(`${row}\x1A`)],
    ['by NULs of its own width', `\0${row}\0\0`, utf16(`\0${row}\0\0`)],
    ['by marks around each line', `\x02Độ\t7\x03\r\n`, utf16(`\x02Độ\t7\x03\r\n`)],
    ['by a mark of one byte', `Độ\t7\r\n`, Uint8Array.of(...utf16(`Độ\t7\r\n`), 0x1a)],
  ])('%s', (_, text, content) => {
    expect(readNuls(content)).toEqual({ kind: 'utf-16', encoding: 'utf-16le', text });
  });
});

describe('NULs have no meaning', () => {
  test.each([
    ['alone in a value', 'pH\t7\x001\r\n'],
    ['before the first cell that is not empty', 'pH\t\0\t7\r\n'],
    ['in the text and behind it', `pH\t7\x001\r\n\0\0`],
    ['and nothing else', '\0\0\0'],
    ['and other marks, and nothing to read', '\x02\0\r\n\x03\0'],
    ['two after each character', 'p\0\0H\0\0\t\0\x007\0\0'],
  ])('%s', (_, text) => {
    expect(readNuls(bytes(text))).toEqual({ kind: 'binary' });
  });
});
