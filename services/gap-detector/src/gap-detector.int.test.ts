import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gapEventCodec } from '@envigate/contracts';
import { FencedError, streams, type OutgoingRecord } from '@envigate/event-log';
import { publish } from '@envigate/event-log/contract-suite';
import { createPostgresEventLog, outboxReader } from '@envigate/postgres';
import { silentLogger } from '@envigate/runtime';
import { startGapDetector } from './gap-detector.ts';
import { hearArrivals } from './hear-arrivals.ts';
import { lookForSilentStations } from './look-for-silence.ts';
import { at, describe as reported, fileOf, GapScene, readingsRecord } from './testing/gap-scene.ts';

let scene: GapScene;
beforeEach(async () => {
  scene = await GapScene.create();
});
afterEach(() => scene.close());

const every5 = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / 5 + 1 }, (_, i) => from + 5 * i);

describe('data', () => {
  test('that come after a silence make a closed gap, reported with the file that closed it', async () => {
    await scene.hear(fileOf([0, 5]));
    const closing = fileOf([90]);
    await scene.hear(closing);
    expect(await scene.gaps()).toEqual(['S1 5–90 1h']);
    const [event] = await eventsOf(scene);
    expect(event).toMatchObject({
      ...{ type: 'gap-event.v1', change: 'closed', station: 'S1' },
      gap: { kind: 'transmission', from: at(5), to: at(90), level: '1h' },
      fileId: closing.reception.fileId,
    });
    const [row] = await scene.database.query(
      `SELECT encode(closed_by, 'hex') AS closed_by, closed_at IS NOT NULL AS closed FROM gaps`,
    );
    expect(row).toEqual({ closed_by: closing.reception.fileId, closed: true });
  });

  test('that come late split, shrink and remove a gap; nothing is forgotten', async () => {
    await scene.hear(fileOf([0]), fileOf([800]));
    await scene.hear(fileOf([400], { receivedAt: 805 }));
    expect(await scene.gaps()).toEqual(['S1 0–400 1h', 'S1 400–800 1h']);
    await scene.hear(fileOf(every5(405, 780), { receivedAt: 805 }));
    expect(await scene.gaps()).toEqual(['S1 0–400 1h']);
    await scene.hear(fileOf(every5(5, 300), { receivedAt: 805 }));
    expect(await scene.gaps()).toEqual(['S1 300–400 1h']);
    await scene.hear(fileOf([320, 340, 360, 380], { receivedAt: 805 }));
    expect(await scene.gaps()).toEqual([]);
    expect(await scene.reported()).toEqual([
      'closed S1 0–800 12h',
      'shrunk S1 0–400 1h',
      'closed S1 400–800 1h',
      'removed S1 400–800 1h',
      'shrunk S1 300–400 1h',
      'removed S1 300–400 1h',
    ]);
    const [row] = await scene.database.query(
      'SELECT count(*) AS all, count(removed_at) AS removed FROM gaps',
    );
    expect(row).toEqual({ all: 2, removed: 2 });
  });

  test('from before the first extend the coverage', async () => {
    await scene.hear(fileOf([500]));
    await scene.hear(fileOf([0], { receivedAt: 505 }));
    expect(await scene.gaps()).toEqual(['S1 0–500 1h']);
    expect(await scene.database.query('SELECT first_instant, last_instant FROM coverage')).toEqual([
      { first_instant: new Date(at(0)), last_instant: new Date(at(500)) },
    ]);
  });

  test('are a sign of life whatever their status, and a file sent again changes nothing', async () => {
    const calibrating = fileOf([5], { status: '01' });
    await scene.hear(fileOf([0]), calibrating, fileOf([10], { status: '02' }));
    await scene.hear(calibrating);
    expect(await scene.gaps()).toEqual([]);
    expect(await scene.reported()).toEqual([]);
  });

  test('of stations with another interval are judged by theirs', async () => {
    const station = 'HOURLY';
    await scene.hear(fileOf([0, 60, 135], { station }), fileOf([0, 60], { station: 'S2' }));
    expect(await scene.gaps()).toEqual(['S2 0–60 1h']);
    await scene.hear(fileOf([211], { station }));
    expect(await scene.gaps()).toEqual(['HOURLY 135–211 1h', 'S2 0–60 1h']);
  });

  test('from the far future are no sign of life', async () => {
    await scene.hear(fileOf([0]), fileOf([5, 1_000_000], { receivedAt: 5 }));
    await scene.look(30);
    expect(await scene.gaps()).toEqual(['S1 5–open 15min']);
    expect(scene.happened).toContainEqual({
      name: 'future-data-ignored',
      payload: { station: 'S1', instants: 1 },
    });
  });

  test('in whatever order and batches end in the gaps of the sorted instants', async () => {
    const plan = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 2, maxLength: 40 });
    const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 8 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(plan, cuts, async (minutes, sizes) => {
        const station = `P${run++}`;
        const waiting = [...minutes];
        for (let i = 0; waiting.length > 0; i++) {
          const part = waiting.splice(0, sizes[i % sizes.length]);
          await scene.hear(...part.map((minute) => fileOf([minute], { station, receivedAt: 400 })));
        }
        const sorted = [...minutes].sort((a, b) => a - b);
        const expected = sorted.flatMap((to, i) => {
          const from = sorted[i - 1];
          if (from === undefined || to - from <= 20) return [];
          return [`${station} ${from}–${to} ${to - from >= 60 ? '1h' : '15min'}`];
        });
        const gaps = (await scene.gaps()).filter((gap) => gap.startsWith(`${station} `));
        expect(gaps).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });
});

