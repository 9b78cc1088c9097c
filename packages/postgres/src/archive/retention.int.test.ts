import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { monthlyTables, monthOf } from '../months/make-months.ts';
import { archiveLock } from './archive-month.ts';
import { listDueForArchive, removeAssessmentHistory } from './retention.ts';
import { ArchiveScene, month, nextMonth } from './testing/archive-scene.ts';

jest.setTimeout(60_000);

let scene: ArchiveScene;
beforeEach(async () => {
  scene = await ArchiveScene.create();
  await scene.fill();
});
afterEach(() => scene.close());

const due = async (keepMonths: number | undefined) =>
  (await listDueForArchive(scene.database, keepMonths)).map(({ name }) => name);

test('months are due that are older than what is kept, until they are archived', async () => {
  expect(monthOf(new Date()) - (month.month ?? 0)).toBe(3);
  expect(await due(undefined)).toEqual([]);
  expect(await due(3)).toEqual([]);
  expect(await due(2)).toEqual([month.name]);
  expect(await due(1)).toEqual([month.name, nextMonth.name]);
  const before = await scene.digests();
  await due(1);
  expect(await scene.digests()).toEqual(before);
  await scene.archive();
  expect(await due(2)).toEqual([]);
  expect(await due(1)).toEqual([nextMonth.name]);
});

test('only earlier verdicts are removed without an archive, and only those of old months', async () => {
  const before = await scene.digests();
  expect(await removeAssessmentHistory(scene.database, 3)).toEqual([]);
  expect(await scene.digests()).toEqual(before);
  expect(await removeAssessmentHistory(scene.database, 2)).toEqual([
    { partition: `reading_assessment_history_${month.name.replace('-', '_')}`, rows: 2 },
  ]);
  const after = await scene.digests();
  for (const { table } of monthlyTables)
    expect([table, after[table] === before[table]]).toEqual([
      table,
      table !== 'reading_assessment_history',
    ]);
});

test('nothing is removed while an archive or a restore is under way', async () => {
  const lock = await scene.database.advisoryLock(archiveLock);
  expect(await removeAssessmentHistory(scene.database, 2)).toBeUndefined();
  await lock?.release();
  expect(await removeAssessmentHistory(scene.database, 2)).toHaveLength(1);
});
