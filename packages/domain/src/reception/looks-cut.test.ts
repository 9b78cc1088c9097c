import { readFileSync, readdirSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseStationFile } from '../station-files/parse-station-file.ts';
import { bytes } from '../testing/station-file.ts';
import { looksCut } from './looks-cut.ts';

const time = '20260325000000';
const cod = `COD\t16.2482\tmg/l\t${time}\t00`;
const ph = `pH\t7.8485\t\t${time}\t00`;
const tss = `TSS\t24.1999\tmg/l\t${time}\t02`;

const judge = (content: string | Uint8Array) =>
  looksCut(typeof content === 'string' ? bytes(content) : content);

const fixtures = new URL('../../../../test/fixtures/station-files/', import.meta.url);
const corpus = readdirSync(fixtures, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.txt'))
  .map(({ parentPath, name }) => {
    const golden = JSON.parse(readFileSync(`${parentPath}/case.json`, 'utf8')) as {
      readonly released?: { readonly heldFor: string };
      readonly expected: { readonly rejectedLines?: readonly unknown[] };
    };
    return {
      path: relative(fileURLToPath(fixtures), `${parentPath}/${name}`),
      content: readFileSync(`${parentPath}/${name}`),
      isWhole: (golden.expected.rejectedLines ?? []).length === 0,
      isCut: golden.released?.heldFor === 'cut-last-line',
    };
  });

describe('a file that is cut', () => {
  test.each(corpus.filter(({ isCut }) => isCut))('$path', ({ content }) => {
    expect(judge(content)).toBeDefined();
  });

  test.each([
    ['in the symbol', `${cod}\r\n${ph}\r\nT`],
    ['in the value', `${cod}\r\n${ph}\r\nTSS\t24.1`],
    ['behind the value', `${cod}\r\n${ph}\r\nTSS\t24.1999\t`],
    ['in the unit', `${cod}\n${ph}\nTSS\t24.1999\tm`],
    ['in the time', `${cod}\n${ph}\nTSS\t24.1999\tmg/l\t202603250`],
    ['behind the time', `${cod}\n${ph}\nTSS\t24.1999\tmg/l\t${time}`],
    ['before the status', `${cod}\n${ph}\nTSS\t24.1999\tmg/l\t${time}\t`],
    ['in the status', `${cod}\n${ph}\nTSS\t24.1999\tmg/l\t${time}\t0`],
    ['after one whole line', `${cod}\nTSS\t24.1`],
    ['below a header and a comment', `# T1\nSymbol\tValue\tUnit\tTime\tStatus\n${cod}\nTSS\t24`],
    ['in a character', Buffer.from(`${cod}\nNhiệtđộ`).subarray(0, -1)],
    ['behind TABs at the ends of lines', `${cod}\t\t\n${ph}\t\t\nTSS\t24.1`],
    ['though another line is shorter than the rest', `${cod}\nx\ty\tz\t${time}\nTSS\t24.1`],
    ['in lines that end in CR', `${cod}\r${ph}\rTSS\t24`],
    ['in lines that end in CRCRLF', `${cod}\r\r\n${ph}\r\r\nTSS\t24`],
    ['in a file of one line, shape W5', `${cod}\t${ph}\tTSS\t24.1`],
    ['in the status, shape W5', `${cod}\t${ph}\t${tss.slice(0, -1)}`],
    ['in the time, shape A4', `COD\t16.2\tmg/l\t${time}\npH\t7.8\t-\t2026032500`],
    ['in the time, shape A3', `COD\t16.2\t${time}\npH\t7.8\t2026032500`],
    ['behind the value, shape B4', `${time}\tCOD\t16.2\tmg/l\n${time}\tpH\t7.8`],
    ['in the status, shape B5', `${time}\tCOD\t16.2\tmg/l\t00\n${time}\tpH\t7.8\t-\t0`],
    ['in the status, shape C4', `COD\t16.2\t${time}\t00\npH\t7.8\t${time}\t0`],
    ['in the time, shape X4', `1 7.2 - ${time}\n2 16.2 mg/l 202603`],
    ['in a calendar time', `COD\t16.2\tmg/l\t25/03/2026 12:05:00\npH\t7.8\t-\t25/03/2026 12:0`],
    ['between semicolons', `COD;16.2;mg/l;${time};00\npH;7.8;`],
    ['between commas', `COD,16.2,mg/l,${time},00\npH,7.8,-,2026`],
  ])('%s', (_where, content) => {
    expect(judge(content)).toBeDefined();
  });

  test('says which part is missing', () => {
    expect(judge(`${cod}\n${ph}\nTSS\t24.1`)?.reason).toBe('columns-missing');
    expect(judge(`${cod}\n${ph}\n${tss.slice(0, -1)}`)?.reason).toBe('column-cut');
  });

  test.each([
    ['behind a mark of the begin', `\x02${cod}\n${ph}\nTSS\t24.1`],
    ['before a mark of the end', `${cod}\n${ph}\nTSS\t24.1\x1A`],
    ['before NULs, as a file that was not written to its end', `${cod}\n${ph}\nTSS\t24.1\0\0\0`],
    ['with marks around its lines', `\x02${cod}\x03\n\x02${ph}\x03\n\x02TSS\t24.1`],
    ['in a row of quoted cells', `"COD";"16.2";"mg/l";"${time}";"00"\n"pH";"7.8`],
    ['in the first quote of a row', `"COD"\t"16.2"\t"mg/l"\t"${time}"\t"00"\n"pH"\t"`],
    ['between bars', `COD|16.2|mg/l|${time}|00\npH|7.8|`],
    ['in a symbol that begins as a mark does', `${cod}\n${ph}\nEndr`],
    ['in a symbol that begins as the name of a count does', `${cod}\n${ph}\nTotal N`],
    ['in the value of total nitrogen', `${cod}\n${ph}\nTotal N\t2`],
    ['in a symbol that is a number', `1\t7\t-\t${time}\t00\n3\t7\t-\t${time}\t00\n2`],
    ['in a time that comes first', `${time}\tCOD\t16.2\tmg/l\n${time}\tpH\t7\t-\n2`],
    ['in the year of a time that comes first', `${time}\tCOD\t16.2\tmg/l\n2026`],
    ['in a letter of two bytes', Buffer.concat([bytes(`${cod}\n${ph}\n`), Uint8Array.of(0xc4)])],
    ['in a letter of another code page', Buffer.from(`${cod}\n${ph}\n\xf0`, 'latin1')],
  ])('%s', (_where, content) => {
    expect(judge(content)).toBeDefined();
  });

  test('gives its last line as what may be a mark, where no other line begins so', () => {
    const trailer = (content: string) => judge(content)?.trailer;
    expect(trailer(`${cod}\n${ph}\nT01 V2`)).toEqual({ text: 'T01 V2', isLikeSymbol: true });
    expect(trailer(`${cod}\n${ph}\nT01=OK\x1A`)).toEqual({
      text: 'T01=OK',
      isLikeSymbol: false,
    });
    expect(trailer(`${cod}\n${ph}\n17`)).toEqual({ text: '17', isLikeSymbol: false });
    expect(trailer(`${cod}\n${ph}\nTSS\t24.1`)).toBeUndefined();
    expect(trailer(`${cod}\n${ph}\nC`)).toBeUndefined();
    expect(trailer(`${time}\tCOD\t16.2\tmg/l\n${time}\tpH\t7\t-\n20260325`)).toBeUndefined();
    expect(trailer(`${cod}\t${ph}\tTSS`)).toBeUndefined();
  });
});

describe('a file that does not count as cut', () => {
  test.each([
    ['ends in LF', `${cod}\n${ph}\n`],
    ['ends in CRLF', `${cod}\r\n${ph}\r\n`],
    ['has no line end behind the last line', `${cod}\n${ph}`],
    ['has blanks behind the last line', `${cod}\n${ph}  `],
    ['has TABs behind the last line', `${cod}\n${ph}\t\t`],
    ['has TABs behind all lines but the last', `${cod}\t\t\n${ph}\t\t\n${tss}`],
    ['has blank lines at its end', `${cod}\n${ph}\n \t`],
    ['has blanks behind half a line that ended', `${cod}\n${ph}\nTSS\t24\n \t`],
    ['has lost the LF of CRLF', `${cod}\r\n${ph}\r`],
    ['has one line', cod],
    ['has one line with more columns', `${cod}\t1\t2\t3`],
    ['has one line and no status', `pH\t7.8\t-\t${time}`],
    ['has half a line and nothing to compare', 'pH\t7'],
    ['has half a line below a header', 'Symbol\tValue\tUnit\tTime\tStatus\npH\t7'],
    ['has a comment at its end', `${cod}\n${ph}\n# 2 lines`],
    ['says that it ends', `${cod}\n${ph}\nEND`],
    ...[
      ...['\x1A', '\x03', '\x04', '\x00', '\0\0\0', '\x10\x03', '\x1A\x1A\x1A', '\x7F', '\uFEFF'],
      ...['\x1A\r\n', '\x03\r', '\t\x03', ' \x1A ', '\x02\x03\uFEFF', '\u200B', '\u00A0', '\u00AD'],
      ...['#', '---', '***', '=====', '~', '.', '--- end ---', 'END 3', 'End of file', '[EOF]'],
      ...['<EOT>', '</data>', 'EOF\x1A', 'CRC=1A2B', 'CRC16: 0x1a2b', 'CRC\t1A2B', '*5F', '$1A'],
      ...['checksum = 4711', 'MD5: d41d8cd98f00b204e9800998ecf8427e', '1A2B', '2', '2 records'],
      ...['Count=2', 'Rows: 2', 'TOTAL\t2', 'Kết thúc'],
    ].map((end) => [`ends in ${JSON.stringify(end)}`, `${cod}\r\n${ph}\r\n${end}`]),
    ['has a mark behind its last line', `${cod}\n${ph}\x1A`],
    ['has a mark behind a last line without status', `pH\t7.8\t-\t${time}\nTSS\t1\t-\t${time}\x03`],
    ['counts lines that begin with a time', `${time}\tCOD\t16.2\tmg/l\n${time}\tpH\t7\t-\nEND`],
    ['counts readings on one line', `${cod}\t${ph}\n2`],
    [
      'has quoted cells',
      `"COD"\t"16.2"\t"mg/l"\t"${time}"\t"00"\n"pH"\t"7.8"\t""\t"${time}"\t"00"`,
    ],
    ['is of shape W5', `${cod}\t${ph}\t${tss}\n`],
    ['is of shape W5 without line end', `${cod}\t${ph}\t${tss}`],
    ['is of shape W5 with TABs at its end', `${cod}\t${ph}\t${tss}\t\t`],
    ['has several times, shape M5', `${cod}\n${cod.replace('0000\t', '0500\t')}`],
    ['is of shape A4', `COD\t16.2\tmg/l\t${time}\npH\t7.8\t-\t${time}`],
    ['is of shape B4 with an empty unit', `${time}\tCOD\t16.2\tmg/l\n${time}\tpH\t7.8\t`],
    ['has a short unit at its end, shape B4', `${time}\tCOD\t16.2\tmg/l\n${time}\tpH\t7.8\t-`],
    [
      'has a short value at its end, shape B3',
      `${time}\tCOD\t16.2\n${time}\tTSS\t45.7\n${time}\tpH\t7`,
    ],
    ['has no value at its end, shape B3', `${time}\tCOD\t16\n${time}\tTSS\t45\n${time}\tpH\t`],
    ['has statuses of one digit', `${cod.slice(0, -1)}\n${ph.slice(0, -1)}`],
    ['has a short status like others', `${cod}\n${ph.slice(0, -1)}\n${tss.slice(0, -1)}`],
    ['has more columns in its last line', `COD\t16.2\t${time}\n${ph}`],
    ['is broken in the middle', `${cod}\nTSS\t24\n${ph}`],
    [
      'is broken in the middle and short throughout',
      `${cod}\nTSS\t${time}\t1\npH\t7.8\t-\t${time}`,
    ],
    ['has blanks in a symbol, shape X4', `Vinyl chloride 0.00 ppb ${time}\npH 7.8 - ${time}`],
    ['has commas in a symbol', `m,p-Xylene,0.00,ppb,${time}\npH,7.8,-,${time}`],
    ['has commas in values of a TAB file', `PM2,5\t7,85\t-\t${time}\t00\npH\t7,8\t-\t${time}\t00`],
    ['is blank separated with the time first', `${time} Vinyl chloride 0.0 ppb\n${time} pH 7 -`],
    ['is no station file', 'this is no station file\nlast line of it'],
    ['is empty', ''],
    ['is blank', ' \n\t'],
    ['has NUL bytes', `${cod}\nTSS\0\t24`],
    ['is UTF-16', Buffer.from(`\uFEFF${cod}\n${ph}\nTSS\t2`, 'utf16le')],
  ])('%s', (_what, content) => {
    expect(judge(content)).toBeUndefined();
  });

  test.each(corpus.filter(({ isCut }) => !isCut))('$path', ({ path, content, isWhole }) => {
    expect(judge(content)).toBeUndefined();
    // A broken last line vouches for itself only by its line end.
    if (isWhole && !path.startsWith('framing/'))
      expect(judge(content.toString('latin1').trimEnd())).toBeUndefined();
  });
});

const symbol = fc.constantFrom('pH', 'COD', 'Nhiệtđộ', 'PM2,5', 'Vinyl chloride', 'm,p-Xylene');
const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.float({ min: 0, max: 9999, noNaN: true }).map((number) => number.toFixed(2)),
  fc.constantFrom('', '---', '0', '0.0'),
);
const line = fc
  .record({
    symbol,
    value,
    unit: fc.constantFrom('mg/L', '', '-', 'm3/h'),
    seconds: fc.integer({ min: 1_450_000_000, max: 1_770_000_000 }),
    status: fc.constantFrom('00', '01', '02', '03'),
  })
  .map(({ symbol, value, unit, seconds, status }) => {
    const time = new Date(seconds * 1000).toISOString().replaceAll(/\D/g, '').slice(0, 14);
    return [symbol, value, unit, time, status].join('\t');
  });
