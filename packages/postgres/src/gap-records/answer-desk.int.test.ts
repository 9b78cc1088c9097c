import type { AnswerDesk, FacilityAnswer } from '@envigate/domain';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeAnswerTokens } from './answer-tokens.ts';
import { answerDesk, revokeLinks } from './answer-desk.ts';
import { gapRecordsOf } from './gap-records.ts';

const start = Date.UTC(2026, 2, 24);
const at = (hours: number): Date => new Date(start + hours * 3_600_000);

let db: TestDatabase;
let desk: AnswerDesk;
let now = at(40);
beforeAll(async () => {
  db = await testDatabase();
  desk = answerDesk(db.database, () => now, 100);
});
afterAll(() => db.drop());

let number = 0;
let gapId: number;
let code: string;
/** Of the two recipients of one notice. */
let tokens: readonly [string, string];
/** Each test has a station with an open gap, and a notice about it to two recipients. */
beforeEach(async () => {
  number += 1;
  now = at(40);
  code = `GD-2026-${number}`;
  const station = `S${number}`;
  const [gap] = await db.database.query<{ gapId: number }>(
    `WITH key AS (INSERT INTO station_keys (station) VALUES ($1) RETURNING station_id)
     INSERT INTO gaps (station_id, kind, from_instant, level, opened_at)
     SELECT station_id, 'transmission', $2, '12h', $2 FROM key RETURNING gap_id AS "gapId"`,
    [station, at(18)],
  );
  gapId = gap?.gapId ?? 0;
  const mails = await db.database.query<{ mailId: number }>(
    `WITH notice AS (
       INSERT INTO notices (code, event_key, kind, audience, stations)
       VALUES ($1, $1, 'gap-12h', 'facility:F1', ARRAY[$2]) RETURNING notice_id
     ), stretch AS (
       INSERT INTO notice_stretches (notice_id, station, gap_kind, from_instant, to_instant)
       SELECT notice_id, $2, 'transmission', $3, $4 FROM notice
     )
     INSERT INTO notice_mails (notice_id, address, message_id, subject, text_body, html_body)
     SELECT notice_id, name, $1 || name, '', '', '' FROM notice, unnest(ARRAY['a', 'b']) AS name
     RETURNING mail_id AS "mailId"`,
    [code, station, at(18), at(31)],
  );
  const ids = mails.map(({ mailId }) => mailId);
  await db.database.execute(
    `INSERT INTO answer_links (notice_id, mail_id, expires_at)
     SELECT notice_id, mail_id, $2 FROM notice_mails WHERE mail_id = ANY($1)`,
    [ids, at(31 + 168)],
  );
  const made = await makeAnswerTokens(db.database, ids);
  tokens = [made.get(ids[0] ?? 0) ?? '', made.get(ids[1] ?? 0) ?? ''];
});

const answer = (more: Partial<FacilityAnswer> = {}): FacilityAnswer => ({
  ...{ gaps: [0], name: 'Nguyễn Thị Lan', post: 'Trưởng phòng', telephone: '0200 000 000' },
  explanation: {
    ...{ cause: 'power-cut', words: 'Mất điện lưới', remedy: '', document: '' },
    expectedRestart: at(50),
  },
  ...{ letters: [{ name: 'cv.pdf', content: Buffer.from('%PDF-1.7') }], ...more },
});

describe('a link', () => {
  test('opens as often as it is looked at, and shows what is left of the gap', async () => {
    for (let i = 0; i < 3; i += 1)
      expect(await desk.open(tokens[0])).toMatchObject({
        kind: 'open',
        link: {
          ...{ code, expiresAt: at(199) },
          gaps: [{ asked: { from: +at(18), to: +at(31) }, left: [{ from: +at(18), outMs: 0 }] }],
        },
      });
    await db.database.execute(
      'UPDATE gaps SET from_instant = $2, to_instant = $3 WHERE gap_id = $1',
      [gapId, at(20), at(25)],
    );
    expect(await desk.open(tokens[0])).toMatchObject({
      link: { gaps: [{ left: [{ from: +at(20), to: +at(25) }] }] },
    });
  });

  test('is used up by an answer, with the other links of its notice', async () => {
    const outcome = await desk.answer(tokens[0], answer());
    expect(outcome).toMatchObject({
      ...{ kind: 'recorded', at: now, code: expect.stringMatching(/^PH-2026-\d{6}$/) },
    });
    const record = (await gapRecordsOf(db.database, [gapId], now)).get(gapId);
    expect(record).toMatchObject({
      ...{ state: 'answered', explanation: { cause: 'power-cut', expectedRestart: at(50) } },
      explainedBy: { author: { source: 'facility', name: 'Nguyễn Thị Lan' }, at: now },
      ...{ letters: [{ name: 'cv.pdf' }], acknowledgedAt: undefined },
    });
    for (const token of tokens) {
      expect(await desk.open(token)).toEqual({ kind: 'closed', why: 'used' });
      expect(await desk.answer(token, answer())).toEqual({ kind: 'closed', why: 'used' });
    }
    expect(record?.entries).toHaveLength(1);
  });

  test('takes one of two answers that come at once', async () => {
    const outcomes = await Promise.all(tokens.map((token) => desk.answer(token, answer())));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['closed', 'recorded']);
    const record = (await gapRecordsOf(db.database, [gapId], now)).get(gapId);
    expect([record?.entries.length, record?.letters.length]).toEqual([1, 1]);
  });

  test('is not used up by an answer that is refused', async () => {
    const letters = [{ name: 'cv.pdf', content: Buffer.from('MZ') }];
    expect(await desk.answer(tokens[0], answer({ letters }))).toMatchObject({ kind: 'refused' });
    expect(await desk.open(tokens[0])).toMatchObject({ kind: 'open' });
  });

  test('that was never made, has expired or was revoked opens nothing', async () => {
    expect(await desk.open('x'.repeat(32))).toEqual({ kind: 'closed', why: 'unknown' });
    now = at(199);
    expect(await desk.answer(tokens[0], answer())).toEqual({ kind: 'closed', why: 'expired' });
    await db.database.execute(
      `UPDATE answer_links SET expires_at = now() + interval '1 day'
       WHERE notice_id = (SELECT notice_id FROM notices WHERE code = $1)`,
      [code],
    );
    expect(await revokeLinks(db.database, code, 'lan')).toBe(2);
    expect(await desk.open(tokens[1])).toEqual({ kind: 'closed', why: 'revoked' });
  });

  test('is answered also where late data have filled its gap', async () => {
    await db.database.execute('UPDATE gaps SET removed_at = now() WHERE gap_id = $1', [gapId]);
    expect(await desk.open(tokens[0])).toMatchObject({ link: { gaps: [{ left: [] }] } });
    expect(await desk.answer(tokens[0], answer())).toMatchObject({ kind: 'recorded' });
  });

  test('is stored as a hash alone', async () => {
    const rows = await db.database.query<{ text: string }>(
      `SELECT encode(token_sha256, 'hex') AS text FROM answer_tokens
       UNION ALL SELECT text_body || html_body FROM notice_mails`,
    );
    for (const { text } of rows) for (const token of tokens) expect(text).not.toContain(token);
  });
});
