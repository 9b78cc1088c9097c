import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually, type AuditFigures } from '@envigate/test-support';
import { readCorpus, readCorpusRegistry, type CorpusCase } from '../support/src/corpus/index.ts';
import { startCorpusScene, type CorpusScene } from './testing/corpus-scene.ts';
import {
  fileOf,
  hourMs,
  orderStation,
  outcomeOf,
  withOrderStations,
  type OrderOutcome,
} from './testing/order-station.ts';
import { faultsOfCase, keyOf, readStored, type Stored } from './testing/verify-corpus.ts';

// The whole corpus through the doors of a running gateway, and what PostgreSQL holds of it then.
jest.setTimeout(300_000);

const cases = readCorpus();
const pushed = cases.filter(({ notPushed }) => notPushed === undefined);
const names = ['NEWEST', 'BACKLOG', 'LATE', 'RESEND', 'FORWARDED', 'GAP'] as const;
const [newest, backlog, late, resend, forwarded, gap] = names.map(orderStation);
const nowMs = Math.floor(Date.now() / 60_000) * 60_000;

let scene: CorpusScene;
beforeAll(async () => {
  const registry = withOrderStations(readCorpusRegistry(), names.map(orderStation));
  scene = await startCorpusScene(registry, { quietMinutes: 0.05 });
});
afterAll(() => scene?.stop());

describe('the corpus', () => {
  let audit: AuditFigures;
  let stored: Stored;

  beforeAll(async () => {
    const byAccount = new Map<string, CorpusCase[]>();
    for (const item of [...pushed].sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1)))
      byAccount.set(item.account, [...(byAccount.get(item.account) ?? []), item]);
    const accounts = [...byAccount];
    const sendEvery = async (from: number): Promise<void> => {
      for (let i = from; i < accounts.length; i += 4) {
        const [account, items] = accounts[i]!;
        const half = Math.ceil(items.length / 2);
        await scene.send(account, items.slice(0, half), 'ftp');
        await scene.send(account, items.slice(half), 'sftp');
      }
    };
    await Promise.all([0, 1, 2, 3].map(sendEvery));
    audit = await scene.settle();
    stored = await readStored(scene.database);
  });

  test.each(pushed.map((item) => [item.id, item] as const))('%s', (_id, item) => {
    expect(faultsOfCase(item, stored)).toEqual([]);
  });

  test('is what the audit says, and nothing else', () => {
    const files = new Set(pushed.map(keyOf)).size;
    const quarantined = pushed.filter(({ expected }) => expected.kind === 'quarantined').length;
    expect(audit).toMatchObject({
      receptions: pushed.length,
      stored: files - quarantined,
      quarantined,
      duplicates: pushed.length - files,
      ...{ inSpool: 0, inFlight: 0, unaccounted: 0, held: 0, ledgerFaults: [] },
    });
    const readings = new Set(
      pushed.flatMap(({ expected }) =>
        expected.kind === 'quarantined'
          ? []
          : expected.readings.map((reading) =>
              [expected.station, reading.parameter, reading.instant, reading.value].join(' '),
            ),
      ),
    );
    expect([...stored.readings.values()].flat()).toHaveLength(readings.size);
  });

  test('refuses what is larger than a megabyte, in words', async () => {
    const big = cases.find(({ id }) => id === 'files/five-megabytes')!;
    await expect(scene.send(big.account, [big], 'ftp')).rejects.toThrow(/1048576 bytes/);
  });
});

