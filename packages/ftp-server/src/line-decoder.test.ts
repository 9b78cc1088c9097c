import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineDecoder } from './line-decoder.ts';

const lineOf = (text: string): { kind: string; text: string } => ({ kind: 'line', text });

function decode(...chunks: (string | number[])[]): unknown[] {
  const decoder = new LineDecoder(100);
  return chunks.flatMap((chunk) => decoder.push(Buffer.from(chunk as string)));
}

describe('lines', () => {
  test('end in CR LF or in LF alone', () => {
    expect(decode('USER a\r\nPASS b\nNOOP\r\n')).toEqual(['USER a', 'PASS b', 'NOOP'].map(lineOf));
  });

  test('may come in pieces, cut anywhere, also inside a character and inside CR LF', () => {
    const bytes = Buffer.from('MKD Trạm đo\r\nPWD\r\n');
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const decoder = new LineDecoder(100);
      const lines = [...decoder.push(bytes.subarray(0, cut)), ...decoder.push(bytes.subarray(cut))];
      expect(lines).toEqual(['MKD Trạm đo', 'PWD'].map(lineOf));
    }
  });

  test('are whole only at their end', () => {
    expect(decode('STOR a.txt')).toEqual([]);
  });

  test('too long are reported once, and the next one is read', () => {
    expect(decode('x'.repeat(80), 'x'.repeat(80), 'x'.repeat(80), 'x\r\nNOOP\r\n')).toEqual([
      { kind: 'too-long' },
      lineOf('NOOP'),
    ]);
  });

  test('that are not UTF-8 are read as Latin-1, so that two names stay two', () => {
    expect(decode([0x41, 0xd0, 0x0a], [0x41, 0xd1, 0x0a])).toEqual([lineOf('AÐ'), lineOf('AÑ')]);
  });
});

describe('Telnet bytes around ABOR are dropped', () => {
  const ABOR = [0x41, 0x42, 0x4f, 0x52, 0x0d, 0x0a];
  test.each([
    ['IAC IP, IAC DM', [0xff, 0xf4, 0xff, 0xf2, ...ABOR]],
    ['IAC IP, IAC, with DM taken out as urgent data', [0xff, 0xf4, 0xff, ...ABOR]],
    ['IAC WILL option', [0xff, 0xfb, 0x01, ...ABOR]],
  ])('%s', (_name, bytes) => {
    expect(decode(bytes)).toEqual([lineOf('ABOR')]);
  });

  test('ABOR whose LF was urgent data is whole, and where the LF does come it is no line', () => {
    expect(decode(ABOR.slice(0, -1), 'NOOP\r\n')).toEqual(['ABOR', 'NOOP'].map(lineOf));
    expect(decode(ABOR.slice(0, -1), '\nNOOP\r\n')).toEqual(['ABOR', 'NOOP'].map(lineOf));
    expect(decode([0xff, 0xf4, 0xff], ABOR.slice(0, 2), ABOR.slice(2, -1))).toEqual([
      lineOf('ABOR'),
    ]);
  });

  test('a doubled IAC is the byte itself', () => {
    expect(decode([0x41, 0xff, 0xff, 0x0a])).toEqual([lineOf('Aÿ')]);
  });
});

test('property: how the bytes are cut never matters, and no line is longer than allowed', () => {
  const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));
  const withLines = fc
    .array(fc.oneof(bytes, fc.constant(Buffer.from('\r\n')), fc.constant(Buffer.from('STOR a'))))
    .map((parts) => Buffer.concat(parts));
  fc.assert(
    fc.property(withLines, fc.array(fc.integer({ min: 1, max: 40 })), (input, sizes) => {
      const pieces = new LineDecoder(64);
      const cut: unknown[] = [];
      let at = 0;
      for (const size of [...sizes, input.length]) {
        cut.push(...pieces.push(input.subarray(at, at + size)));
        at += size;
      }
      const whole = new LineDecoder(64).push(input);
      expect(cut).toEqual(whole);
      for (const line of whole) {
        if (line.kind === 'line') expect(line.text.length).toBeLessThanOrEqual(64);
      }
    }),
    { numRuns: 500 },
  );
});
