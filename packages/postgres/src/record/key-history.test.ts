import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  applyChange,
  changeHistory,
  emptyHistory,
  type ContributingFile,
  type JudgedReading,
  type KeyChange,
  type KeyHistory,
} from './key-history.ts';

const fileOf = (no: number, contentHash = `bytes ${no}`): ContributingFile => ({
  ...{ fileNo: no, receivedAt: new Date(no * 60_000), contentHash },
});
const reading = (value: number, flag = 1): JudgedReading => ({
  ...{ value, unit: 'mg/L', status: '00', flag, reasons: flag === 1 ? [] : ['x@1'] },
});

let clock = 0;

function give(history: KeyHistory, file: ContributingFile, given: JudgedReading | undefined) {
  const at = String(clock++).padStart(9, '0');
  return applyChange(history, file, given, changeHistory(history, file, given), at);
}
const shown = ({ current }: KeyHistory) =>
  current && { file: current.fileNo, value: current.value, flag: current.flag };

describe('a file that is read again', () => {
  const [one, two, three] = [fileOf(1), fileOf(2), fileOf(3)];
  const corrected = give(give(emptyHistory, one, reading(7)), two, reading(8));

  test.each<[string, ContributingFile, JudgedReading | undefined, Partial<KeyChange>, object?]>([
    [
      'gives the same',
      two,
      reading(8),
      { outcome: 'repeat', current: { kind: 'stays' }, isStillGiven: true },
    ],
    [
      'gives another value',
      two,
      reading(9),
      { outcome: 'correction', current: { kind: 'given' }, isCurrentWithdrawn: true },
    ],
    [
      'gives the same, judged otherwise',
      two,
      reading(8, 3),
      { outcome: 'correction', current: { kind: 'given' }, isCurrentWithdrawn: true },
    ],
    [
      'gives nothing any more: what came before is current again',
      two,
      undefined,
      { outcome: 'withdrawn', current: { kind: 'restored', from: corrected.passed[0]! } },
      { file: 1, value: 7, flag: 1 },
    ],
    [
      'gave the value that was corrected, and gives another: the correction remains',
      one,
      reading(6),
      {
        outcome: 'repeat',
        current: { kind: 'stays' },
        withdrawn: corrected.passed,
        isGivenPassed: true,
        isStillGiven: false,
      },
      { file: 2, value: 8, flag: 1 },
    ],
    [
      'gave the value that was corrected, and gives the corrected one: it had it first',
      one,
      reading(8),
      { outcome: 'repeat', current: { kind: 'given' }, isCurrentWithdrawn: false },
      { file: 1, value: 8, flag: 1 },
    ],
    [
      'gave the value that was corrected, and gives nothing',
      one,
      undefined,
      { outcome: 'absent', current: { kind: 'stays' }, withdrawn: corrected.passed },
    ],
    [
      'and gave nothing before, and is older',
      fileOf(0),
      reading(5),
      { outcome: 'repeat', current: { kind: 'stays' }, isGivenPassed: true },
    ],
    ['and gave nothing before', three, reading(5), { outcome: 'correction' }],
  ])('%s', (_, file, given, expected, after = shown(corrected)) => {
    expect(changeHistory(corrected, file, given)).toMatchObject(expected);
    if (expected.outcome !== 'correction')
      expect(shown(give(corrected, file, given))).toEqual(after);
  });

  test('gives the only value of its key no longer: the reading is gone', () => {
    const only = give(emptyHistory, one, reading(7));
    expect(changeHistory(only, one, undefined)).toMatchObject({
      ...{ outcome: 'withdrawn', current: { kind: 'removed' }, isCurrentWithdrawn: true },
    });
  });

  test('with the bytes of another that was corrected brings nothing back', () => {
    const again = fileOf(3, 'bytes 1');
    expect(changeHistory(corrected, again, reading(7))).toMatchObject({
      ...{ outcome: 'repeat', current: { kind: 'stays' }, isGivenPassed: false },
    });
  });
});

test('in whatever order files with one value each are read, the same is current', () => {
  const files = fc.uniqueArray(
    fc.record({ no: fc.integer({ min: 1, max: 9 }), bytes: fc.integer({ min: 1, max: 4 }) }),
    { minLength: 1, maxLength: 6, selector: ({ no }) => no },
  );
  // Equal bytes give equal values.
  const valueOf = (bytes: number): number => 7 + (bytes % 3);
  fc.assert(
    fc.property(files, fc.func(fc.integer()), (given, shuffle) => {
      const inOrder = given.toSorted((a, b) => a.no - b.no);
      const record = (order: typeof given) =>
        order.reduce(
          (history, { no, bytes }) =>
            give(history, fileOf(no, `b${bytes}`), reading(valueOf(bytes))),
          emptyHistory,
        );
      // What repeats what is current leaves no trace; read again in order, it is as if it had come so.
      const shuffled = record(given.toSorted((a, b) => shuffle(a.no) - shuffle(b.no)));
      const readAgain = inOrder.reduce(
        (history, { no, bytes }) => give(history, fileOf(no, `b${bytes}`), reading(valueOf(bytes))),
        shuffled,
      );
      expect(shown(readAgain)).toEqual(shown(record(inOrder)));
    }),
  );
});

test('after a change of what files mean, read again in order, the record is that of a fresh start', () => {
  const event = fc.record({
    bytes: fc.integer({ min: 1, max: 4 }),
    before: fc.option(fc.integer({ min: 7, max: 9 }), { nil: undefined }),
    after: fc.option(fc.integer({ min: 7, max: 9 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 7 }), (events) => {
      // Equal bytes mean the same before, and the same after.
      const meaning = new Map(events.map((one) => [one.bytes, one]));
      const play = (start: KeyHistory, pick: 'before' | 'after') =>
        events.reduce((history, { bytes }, i) => {
          const value = meaning.get(bytes)?.[pick];
          const given = value === undefined ? undefined : reading(value);
          return give(history, fileOf(i + 1, `b${bytes}`), given);
        }, start);
      expect(shown(play(play(emptyHistory, 'before'), 'after'))).toEqual(
        shown(play(emptyHistory, 'after')),
      );
    }),
  );
});
