import { describe, expect, test } from '@jest/globals';
import type { Profile } from '@envigate/contracts';
import { bytes } from '../testing/station-file.ts';
import { maxLines, parseStationFile } from './parse-station-file.ts';
import { inEnglish } from '../testing/in-english.ts';

const context = { utcOffsetMinutes: 420, receivedAtMs: Date.parse('2026-03-24T17:00:41.000Z') };
const parse = (content: string | Uint8Array) =>
  parseStationFile(typeof content === 'string' ? bytes(content) : content, context);

const cod = 'COD\t16.2\tmg/l\t20260325000000\t00';
const ph = 'pH\t7.8\t\t20260325000000\t00';

/** Symbols of the lines, and the faults as line:column reason. */
function summary(content: string | Uint8Array) {
  const parsed = parse(content);
  const faults = parsed.rejectedLines.map((l) => `${l.line}:${l.column} ${l.reason}`);
  return parsed.kind === 'parsed'
    ? { symbols: parsed.lines.map(({ line, symbol }) => `${line} ${symbol}`), faults }
    : { unreadable: parsed.reason, faults };
}

describe('the official form', () => {
  test('is read cell by cell', () => {
    const parsed = parse(`${cod}\r\n`);
    expect(parsed).toEqual({
      kind: 'parsed',
      form: { shape: 'A5', separator: 'tab', encoding: 'utf-8' },
      newestMs: Date.UTC(2026, 2, 24, 17),
      rejectedLines: [],
      warnings: [],
      lines: [
        {
          line: 1,
          text: cod,
          symbol: 'COD',
          value: '16.2',
          unit: 'mg/l',
          time: '20260325000000',
          instantMs: Date.parse('2026-03-24T17:00:00.000Z'),
          instant: '2026-03-24T17:00:00.000Z',
          status: '00',
          statusCode: '00',
        },
      ],
    });
  });

  const both = { symbols: ['1 COD', '2 pH'], faults: [] };
  test.each([
    ['CRLF', `${cod}\r\n${ph}\r\n`, both],
    ['LF', `${cod}\n${ph}\n`, both],
    ['no final line end', `${cod}\n${ph}`, both],
    ['a byte order mark', `\uFEFF${cod}\n${ph}`, both],
    ['blank lines', `\r\n${cod}\n \t \n\n${ph}\n\n`, { symbols: ['2 COD', '5 pH'], faults: [] }],
    ['blanks at the end', `${cod}  \r\n${ph}\t\t\r\n`, both],
    ['CRCRLF', `${cod}\r\r\n${ph}\r\r\n`, both],
    ['blanks around cells', cod.replaceAll('\t', ' \t ').concat('\n', ph), both],
    [
      'blanks inside a symbol',
      ph.replace('pH', 'Vinyl chloride'),
      { symbols: ['1 Vinyl chloride'], faults: [] },
    ],
    ['no status', `${ph.slice(0, -2)}\n`, { symbols: ['1 pH'], faults: [] }],
    ['marks around the file', `\x02${cod}\r\n${ph}\x03`, both],
    ['marks around each line', `\x02${cod}\x03\r\n\x10\x02${ph}\x10\x03\r\n\x04`, both],
    ['a mark among blanks', ` \x02 ${cod} \x03 \n${ph}`, both],
    ['a mark behind a TAB', `${cod}\t\x03\n${ph}`, both],
    ['an end of DOS on a line of its own', `${cod}\r\n${ph}\r\n\x1A\r\n`, both],
    ['an end of DOS many times over', `${cod}\r\n${ph}\x1A\x1A\x1A`, both],
    ['line ends that are turned round', `${cod}\n\r${ph}\n\r`, both],
    ['the strings of C', `${cod}\0\r\n${ph}\0`, both],
    ['a byte order mark at its end', `${cod}\r\n${ph}\r\n\uFEFF`, both],
  ])('with %s', (_what, content, expected) => {
    expect(summary(content)).toEqual(expected);
  });
});