describe('order', () => {
  /** Waits until everything that follows from what was sent has come about. */
  const expectOutcome = (station: typeof newest, expected: Partial<OrderOutcome>) =>
    eventually(async () => expect(await outcomeOf(scene, station!)).toMatchObject(expected), {
      timeoutMs: 30_000,
    });
  const hours = (from: number, to: number): number[] =>
    Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => (from < to ? from + i : from - i));
  const at = (hour: number): number => nowMs - hour * hourMs;
  const send = (station: typeof newest, ...files: (readonly [hour: number, cod: number])[]) =>
    scene.send(
      station!.account,
      files.map(([hour, cod]) => fileOf(station!, at(hour), cod)),
    );
  /** One reading for each hour, whose value is the hour; oldest first. */
  const readingOf = (hour: number, value = hour, revision = 1) => ({
    instantMs: at(hour),
    value,
    revision,
  });

  test('newest first then old ones', async () => {
    await send(newest, ...hours(1, 12).map((hour) => [hour, hour] as const));
    await expectOutcome(newest, {
      readings: hours(12, 1).map((hour) => readingOf(hour)),
      ...{ superseded: [], outcomes: { stored: 12 }, gapHours: [] },
    });
    await scene.settle();
    const { delivered } = await outcomeOf(scene, newest!);
    expect([...delivered].sort((a, b) => a - b)).toEqual(hours(1, 12));
  });

  test('10 days backlog interleaved with live', async () => {
    const live = hours(10, 1);
    const old = hours(250, 11);
    const sending = live.flatMap((hour, i) => [hour, ...old.slice(i * 24, (i + 1) * 24)]);
    await send(backlog, ...sending.map((hour) => [hour, hour] as const));
    await expectOutcome(backlog, {
      readings: hours(250, 1).map((hour) => readingOf(hour)),
      ...{ superseded: [], outcomes: { stored: 250 }, gapHours: [] },
    });
    await scene.settle();
    const { delivered } = await outcomeOf(scene, backlog!);
    expect([...delivered].sort((a, b) => b - a)).toEqual(hours(250, 1));
  });

  test('one day arriving 40 days late', async () => {
    const day = 40 * 24;
    const before = hours(day + 30, day + 24);
    const after = hours(day - 1, day - 6);
    const valueOf = (hour: number): number => hour % 400;
    await send(late, ...[...before, ...after].map((hour) => [hour, valueOf(hour)] as const));
    await expectOutcome(late, { gapHours: [25] });
    await send(late, ...hours(day + 23, day).map((hour) => [hour, valueOf(hour)] as const));
    await expectOutcome(late, {
      readings: hours(day + 30, day - 6).map((hour) => readingOf(hour, valueOf(hour))),
      ...{ superseded: [], outcomes: { stored: 37 }, gapHours: [] },
    });
  });

  test('resend of already corrected data', async () => {
    await send(resend, [3, 45]);
    // A correction takes the place of what is due and not begun.
    await expectOutcome(resend, { delivered: [45] });
    await send(resend, [3, 46]);
    await expectOutcome(resend, { readings: [readingOf(3, 46, 2)], superseded: [45] });
    // Byte for byte the first file again: it is known, and brings the old value back for nobody.
    await send(resend, [3, 45], [3, 45]);
    await expectOutcome(resend, {
      readings: [readingOf(3, 46, 2)],
      ...{ superseded: [45], outcomes: { stored: 2, duplicate: 2 } },
    });
    await scene.settle();
    expect((await outcomeOf(scene, resend!)).delivered).toEqual([45, 46]);
  });

  test('correction after forwarding', async () => {
    await send(forwarded, [3, 45], [2, 50]);
    await expectOutcome(forwarded, { delivered: [45, 50] });
    await send(forwarded, [3, 47]);
    await expectOutcome(forwarded, {
      readings: [readingOf(3, 47, 2), readingOf(2, 50)],
      ...{ superseded: [45], delivered: [45, 50, 47] },
    });
  });

  test('correction inside a closed gap', async () => {
    await send(gap, [20, 45], [10, 46]);
    await expectOutcome(gap, { gapHours: [10] });
    await send(gap, [15, 47]);
    await expectOutcome(gap, { gapHours: [5, 5] });
    await send(gap, [15, 48]);
    await expectOutcome(gap, {
      readings: [readingOf(20, 45), readingOf(15, 48, 2), readingOf(10, 46)],
      ...{ superseded: [47], gapHours: [5, 5] },
    });
  });
});