const context = { utcOffsetMinutes: 420, receivedAtMs: Date.parse('2026-03-24T17:00:00.000Z') };

describe('any file of the official form', () => {
  const file = fc.record({
    lines: fc.array(line, { minLength: 2, maxLength: 12 }),
    lineEnd: fc.constantFrom('\n', '\r\n', '\r\r\n', '\n\n'),
    mark: fc.constantFrom('', '\uFEFF'),
  });

  test('is not held whole, with or without its last line end', () => {
    fc.assert(
      fc.property(file, ({ lines, lineEnd, mark }) => {
        const content = mark + lines.join(lineEnd);
        expect(judge(content)).toBeUndefined();
        expect(judge(content + lineEnd)).toBeUndefined();
      }),
    );
  });

  test('is held where it is cut at any byte inside the last line, and only there', () => {
    fc.assert(
      fc.property(file, fc.nat(), ({ lines, lineEnd, mark }, at) => {
        const before = bytes(mark + lines.slice(0, -1).join(lineEnd) + lineEnd);
        const last = bytes(lines.at(-1) ?? '');
        const kept = at % (last.length + 1);
        const cut = Buffer.concat([before, last.subarray(0, kept)]);
        const isInside = kept > 0 && kept < last.length;
        expect(judge(cut) !== undefined).toBe(isInside);
        // Not held, it gives what the lines before give, and the last line whole or not at all.
        const whole = parseStationFile(Buffer.concat([before, last]), context);
        const parsed = parseStationFile(cut, context);
        if (isInside || parsed.kind !== 'parsed' || whole.kind !== 'parsed') return;
        expect(parsed.lines).toEqual(whole.lines.slice(0, parsed.lines.length));
        expect(whole.lines.length - parsed.lines.length).toBeLessThanOrEqual(kept === 0 ? 1 : 0);
      }),
      { numRuns: 1000 },
    );
  });

  const mark = fc.constantFrom('', '\x02', '\x1A', '\x03', '\0', '\x10\x02', '\x7F', '\uFEFF');

  test('is held where it is cut inside the last line, and only there, whatever marks frame it', () => {
    fc.assert(
      fc.property(
        file,
        mark,
        mark,
        mark,
        fc.nat(),
        ({ lines, lineEnd }, begin, end, around, at) => {
          const framed = lines.map((line) => around + line + around);
          const before = begin + framed.slice(0, -1).join(lineEnd) + lineEnd;
          const last = bytes(lines.at(-1) ?? '');
          const kept = at % (last.length + 1);
          const cut = Buffer.concat([bytes(before + around), last.subarray(0, kept), bytes(end)]);
          expect(judge(cut) !== undefined).toBe(kept > 0 && kept < last.length);
          expect(judge(before + around + (lines.at(-1) ?? '') + around + end)).toBeUndefined();
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('whatever the bytes, the answer is a value', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (content) => {
        expect([undefined, 'columns-missing', 'column-cut']).toContain(looksCut(content)?.reason);
      }),
    );
  });
});