describe('marks around lines', () => {
  const warnings = (content: string) => {
    const parsed = parse(content);
    return parsed.kind === 'parsed' ? parsed.warnings : parsed.reason;
  };

  test('are reported, with how many and which', () => {
    expect(warnings(`\x02${cod}\x03\r\n\x02${ph}\x03\r\n\x7F\x1A`)).toEqual([
      {
        code: 'control-characters-removed',
        detail: 'control-characters@1[6,"STX, ETX, SUB, DEL"]',
      },
    ]);
  });

  test('cost no status of one digit: its line is not the last one', () => {
    const parsed = parse(`${cod}\n${ph.slice(0, -1)}\nEND`);
    expect(parsed).toMatchObject({ lines: [{}, { status: '0', statusCode: '00' }] });
  });

  test('leave a status of one digit in doubt that may be cut', () => {
    const parsed = parse(`${cod}\n${ph.slice(0, -1)}\x1A`);
    expect(parsed).toMatchObject({ lines: [{}, { status: '0', statusCode: '0' }] });
  });

  test.each([
    ...['#', '---', 'END', 'End of file', '--- end ---', '[EOF]', '<EOT>', '</data>', 'CRC=1A2B'],
    ...['CRC\t1A2B', '*5F', '1A2B', '2', '2 records', 'Count: 2', 'Tổng số dòng: 2'],
  ])('%s is no line of data, whether its line ends or not', (mark) => {
    const noted = [expect.objectContaining({ detail: 'line@1[3]' })];
    for (const end of ['', '\r\n', '\x1A']) {
      const content = `${cod}\r\n${ph}\r\n${mark}${end}`;
      expect(summary(content)).toEqual({ symbols: ['1 COD', '2 pH'], faults: [] });
      expect(warnings(content)).toEqual(
        end === '\x1A' ? [...noted, expect.anything()].reverse() : noted,
      );
    }
  });

  test.each([
    ['a count of other lines', '3'],
    ['a word', 'TSS'],
    ['half a row', 'TSS\t24.1'],
    ['a row without a valid time', 'End\t1\t-\tx\t00'],
    ['a mark with a control character inside', 'EN\x01D'],
  ])('%s at the end is refused', (_what, last) => {
    expect(summary(`${cod}\r\n${ph}\r\n${last}\r\n`).faults).toHaveLength(1);
  });

  test('END before other lines is a comment, and a checksum there a fault', () => {
    expect(summary(`${cod}\nEND\n${ph}\n`)).toEqual({ symbols: ['1 COD', '3 pH'], faults: [] });
    expect(summary(`${cod}\nCRC=1A2B\n${ph}\n`).faults).toEqual(['2:2 wrong-column-count']);
  });

  test('and nothing else are no data', () => {
    expect(summary('END')).toMatchObject({ unreadable: 'no-data' });
    expect(summary('CRC=1A2B')).toMatchObject({ unreadable: 'unknown-form' });
    expect(summary('\x02\x03')).toMatchObject({ unreadable: 'empty-file' });
  });

  test('that only a profile knows are no data where it says so', () => {
    const profile: Profile = { code: 'P', name: 'P', trailerLines: 2 };
    const read = (content: string) => {
      const parsed = parseStationFile(bytes(content), { ...context, profile });
      return [parsed.kind === 'parsed' ? parsed.lines.length : 0, parsed.rejectedLines.length];
    };
    expect(read(`${cod}\n${ph}\nT01\nOK`)).toEqual([2, 0]);
    expect(read(`${cod}\n${ph}\n`)).toEqual([2, 0]);
    expect(read(`${cod}\nT01\n${ph}\nOK`)).toEqual([2, 1]);
    expect(read('T01\nOK')).toEqual([0, 2]);
  });
});

describe('a last line that nobody vouches for', () => {
  const doubted = (content: string) => {
    const parsed = parseStationFile(bytes(content), { ...context, doubtsEnd: true });
    return parsed.rejectedLines.map(({ line, reason }) => `${line} ${reason}`);
  };
  test.each([
    ['without a line end', `${cod}\n${ph}`, ['2 line-cut']],
    ['without a line end, before a mark', `${cod}\n${ph}\x1A`, ['2 line-cut']],
    ['with a line end', `${cod}\n${ph}\n`, []],
    ['with a line end, before a mark', `${cod}\n${ph}\r\n\x1A`, []],
    ['that is a mark', `${cod}\n${ph}\nCRC=1A2B`, []],
    ['that is no row', `${cod}\n${ph}\nTSS`, ['3 line-cut']],
  ])('%s', (_what, content, faults) => {
    expect(doubted(content)).toEqual(faults);
  });
});

