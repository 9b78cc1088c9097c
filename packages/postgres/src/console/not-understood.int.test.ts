import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RecordScene } from './testing/record-scene.ts';

let scene: RecordScene;
beforeAll(async () => {
  scene = await RecordScene.create();
  await scene.quarantine({ name: 'unknown.txt' });
  const rejected = [
    { line: 7, reason: 'time-unreadable' },
    { line: 4, reason: 'wrong-column-count' },
    { line: 2, reason: 'time-unreadable' },
    { line: 9, reason: 'time-unreadable' },
  ] as const;
  await scene.record([scene.file({ name: 'TB_S1_1.txt', rejected })]);
  await scene.record([scene.file({ name: 'TB_S1_2.txt', instant: '2026-01-01T00:05:00.000Z' })]);
});
afterAll(() => scene?.close());

const whyNot = async (name: string) => {
  const {
    rows: [reception],
  } = await scene.queries.receptions({ name, limit: 1 });
  return reception?.notUnderstood;
};
const expected = { expected: 'a time', expectedVi: 'thời gian đo' };

test('a file says why it was not understood', async () => {
  expect(await whyNot('unknown.txt')).toEqual([
    {
      ...{ reason: 'unknown-station', rows: 1, open: 1 },
      line: null,
      expected: 'a station of the account',
      expectedVi: null,
    },
  ]);
});

test('a file says each reason of its lines once, the most frequent first, with its first line', async () => {
  const byReason = [
    { reason: 'time-unreadable', rows: 3, open: 3, line: 2, ...expected },
    { reason: 'wrong-column-count', rows: 1, open: 1, line: 4, ...expected },
  ];
  expect(await whyNot('TB_S1_1.txt')).toEqual(byReason);
  const {
    rows: [{ fileId } = { fileId: '' }],
  } = await scene.queries.receptions({
    name: 'TB_S1_1.txt',
    limit: 1,
  });
  expect((await scene.queries.file(fileId))?.receptions[0]?.notUnderstood).toEqual(byReason);
});

test('what a replay has resolved is no longer open', async () => {
  await scene.database.execute(
    `UPDATE quarantine SET resolved_at = now(), resolution = 'understood', resolved_by = reception_id
     WHERE line IN (2, 7)`,
  );
  expect(await whyNot('TB_S1_1.txt')).toMatchObject([
    { reason: 'time-unreadable', rows: 3, open: 1 },
    { reason: 'wrong-column-count', rows: 1, open: 1 },
  ]);
});

test('a file that was understood has nothing to say', async () => {
  expect(await whyNot('TB_S1_2.txt')).toEqual([]);
});
