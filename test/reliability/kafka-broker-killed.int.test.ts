import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  FencedError,
  streams,
  type DrainBatch,
  type DrainSink,
  type EventLog,
  type OutgoingRecord,
} from '@envigate/event-log';
import { createKafkaEventLog } from '@envigate/kafka';
import { silentLogger } from '@envigate/runtime';
import { eventually } from '../support/src/processes/eventually.ts';
import { canRunKafkaBroker, startKafkaBroker } from '../support/src/servers/kafka-broker.ts';
import type { KafkaServer } from '../support/src/servers/kafka-server.ts';

jest.setTimeout(300_000);

const total = 4_000;
const atOnce = 20;

const fileAt = (number: number): OutgoingRecord => ({
  stream: streams.files,
  key: `station ${number % 23}`,
  id: `f${number}`,
  value: Buffer.from(`file ${number}`),
});

/** Keeps its positions as the database does; also while the broker is away. */
class Sink implements DrainSink {
  readonly ids: string[] = [];
  readonly #positions = new Map<number, number>();

  position({ partition }: DrainBatch['partition']): Promise<number> {
    return Promise.resolve(this.#positions.get(partition) ?? 0);
  }

  commit({ partition: { partition }, records, from, to }: DrainBatch): Promise<void> {
    if ((this.#positions.get(partition) ?? 0) !== from)
      return Promise.reject(new FencedError('sink'));
    this.#positions.set(partition, to);
    this.ids.push(...records.map(({ id }) => id));
    return Promise.resolve();
  }

  reject(): Promise<void> {
    return Promise.reject(new Error('nothing is to be rejected'));
  }
}

(canRunKafkaBroker() ? describe : describe.skip)('while the broker is killed and restarted', () => {
  let dir: string;
  let kafka: KafkaServer;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'envigate-kafka-'));
    kafka = await startKafkaBroker({ dir });
  });
  afterAll(async () => {
    await kafka?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const logs: EventLog[] = [];
  afterEach(async () => {
    await Promise.all(logs.splice(0).map((log) => log.close()));
  });

  function openLog(): EventLog {
    const log = createKafkaEventLog({
      brokers: kafka.brokers,
      topicPrefix: '',
      partitions: 4,
      replicationFactor: 1,
      maxBatchRecords: 50,
      sessionTimeoutMs: 6_000,
      logger: silentLogger(),
    });
    logs.push(log);
    return log;
  }

  async function feedAll(log: EventLog): Promise<void> {
    const feed = await log.openFeed('spool');
    for (let { position } = feed; position < total; position += atOnce) {
      const records = Array.from({ length: atOnce }, (_, index) => fileAt(position + index));
      await feed.append(records, position + atOnce);
    }
    await feed.close();
  }

  async function idsIn(log: EventLog, stream: OutgoingRecord['stream']): Promise<string[]> {
    const ids: string[] = [];
    for await (const { id } of log.scan(stream, [0, 0, 0, 0])) ids.push(id);
    return ids;
  }

  test('feed, pipe and drain carry on by themselves, and every record is there once', async () => {
    const log = openLog();
    await log.prepare();
    const sink = new Sink();
    const reported: string[] = [];
    const pipe = await log.pipe({
      group: 'normaliser',
      from: streams.files,
      onCommitted: (records) => reported.push(...records.map(({ id }) => id)),
      transform: (records) => records.map((record) => ({ ...record, stream: streams.readings })),
      poison: () => [],
    });
    const drain = await log.drain({ group: 'recorder', from: streams.readings, sink });
    const fed = feedAll(log);
    // None of them may give up, whatever happens to the broker.
    const gaveUp = Promise.race([pipe.failed, drain.failed, fed.then(() => pipe.failed)]);
    const reached = (part: number): Promise<void> =>
      Promise.race([
        gaveUp,
        eventually(() => expect(sink.ids.length).toBeGreaterThanOrEqual(total * part), {
          timeoutMs: 90_000,
          everyMs: 5,
        }),
      ]);

    await reached(0.05);
    await kafka.kill();
    await expect(log.check()).rejects.toMatchObject({ retryable: true });
    await kafka.restart();
    await reached(0.3);
    await kafka.restart();
    await reached(0.5);
    await kafka.kill();
    await kafka.restart();

    await fed;
    await reached(1);
    await log.check();
    await Promise.all([pipe.stop(), drain.stop()]);
    const sent = Array.from({ length: total }, (_, number) => fileAt(number).id).sort();
    expect((await idsIn(log, streams.files)).sort()).toEqual(sent);
    expect((await idsIn(log, streams.readings)).sort()).toEqual(sent);
    expect(sink.ids.sort()).toEqual(sent);
    expect(reported.sort()).toEqual(sent);
  });

  test('an instance can be closed while the broker is away', async () => {
    const log = openLog();
    const drain = await log.drain({ group: 'closing', from: streams.files, sink: new Sink() });
    const feed = await log.openFeed('closing');
    await kafka.kill();
    const append = feed.append([fileAt(1)], 1);
    append.catch(() => undefined);
    await log.close();
    await expect(append).rejects.toMatchObject({ retryable: true });
    await drain.stop();
    await kafka.restart();
  });
});