describe('a line that does not fit', () => {
  test.each([
    ['has four columns', 'COD\t16.2\tmg/l\t20260325000000', '2:5 wrong-column-count'],
    ['has six columns', `${cod}\tx`, '2:6 wrong-column-count'],
    ['has other separators and another form', 'COD,16.2', '2:2 wrong-column-count'],
    ['has a number for a unit', cod.replace('mg/l', '16.3'), '2:3 columns-unclear'],
    ['has a time for a value', cod.replace('16.2', '20260325000000'), '2:2 columns-unclear'],
    ['has an endless unit', cod.replace('mg/l', 'x'.repeat(201)), '2:3 cell-too-long'],
    ['has no symbol', cod.replace('COD', ''), '2:1 symbol-missing'],
    ['has an endless symbol', cod.replace('COD', 'x'.repeat(65)), '2:1 symbol-too-long'],
    ['has a control character', cod.replace('mg/l', 'mg\u0001'), '2:3 control-character'],
    ['holds a CR', cod.replace('16.2', '16\r.2'), '2:2 control-character'],
    [
      'has a time of another form',
      cod.replace('20260325000000', '25/03/2026'),
      '2:4 time-unreadable',
    ],
    ['has a time of no calendar', cod.replace('0325', '0229'), '2:4 time-unreadable'],
    ['is too old', cod.replace('2026', '2014'), '2:4 time-too-old'],
    ['is of the future', cod.replace('000000\t', '001042\t'), '2:4 time-in-future'],
  ])('%s', (_what, line, fault) => {
    expect(summary(`${ph}\n${line}\n${ph}\n`)).toEqual({
      symbols: ['1 pH', '3 pH'],
      faults: [fault],
    });
  });

  test('is kept with its text, cut where it is long', () => {
    const { rejectedLines } = parse(`${ph}\n${'x'.repeat(2000)}\n`);
    expect(rejectedLines).toEqual([
      expect.objectContaining({
        text: 'x'.repeat(500),
        expected: 'columns@1["symbol value unit time status","tab"]',
      }),
    ]);
  });

  test('is never cut inside a character', () => {
    const { rejectedLines } = parse(`${ph}\n${'x'.repeat(499)}𝄞y\n`);
    expect(rejectedLines[0]?.text).toBe('x'.repeat(499));
  });
});

describe('an unreadable file', () => {
  const utf8 = (...codes: number[]) => Uint8Array.from(codes);
  test.each([
    ['has 0 bytes', '', 'empty-file', '0 bytes'],
    ['is blank', '\r\n \n\t', 'empty-file', 'blank'],
    ['is a byte order mark', '\uFEFF', 'empty-file', 'blank'],
    ['holds NUL', `${cod}\nCOD\t1\x001`, 'binary-content', 'line 2, column 2'],
    [
      'is UTF-16 that ends in half a character',
      utf8(0xff, 0xfe, 0x70),
      'encoding-unclear',
      'utf-16le',
    ],
    [
      'is of another code page',
      utf8(0x70, 0x0a, 0x48, 0x09, 0xd0, 0x09),
      'not-utf8',
      'line 2, column 2',
    ],
    ['is cut in a character', utf8(0x70, 0xe1, 0xbb), 'line-cut', 'line 1, column 1'],
    ['is a CSV of something else', 'a,b,c\n1,2,3\n', 'unknown-form', 'line 1, column 2'],
    ['has headings only', 'Thông số\tGiá trị\n# none\n', 'no-data', 'headings'],
  ])('%s', (_what, content, reason, detail) => {
    const parsed = parse(content);
    expect(parsed).toMatchObject({ kind: 'unreadable', reason });
    const found = parsed.kind === 'unreadable' ? inEnglish(parsed.detail) : '';
    expect(found).toContain(detail);
  });

  test('reports the first reason and keeps every line', () => {
    expect(summary(`${cod.replace('2026', '1970')}\nx\n`)).toEqual({
      unreadable: 'time-too-old',
      faults: ['1:4 time-too-old', '2:2 wrong-column-count'],
    });
  });

  test('has too many lines', () => {
    expect(summary(`${cod}\n`.repeat(maxLines))).toMatchObject({ faults: [] });
    expect(summary(`${cod}\n`.repeat(maxLines + 1))).toEqual({
      unreadable: 'too-many-lines',
      faults: [],
    });
  });
});
