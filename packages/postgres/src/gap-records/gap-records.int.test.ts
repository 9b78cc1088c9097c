import type { GapEntry, GapRecordDesk, GivenLetter } from '@envigate/domain';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { importRegistry } from '../registry/registry-store.ts';
import { gapRecordDesk } from './gap-record-desk.ts';
import { gapRecordsOf } from './gap-records.ts';

const start = Date.UTC(2026, 2, 24);
const at = (hours: number): Date => new Date(start + hours * 3_600_000);
const now = at(100);

let db: TestDatabase;
let desk: GapRecordDesk;
let gapId: number;
beforeAll(async () => {
  db = await testDatabase();
  desk = gapRecordDesk(db.database, () => now, 100);
});
afterAll(() => db.drop());

let stations = 0;
/** Each test has a station of its own, with one open gap. */
beforeEach(async () => {
  stations += 1;
  const [row] = await db.database.query<{ gapId: number }>(
    `WITH key AS (INSERT INTO station_keys (station) VALUES ($1) RETURNING station_id)
     INSERT INTO gaps (station_id, kind, from_instant, level, opened_at)
     SELECT station_id, 'transmission', $2, '12h', $2 FROM key RETURNING gap_id AS "gapId"`,
    [`S${stations}`, at(18)],
  );
  gapId = row?.gapId ?? 0;
});

const letter = (name: string, begin: string): GivenLetter => ({
  ...{ name, content: Buffer.from(`${begin}…`, 'latin1') },
});
const explained: GapEntry = {
  ...{ kind: 'cause', cause: 'other', words: 'Cháy tủ điện', remedy: 'Thay tủ' },
  ...{ expectedRestart: at(120), document: '15/CV-CP ngày 25/03/2026' },
};
const enter = (entry: GapEntry, letters: readonly GivenLetter[] = [], note = '') =>
  desk.enter(gapId, { entry, actor: 'Lê An', note, letters });

describe('an entry', () => {
  test('that asks the facility is refused while nobody there can be written to', async () => {
    const question: GapEntry = { kind: 'ask-back', question: 'Mất điện từ mấy giờ?' };
    expect(await enter(question)).toMatchObject({
      reason: { en: expect.stringMatching(/has nobody to write to: add its `contacts`/) },
    });
    const station = {
      code: `S${stations}`,
      facility: 'F1',
      name: 'Trạm',
      kind: 'stack-gas' as const,
    };
    const contacts = [{ name: 'Lan', email: 'lan@example.vn' }];
    const registry = {
      ...{ facilities: [{ code: 'F1', name: 'Nhà máy', contacts }], stations: [station] },
      ...{ parameters: [], accounts: [], targets: [] },
    };
    await importRegistry(db.database, registry, { actor: 'test' });
    expect(await enter(question)).toMatchObject({ gap: { record: { state: 'asked-back' } } });
  });

  test('is kept whole, with its letters byte for byte', async () => {
    const letters = [letter('C:\\scan\\cv15.pdf', '%PDF-1.7'), letter('ảnh.jpg', '\xff\xd8\xff')];
    const outcome = await enter(explained, letters, 'theo điện thoại');
    const record = (await gapRecordsOf(db.database, [gapId], now)).get(gapId);
    expect(record).toMatchObject({
      ...{
        state: 'confirmed',
        explanation: { cause: 'other', words: 'Cháy tủ điện', remedy: 'Thay tủ' },
      },
      letters: [
        { name: 'cv15.pdf', mediaType: 'application/pdf', bytes: letters[0]?.content.length },
        { name: 'ảnh.jpg', mediaType: 'image/jpeg', bytes: letters[1]?.content.length },
      ],
      entries: [
        {
          ...explained,
          about: { station: `S${stations}`, from: +at(18), to: +now },
          author: { source: 'officer', name: 'Lê An', post: '', telephone: '' },
          ...{ note: 'theo điện thoại', recordedAt: now },
        },
      ],
    });
    expect(outcome).toMatchObject({ kind: 'recorded', gap: { gapId, record } });
    for (const [i, { letterId }] of record?.letters.entries() ?? []) {
      const kept = await desk.letter(gapId, letterId);
      expect(kept?.content).toEqual(letters[i]?.content);
      // Of this gap only: another one's number does not open it.
      expect(await desk.letter(gapId - 1, letterId)).toBeUndefined();
    }
  });

  test('of each other kind is read as it was made', async () => {
    const made: GapEntry[] = [
      { kind: 'acknowledge', person: 'Lê An' },
      { kind: 'hand-over', person: 'Trần Bình' },
    ];
    for (const entry of made) await enter(entry);
    const gap = await desk.read(gapId);
    expect(gap?.record.entries).toMatchObject(made);
    expect(gap?.record).toMatchObject({ state: 'unexplained', responsible: 'Trần Bình' });
  });

  test('that is refused leaves nothing behind', async () => {
    const refusals = [
      enter({ kind: 'confirm' }, [letter('a.pdf', '%PDF-')]),
      enter(explained, [letter('a.pdf', '%PDF-'), letter('b.pdf', 'MZ')]),
      enter(explained, [letter('a.pdf', `%PDF-${'x'.repeat(200)}`)]),
      enter(explained, Array<GivenLetter>(4).fill(letter('a.pdf', '%PDF-'))),
    ];
    expect(await Promise.all(refusals)).toMatchObject([
      { reason: { en: expect.stringMatching(/^there is no answer/) } },
      { reason: { en: expect.stringMatching(/^the file "b.pdf" is neither PDF nor JPEG/) } },
      { reason: { en: expect.stringMatching(/^the file "a.pdf" is larger than/) } },
      { reason: { en: '3 letters at most, not 4' } },
    ]);
    const kept = await db.database.query(
      `SELECT (SELECT count(*) FROM gap_entries JOIN station_keys USING (station_id) WHERE station = $1) AS entries,
              (SELECT count(*) FROM gap_letters WHERE name = 'a.pdf') AS letters`,
      [`S${stations}`],
    );
    expect(kept).toEqual([{ entries: 0, letters: 0 }]);
  });

  test('of two confirmations at once is one', async () => {
    await db.database.execute(
      `INSERT INTO gap_entries (station_id, gap_kind, from_instant, to_instant, kind, source, author, post,
         telephone, cause, words, remedy, document, note, letter_ids)
       SELECT station_id, 'transmission', $2, $3, 'cause', 'facility', 'Lan', '', '', 'logger', '', '', '', '', '{}'
       FROM station_keys WHERE station = $1`,
      [`S${stations}`, at(18), at(40)],
    );
    const outcomes = await Promise.all([enter({ kind: 'confirm' }), enter({ kind: 'confirm' })]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['recorded', 'refused']);
  });
});

test('a record has the notices about its gap, and those of no other', async () => {
  const notice = async (code: string, from: number, to: number): Promise<void> => {
    await db.database.execute(
      `WITH notice AS (INSERT INTO notices (code, event_key, kind, audience, stations)
         VALUES ($1, $1, 'gap-12h', 'office', '{}') RETURNING notice_id)
       INSERT INTO notice_stretches (notice_id, station, gap_kind, from_instant, to_instant)
       SELECT notice_id, $2, 'transmission', $3, $4 FROM notice`,
      [code, `S${stations}`, at(from), at(to)],
    );
  };
  await notice('GD-2026-000001', 18, 31);
  await notice('GD-2026-000002', 2, 19);
  const record = (await gapRecordsOf(db.database, [gapId], now)).get(gapId);
  expect(record?.notices).toMatchObject([
    { code: 'GD-2026-000001', kind: 'gap-12h', audience: 'office' },
  ]);
});