describe('silence', () => {
  test('opens a gap, raises its level, and data close it', async () => {
    await scene.hear(fileOf([0]));
    await scene.look(20);
    expect(await scene.gaps()).toEqual([]);
    await scene.look(21);
    await scene.look(25);
    await scene.look(60);
    await scene.look(720);
    expect(await scene.gaps()).toEqual(['S1 0–open 12h']);
    expect(await scene.parts.store.countOpen()).toEqual(new Map([['12h', 1]]));
    await scene.hear(fileOf([725]));
    expect(await scene.reported()).toEqual([
      'opened S1 0–open 15min',
      'level S1 0–open 1h',
      'level S1 0–open 12h',
      'closed S1 0–725 12h',
    ]);
  });

  test('of a station that never sent, or that the registry does not know, is not a gap', async () => {
    await scene.hear(fileOf([0], { station: 'GONE' }));
    await scene.look(500);
    expect(await scene.gaps()).toEqual([]);
  });

  test('is opened once by several instances that look at once', async () => {
    await scene.hear(fileOf([0]), fileOf([0], { station: 'S2' }));
    await scene.look(15);
    scene.now = 30;
    await Promise.all(Array.from({ length: 5 }, () => lookForSilentStations(scene.parts)));
    expect(await scene.gaps()).toEqual(['S1 0–open 15min', 'S2 0–open 15min']);
    expect(await scene.reported()).toHaveLength(2);
  });

  test('is judged after whoever is at work on the station, from what they left', async () => {
    await scene.hear(fileOf([0]));
    await scene.look(25);
    await scene.database.execute('DELETE FROM gaps');
    scene.now = 30;
    let looked = false;
    const look = await scene.database.transaction(async (tx) => {
      await tx.execute(`SELECT FROM station_keys WHERE station = 'S1' FOR NO KEY UPDATE`);
      const looking = lookForSilentStations(scene.parts).then(() => (looked = true));
      while (!looked && !(await someoneWaits()));
      await tx.execute('UPDATE coverage SET last_instant = $1', [new Date(at(25))]);
      return { looking };
    });
    await look.looking;
    expect(await scene.gaps()).toEqual([]);
  });

  /** Not asked within a transaction, which would see the same answer again and again. */
  async function someoneWaits(): Promise<boolean> {
    const waiting = await scene.database.query(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return waiting.length > 0;
  }

  test('that data break in the same moment ends in the same gaps', async () => {
    const stations = ['S1', 'S2', 'HOURLY'];
    await scene.hear(...stations.map((station) => fileOf([0], { station })));
    await scene.look(85);
    for (let minute = 90; minute < 900; minute += 90) {
      scene.now = minute;
      await Promise.all([
        scene.hear(...stations.map((station) => fileOf([minute], { station }))),
        lookForSilentStations(scene.parts),
        lookForSilentStations(scene.parts),
      ]);
    }
    const closed = (await scene.gaps()).filter((gap) => !gap.includes('open'));
    expect(closed).toHaveLength(3 * 9);
    expect((await scene.gaps()).filter((gap) => gap.includes('open'))).toEqual([]);
  });

  test('of a backlog that is sent oldest first stays one gap that shrinks', async () => {
    await scene.hear(fileOf([0]));
    await scene.look(800);
    for (let minute = 5; minute <= 800; minute += 5) {
      await scene.hear(fileOf([minute], { receivedAt: 800 }));
      if (minute % 100 === 0) await scene.look(800);
    }
    expect(await scene.gaps()).toEqual([]);
    const changes = (await scene.reported()).map((line) => line.split(' ')[0]);
    expect(changes.filter((change) => change === 'opened')).toHaveLength(1);
    expect(changes.at(-1)).toBe('removed');
  });
});

describe('our own outage', () => {
  test.each([
    ['not normalised', streams.files],
    ['not heard', streams.readings],
  ])('does not open gaps while received files are %s yet', async (_what, stream) => {
    await scene.hear(fileOf([0]), fileOf([0], { station: 'S2' }));
    await scene.look(10);
    // Received on time, but waiting since minute 5.
    const late = fileOf([5], { receivedAt: 5 });
    await scene.publish(stream, readingsRecord(late).value);
    await scene.look(300);
    expect(await scene.gaps()).toEqual([]);
    await scene.normalise();
    await scene.hear();
    await scene.look(301);
    expect(await scene.gaps()).toEqual(['S1 5–open 1h', 'S2 0–open 1h']);
  });

  test('holds every judgement while too much is on the way to be looked through', async () => {
    await scene.hear(fileOf([0]));
    const { value } = readingsRecord(fileOf([299], { station: 'S2' }));
    await scene.publish(streams.files, ...Array.from({ length: 1001 }, () => value));
    await scene.look(300);
    expect(await scene.gaps()).toEqual([]);
    expect(scene.happened.at(-1)).toEqual({ name: 'silence-held', payload: { stations: 1 } });
    await scene.normalise(1);
    await scene.hear();
    await scene.look(301);
    expect(await scene.gaps()).toEqual(['S1 0–open 1h']);
  });

  test('is not held against the stations after a night off', async () => {
    await scene.hear(fileOf([0]), fileOf([0], { station: 'S2' }));
    await scene.look(5);
    await scene.lookAfterBreak(600);
    await scene.look(620);
    expect(await scene.gaps()).toEqual([]);
    // One comes back, the other has had its time now.
    await scene.hear(fileOf(every5(5, 620)));
    await scene.look(621);
    expect(await scene.gaps()).toEqual(['S2 0–open 1h']);
  });
});

describe('a wrong clock that is put right', () => {
  const year = 366 * 24 * 60;

  test.each([
    ['ahead', year],
    ['behind', -year],
    ['a few hours ahead', 300],
  ])('and was %s leaves gaps found as ever, and is reported', async (_what, minutes) => {
    await scene.hear(fileOf([0]), fileOf([0], { station: 'S2' }));
    await scene.look(5);
    scene.now = 5 + minutes;
    await lookForSilentStations(scene.parts);
    scene.now = 10;
    await lookForSilentStations(scene.parts);
    await scene.look(200);
    expect(await scene.gaps()).toEqual(['S1 0–open 1h', 'S2 0–open 1h']);
    const setBack = scene.happened.filter(({ name }) => name === 'clock-set-back');
    const seconds = (minutes > 0 ? minutes - 5 : -minutes) * 60;
    expect(setBack.map(({ payload }) => payload)).toEqual([{ seconds }]);
  });

  test('two detectors whose clocks differ by a minute find gaps all the same', async () => {
    await scene.hear(fileOf([0]));
    await scene.look(5);
    for (let minute = 5; minute <= 200; minute += 1) {
      scene.now = minute + (minute % 2);
      await lookForSilentStations(scene.parts);
    }
    expect(await scene.gaps()).toEqual(['S1 0–open 1h']);
    expect(scene.happened.filter(({ name }) => name === 'clock-set-back')).toEqual([]);
  });
});

describe('the position', () => {
  test('moves with the effects; a batch a second time is fenced and changes nothing', async () => {
    await scene.hear(fileOf([0]));
    const batch = await scene.batch(fileOf([100]));
    const sink = hearArrivals(scene.parts);
    await sink.commit(batch);
    await expect(sink.commit(batch)).rejects.toThrow(FencedError);
    expect(await sink.position(batch.partition)).toBe(2);
    expect(await scene.reported()).toEqual(['closed S1 0–100 1h']);
  });

  test('passes a message that cannot be read, which is kept', async () => {
    const batch = await scene.batch(Buffer.from('{'));
    const sink = hearArrivals(scene.parts);
    const error: unknown = await sink.commit(batch).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SyntaxError);
    await sink.reject(batch, error);
    expect(await sink.position(batch.partition)).toBe(1);
    expect(await scene.database.query('SELECT consumer, value FROM undecodable_messages')).toEqual([
      { consumer: 'gap-detector', value: Buffer.from('{') },
    ]);
  });
});

