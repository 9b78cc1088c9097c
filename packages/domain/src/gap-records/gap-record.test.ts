import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  gapRecordOf,
  gapTimeAt,
  isAbout,
  objectionToGapEntry,
  type GapAuthor,
  type GapEntry,
  type GapTime,
  type RecordedGapEntry,
} from './gap-record.ts';

const hour = 3_600_000;
const at = (hours: number): Date => new Date(Date.UTC(2026, 2, 24) + hours * hour);
const now = at(100);

const gap = (from: number, to: number | undefined, more: Partial<GapTime> = {}): GapTime => ({
  ...{ station: 'NUOSXL', kind: 'transmission', parameter: undefined },
  ...{ from: +at(from), to: to === undefined ? undefined : +at(to), ...more },
});

const officer = author('officer', 'Lê An');
const facility = author('facility', 'Nguyễn Thị Lan');
function author(source: GapAuthor['source'], name: string): GapAuthor {
  return { source, name, post: '', telephone: '' };
}

const powerCut: GapEntry = {
  ...{ kind: 'cause', cause: 'power-cut', words: '', remedy: 'Đóng điện lại' },
  ...{ expectedRestart: at(20), document: '' },
};

type Made = (readonly [GapAuthor, GapEntry])[];

function entries(...made: Made): RecordedGapEntry[] {
  return made.map(([by, entry], i) => ({
    ...{ ...entry, entryId: i + 1, about: gap(18, 30), author: by, note: '' },
    ...{ letters: [], recordedAt: at(30 + i) },
  }));
}

const recordOf = (...made: Made) => gapRecordOf(entries(...made), []);

describe('the record of a gap', () => {
  test('without entries is unexplained and nobody knows of it', () => {
    expect(recordOf()).toMatchObject({ state: 'unexplained', acknowledgedAt: undefined });
  });

  test("a facility's answer waits for an officer; confirmed, it names who did so", () => {
    const answered = recordOf([facility, powerCut]);
    expect(answered).toMatchObject({
      ...{ state: 'answered', confirmedBy: undefined, acknowledgedAt: undefined },
      explanation: { cause: 'power-cut', remedy: 'Đóng điện lại', expectedRestart: at(20) },
      explainedBy: { author: facility, at: at(30) },
    });
    expect(recordOf([facility, powerCut], [officer, { kind: 'confirm' }])).toMatchObject({
      ...{ state: 'confirmed', confirmedBy: { name: 'Lê An', at: at(31) }, acknowledgedAt: at(31) },
    });
  });

  test('what an officer states as the cause needs no confirmation', () => {
    expect(recordOf([officer, powerCut])).toMatchObject({
      ...{ state: 'confirmed', confirmedBy: { name: 'Lê An', at: at(30) } },
    });
  });

  test('a question remains until the facility answers, and takes a confirmation back', () => {
    const question: GapEntry = { kind: 'ask-back', question: 'Mất điện từ mấy giờ?' };
    const asked = [
      [facility, powerCut],
      [officer, { kind: 'confirm' }],
      [officer, question],
    ] as const;
    expect(recordOf(...asked)).toMatchObject({
      ...{ state: 'asked-back', question: question.question, confirmedBy: undefined },
      explanation: { cause: 'power-cut' },
    });
    const answer: GapEntry = { ...powerCut, cause: 'logger' };
    expect(recordOf(...asked, [facility, answer])).toMatchObject({
      ...{ state: 'answered', question: undefined, explanation: { cause: 'logger' } },
    });
  });

  test('whoever took over last is responsible; the first officer who knew stays named', () => {
    expect(
      recordOf(
        [officer, { kind: 'acknowledge', person: 'Lê An' }],
        [officer, { kind: 'hand-over', person: 'Trần Bình' }],
      ),
    ).toMatchObject({ responsible: 'Trần Bình', acknowledgedAt: at(30), state: 'unexplained' });
  });

  test('keeps every entry and every letter in their order', () => {
    const [first, second] = entries([facility, powerCut], [facility, powerCut]);
    if (first === undefined || second === undefined) throw new Error('no entries');
    const letter = (letterId: number) => ({
      ...{ letterId, name: `${letterId}.pdf`, mediaType: 'application/pdf' as const },
      ...{ bytes: 1, sha256: '00' },
    });
    const made = [
      { ...first, letters: [letter(4), letter(5)] },
      { ...second, letters: [letter(6)] },
    ];
    const record = gapRecordOf(made, []);
    expect(record.letters.map(({ letterId }) => letterId)).toEqual([4, 5, 6]);
    expect(record.entries).toEqual(made);
  });
});

