import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { streams, type DrainSink, type LogPartition } from '@envigate/event-log';
import { verifyLedger } from '@envigate/postgres';
import { normalised, quarantined, RecorderScene, resent } from './testing/recorder-scene.ts';
import { proveRecord } from './testing/prove-record.ts';

let scene: RecorderScene;
beforeEach(async () => {
  scene = await RecorderScene.create();
});
afterEach(() => scene.close());

const sinkOf = async (stream = streams.readings as 'station.readings' | 'station.quarantine') =>
  (await scene.sinks()).get(stream)!;
const rows = async (table: string): Promise<number> => {
  const [row] = await scene.database.query<{ count: number }>(`SELECT count(*) FROM ${table}`);
  return row!.count;
};
const redelivered = (): number =>
  scene.happened
    .filter(({ name }) => name === 'receptions-redelivered')
    .reduce((sum, { payload }) => sum + Number(payload['receptions']), 0);
const namesOf = (): string[] => scene.happened.map(({ name }) => name);

describe('a reception that the event log hands over again', () => {
  test('is skipped, and its neighbours are recorded', async () => {
    const known = normalised('1.txt', ['pH 0 7.1']);
    await scene.record(known);
    scene.happened.splice(0);
    await scene.record(
      normalised('2.txt', ['pH 5 7.2']),
      known,
      normalised('3.txt', ['pH 10 7.3']),
    );
    expect(await scene.outcomes()).toMatchObject([
      { outcome: 'stored', new: 1 },
      { outcome: 'stored', new: 1 },
      { outcome: 'stored', new: 1 },
    ]);
    expect(await rows('deliveries')).toBe(3);
    expect(redelivered()).toBe(1);
    expect(namesOf().filter((name) => name === 'file-recorded')).toHaveLength(2);
    expect(await proveRecord(scene.database)).toEqual([]);
  });

  test('is recorded once where one batch brings it twice', async () => {
    const file = normalised('1.txt', ['pH 0 7.1']);
    await scene.record(file, file, resent(file));
    expect(await scene.outcomes()).toMatchObject([{ outcome: 'stored' }, { outcome: 'duplicate' }]);
    expect(redelivered()).toBe(1);
  });

  test('is skipped whatever has become of it on the way this time', async () => {
    const stored = normalised('1.txt', ['pH 0 7.1']);
    const refused = quarantined('2.txt', 'bad');
    await scene.record(stored);
    await scene.record(refused);
    await scene.record({ ...refused, reception: stored.reception, content: stored.content });
    await scene.record({ ...stored, reception: refused.reception, content: refused.content });
    expect(await scene.outcomes()).toMatchObject([
      { outcome: 'stored', new: 1 },
      { outcome: 'quarantined', new: 0 },
    ]);
    expect(await rows('quarantine')).toBe(1);
    expect(redelivered()).toBe(2);
  });

  test('costs a batch, not an isolation: a thousand of them are passed over in two commits', async () => {
    const files = Array.from({ length: 1_000 }, (_, i) => normalised(`${i}.txt`, []));
    await scene.record(...files);
    const before = await scene.outcomes();
    const sink = await sinkOf();
    for (const half of [files.slice(0, 500), files.slice(500)]) {
      const batch = scene.batch(...half);
      await sink.commit(batch); // does not throw, so nobody tries them one by one
      scene.passed(batch);
      expect(await sink.position(batch.partition)).toBe(batch.to);
    }
    expect(await scene.outcomes()).toEqual(before);
    expect(redelivered()).toBe(1_000);
    expect(namesOf()).not.toContain('message-undecodable');
  });

  test('is only the very same one: an id under another number is refused', async () => {
    const file = normalised('1.txt', ['pH 0 7.1']);
    await scene.record(file);
    const forged = { ...file, reception: { ...file.reception, spoolSequence: 4_711 } };
    await expect((await sinkOf()).commit(scene.batch(forged))).rejects.toThrow(
      /receptions_\w+_pkey/,
    );
    expect(await rows('receptions')).toBe(1);
  });

  test('and was undecodable is not kept twice, and is no error again', async () => {
    const sink = await sinkOf();
    const reject = async (...lines: string[]): Promise<void> => {
      for (const line of lines) {
        const batch = scene.batch(Buffer.from(line));
        await sink.reject(batch, new Error('no JSON'));
        scene.passed(batch);
      }
    };
    await reject('garbage 1', 'garbage 2');
    scene.log = 'another'; // in which the same offset is another message
    scene.begin();
    await reject('garbage 3', 'garbage 2');
    expect(await rows('undecodable_messages')).toBe(3);
    scene.log = 'a third';
    scene.begin();
    await reject('garbage 3', 'garbage 2');
    expect(await rows('undecodable_messages')).toBe(3);
    expect(namesOf().filter((name) => name === 'message-undecodable')).toHaveLength(3);
    expect(redelivered()).toBe(3);
  });
});

describe('positions', () => {
  const place = (log: string): LogPartition => ({ log, stream: streams.readings, partition: 0 });
  const positions = async (sink: DrainSink, ...logs: string[]) =>
    Promise.all(logs.map((log) => sink.position(place(log))));

  test('count in their own log; in another one the ledger goes on', async () => {
    const first = normalised('1.txt', ['pH 0 7.1']);
    await scene.record(first, normalised('2.txt', ['pH 5 7.2']));
    scene.log = 'another';
    scene.begin();
    await scene.record(first, normalised('3.txt', ['pH 10 7.3']), normalised('4.txt', []));
    const sink = await sinkOf();
    expect(await positions(sink, 'log', 'another', 'a third')).toEqual([2, 3, undefined]);
    expect(await sink.earlierLog!(place('another'))).toMatchObject({ log: 'log' });
    expect(await sink.earlierLog!(place('a third'))).toMatchObject({ log: 'another' });
    expect(await verifyLedger(scene.database)).toEqual({ chains: 1, receptions: 4, faults: [] });
  });

  test('from before positions had a log are those of the log that asks first', async () => {
    await scene.record(normalised('1.txt', ['pH 0 7.1']), normalised('2.txt', ['pH 5 7.2']));
    await scene.database.execute(`UPDATE sink_positions SET log = ''`);
    const sink = await sinkOf();
    expect(await sink.position(place('log'))).toBe(2);
    expect(await sink.position(place('another'))).toBeUndefined();
    await scene.record(normalised('3.txt', ['pH 10 7.3']));
    expect(await sink.position(place('log'))).toBe(3);
  });
});