test('two detectors on the event log report each change once, while connections are killed', async () => {
  const open = () =>
    createPostgresEventLog({
      ...{ database: scene.database, partitions: 2, maxBatchRecords: 10, retentionHours: 24 },
      ...{ logger: silentLogger(), sessionTimeoutMs: 1_000 },
    });
  const logs = [open(), open()];
  await logs[0]!.prepare();
  const detectors = await Promise.all(
    logs.map((eventLog) =>
      startGapDetector({
        ...scene.parts,
        ...{ eventLog, logger: silentLogger(), maxBatchRecords: 10, checkSeconds: 3600 },
        outbox: outboxReader(scene.database, streams.gaps, 1),
      }),
    ),
  );
  const stations = ['S1', 'S2', 'S3', 'S4'];
  const expected: string[] = [];
  for (let minute = 0; minute < 900; minute += 30) {
    const records = stations.map((station) => readingsRecord(fileOf([minute], { station })));
    await appendOnce(records);
    if (minute > 0)
      expected.push(...stations.map((s) => `closed ${s} ${minute - 30}–${minute} 15min`));
    if (minute % 300 === 0) await scene.killBackends();
  }
  let lines: string[] = [];
  while (lines.length < expected.length) {
    lines = await publishedLines().catch(() => []);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await Promise.all(detectors.map((detector) => detector.stop()));
  expect((await publishedLines()).sort()).toEqual([...expected].sort());
  for (const station of stations) {
    const inOrder = lines.filter((line) => line.includes(` ${station} `));
    expect(inOrder).toEqual(expected.filter((line) => line.includes(` ${station} `)));
  }
  await Promise.all(logs.map((log) => log.close()));

  async function publishedLines(): Promise<string[]> {
    const found: string[] = [];
    for await (const record of logs[0]!.scan(streams.gaps, [0, 0]))
      found.push(reported(gapEventCodec.decode(record.value)));
    return found;
  }

  /** Kills may take an append or its answer; a repeated one is harmless here: known data. */
  async function appendOnce(records: readonly OutgoingRecord[]): Promise<void> {
    for (;;) {
      try {
        await publish(logs[0]!, records);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }
}, 60_000);

async function eventsOf(of: GapScene) {
  const reader = outboxReader(of.database, streams.gaps);
  await reader.claim();
  return (await reader.read(0, 100)).map(({ record }) => gapEventCodec.decode(record.value));
}
