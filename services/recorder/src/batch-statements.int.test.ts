import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { NormalisedFile } from '@envigate/contracts';
import type { Session } from '@envigate/postgres';
import {
  normalised,
  quarantined,
  RecorderScene,
  resent,
  type Message,
} from './testing/recorder-scene.ts';

let scene: RecorderScene;
beforeEach(async () => {
  scene = await RecorderScene.create();
  scene.clockReset = { minLagHours: 20, minCorrectedShare: 0.5, minSilenceIntervals: 0.9 };
});
afterEach(async () => {
  jest.restoreAllMocks();
  await scene.close();
});

/** A batch of one station: a file for each of so many minutes from the first one on. */
const filesFrom = (first: number, count: number, value: number): readonly NormalisedFile[] =>
  Array.from({ length: count }, (_, i) =>
    normalised(`S1_${first + i}_${value}.txt`, [`pH ${first + i} ${value}`]),
  );

/** As received days after the time that it states. */
const late = (files: readonly NormalisedFile[], receivedAt = '2026-01-05T11:00:00Z') =>
  files.map((file): NormalisedFile => ({
    ...file,
    reception: { ...file.reception, receivedAt },
    newestTime: file.readings.at(-1)!.instant,
  }));

const day = 24 * 60;

async function held(): Promise<number> {
  const rows = await scene.database.query(
    "SELECT FROM quarantine WHERE reason = 'clock-reset' AND resolved_at IS NULL",
  );
  return rows.length;
}

/** How many statements the transaction of the batch runs. */
async function statementsOf(batch: readonly Message[]): Promise<number> {
  const { database } = scene;
  const transaction = database.transaction.bind(database);
  let statements = 0;
  const counting = (tx: Session): Session => ({
    query: (...args) => ((statements += 1), tx.query(...args)),
    execute: (...args) => ((statements += 1), tx.execute(...args)),
  });
  const spy = jest
    .spyOn(database, 'transaction')
    .mockImplementation((work, options) => transaction((tx) => work(counting(tx)), options));
  await scene.record(...batch);
  spy.mockRestore();
  return statements;
}

describe('a batch of 20 files runs as many statements as one of two', () => {
  beforeEach(async () => {
    await scene.record(...filesFrom(0, 1, 7));
    await scene.record(quarantined('X_0.txt', 'x'));
  });

  test('of present files', async () => {
    const two = await statementsOf(filesFrom(100, 2, 7));
    expect(await statementsOf(filesFrom(200, 20, 7))).toBe(two);
  });

  test('of backfill, for which the clock costs one more', async () => {
    const present = await statementsOf(filesFrom(100, 2, 7));
    expect(await statementsOf(late(filesFrom(200, 2, 7)))).toBe(present + 1);
    expect(await statementsOf(late(filesFrom(300, 20, 7)))).toBe(present + 1);
    expect(await held()).toBe(0);
  });

  test('of a logger whose clock was reset', async () => {
    await scene.record(...filesFrom(100, 60, 7));
    // An hour before the others come, so that their lag has jumped.
    const [inStep] = late(filesFrom(4 * day, 1, 7), '2026-01-05T10:00:10Z');
    await scene.record(inStep!);
    const two = await statementsOf(late(filesFrom(100, 2, 5)));
    expect(await statementsOf(late(filesFrom(110, 20, 5)))).toBe(two);
    expect(await held()).toBe(22);
  });

  test('of corrections', async () => {
    await scene.record(...filesFrom(100, 60, 7));
    const two = await statementsOf(filesFrom(100, 2, 5));
    expect(await statementsOf(filesFrom(110, 20, 5))).toBe(two);
  });

  test('of files that came before', async () => {
    const files = filesFrom(100, 22, 7);
    await scene.record(...files);
    const again = files.map((file) => resent(file));
    const two = await statementsOf(again.slice(0, 2));
    expect(await statementsOf(again.slice(2))).toBe(two);
  });

  test('of files that nobody understands', async () => {
    const unknown = (count: number, tag: string) =>
      Array.from({ length: count }, (_, i) => quarantined(`${tag}_${i}.txt`, 'x'));
    const two = await statementsOf(unknown(2, 'Y'));
    expect(await statementsOf(unknown(20, 'Z'))).toBe(two);
  });
});