describe('an entry is refused', () => {
  const objection = (entry: GapEntry, ...made: Made) =>
    objectionToGapEntry(entry, recordOf(...made), now)?.en;

  test.each<[string, GapEntry]>([
    ['other cause: say in words which', { ...powerCut, cause: 'other', words: ' ' }],
    [
      'data may be expected again 366 days from now at most',
      { ...powerCut, expectedRestart: at(100 + 24 * 366 + 1) },
    ],
    [
      'there is no answer of the facility to confirm; state the cause by `cause`',
      { kind: 'confirm' },
    ],
    ['say what the facility is asked', { kind: 'ask-back', question: ' ' }],
    ['say who takes care of the gap', { kind: 'acknowledge', person: '' }],
    ['say who takes care of the gap', { kind: 'hand-over', person: '' }],
  ])('%s', (en, entry) => expect(objection(entry)).toBe(en));

  test('a confirmation of what is confirmed', () => {
    expect(objection({ kind: 'confirm' }, [officer, powerCut])).toBe(
      'the cause is confirmed already',
    );
    expect(objection({ kind: 'confirm' }, [facility, powerCut])).toBeUndefined();
  });
});

describe('an entry stays with its gap', () => {
  const about = (entry: GapTime, one: GapTime) => isAbout(entry, one, +now);

  test('that is open, closed, longer or shorter than when it was made', () => {
    const entry = gapTimeAt(gap(18, undefined), +at(30));
    expect(entry).toEqual(gap(18, 30));
    for (const one of [gap(18, undefined), gap(18, 31), gap(18, 29), gap(10, 40), gap(20, 22)])
      expect([one, about(entry, one)]).toEqual([one, true]);
  });

  test('in both parts of one that late data split', () => {
    const entry = gap(18, 30);
    expect([gap(18, 22), gap(23, 30)].map((one) => about(entry, one))).toEqual([true, true]);
  });

  test('of its series only', () => {
    const entry = gap(18, 30);
    expect(about(entry, gap(18, 30, { station: 'NUO2' }))).toBe(false);
    expect(about(entry, gap(18, 30, { parameter: 'COD' }))).toBe(false);
    expect(about(entry, gap(18, 30, { kind: 'no-valid-data' }))).toBe(false);
  });

  test('and does not pass on to a neighbour', () => {
    const entry = gap(18, 30);
    expect(about(entry, gap(30, 40))).toBe(false);
    // It was thought to go on when the entry was made: the next one began an hour before.
    expect(about(entry, gap(29, 60))).toBe(false);
    expect(about(entry, gap(29, undefined))).toBe(false);
  });

  const stretches = fc
    .tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 80 }))
    .map(([from, length]) => gap(from, from + length));

  test('so that whatever late data leave of it has it', () => {
    fc.assert(
      fc.property(stretches, fc.array(stretches, { maxLength: 3 }), (entry, data) => {
        const pieces = data.reduce(
          (left: readonly GapTime[], cut) => left.flatMap((one) => without(one, cut)),
          [entry],
        );
        for (const piece of pieces) expect(about(entry, piece)).toBe(true);
        // It holds in both directions: whether the entry or the gap is the longer one.
        for (const other of data) expect(about(entry, other)).toBe(about(other, entry));
      }),
    );
  });

  function without(one: GapTime, cut: GapTime): GapTime[] {
    const [to, end] = [one.to ?? Infinity, cut.to ?? Infinity];
    return [
      { ...one, to: Math.min(to, cut.from) },
      { ...one, from: Math.max(one.from, end) },
    ].filter(({ from, to: until }) => from < (until ?? Infinity));
  }
});
