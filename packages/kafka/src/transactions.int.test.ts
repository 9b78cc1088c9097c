import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import {
  FencedError,
  streams,
  type EventLog,
  type OutgoingRecord,
  type StreamName,
} from '@envigate/event-log';
import { publish } from '@envigate/event-log/contract-suite';
import type { Producer } from 'kafkajs';
import type { KafkaClient } from './client/kafka-client.ts';
import { settledOffsets, TransactionalWriter } from './transactions.ts';
import { namesFor, type Names } from './names.ts';
import { describeWithKafka } from './testing/describe-with-kafka.ts';
import { openEventLog } from './testing/open-event-log.ts';
import { deleteTopics, testClient } from './testing/test-client.ts';

jest.setTimeout(60_000);

const record = (id: string, key = 'station'): OutgoingRecord => ({
  stream: streams.files,
  key,
  id,
  value: Buffer.from(id),
});

describeWithKafka('transactions', () => {
  let prefix: string;
  let names: Names;
  let client: KafkaClient;
  let log: EventLog;
  const producers: Producer[] = [];

  beforeEach(async () => {
    prefix = `test-${randomUUID().slice(0, 8)}.`;
    names = namesFor(prefix);
    client = testClient();
    log = await openEventLog(prefix);
    await log.prepare();
  });

  afterEach(async () => {
    await log.close();
    await Promise.all(producers.splice(0).map((producer) => producer.disconnect()));
    await client.close();
    await deleteTopics(prefix);
  });

  const topicOf = (stream: StreamName): string => names.topic(stream);
  const open = (ids: readonly string[]) => TransactionalWriter.open(client, ids, topicOf);
  const place = (offset: number) => ({
    groupId: names.feedGroup('f'),
    topic: names.feedsTopic,
    partition: 0,
    offset,
  });
  const position = async (): Promise<number> =>
    (await settledOffsets(client, names.feedGroup('f'), names.feedsTopic))[0]?.offset ?? -1;
  const visible = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id } of log.scan(streams.files, [0, 0, 0, 0])) ids.push(id);
    return ids;
  };
  /** A transaction left open, as a process leaves it that dies between its records and the commit. */
  const leaveOpen = async (transactionalId: string, ids: readonly string[], offset?: number) => {
    const producer = client.transactionalProducer(transactionalId);
    producers.push(producer);
    await producer.connect();
    const transaction = await producer.transaction();
    const messages = ids.map((id) => ({ key: 'station', value: id, headers: { id } }));
    for (const message of messages) {
      await transaction.send({ topic: names.topic(streams.files), messages: [message] });
    }
    if (offset !== undefined) {
      const partitions = [{ partition: 0, offset: String(offset) }];
      await transaction.sendOffsets({
        consumerGroupId: names.feedGroup('f'),
        topics: [{ topic: names.feedsTopic, partitions }],
      });
    }
    return transaction;
  };

  test('what was left open is neither visible nor in the position once its ids are taken over', async () => {
    const ids = names.feedTransactions('f');
    const first = await open(ids);
    await first.write([record('a')], place(1));
    await first.close();
    await leaveOpen(ids[2]!, ['lost'], 99);
    const next = await open(ids);
    expect(await position()).toBe(1);
    await next.write([record('b')], place(2));
    expect(await visible()).toEqual(['a', 'b']);
    expect(await position()).toBe(2);
    await next.close();
  });

  test('the earlier holder of the ids is fenced, whichever id has its turn', async () => {
    const ids = names.feedTransactions('f');
    const early = await open(ids);
    await early.write([record('a')], place(1));
    const late = await open(ids);
    for (const id of ids) {
      await expect(early.write([record(`twice by ${id}`)], place(2))).rejects.toBeInstanceOf(
        FencedError,
      );
    }
    await late.write([record('b')], place(2));
    expect(await visible()).toEqual(['a', 'b']);
    await early.close();
    await late.close();
  });

  test('of two that take the ids over at once only one writes from the position it read', async () => {
    const ids = names.feedTransactions('f');
    let goOn!: () => void;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const begun = new Set<string>();
    // The late one is held up at the first id, as by a transaction whose commit is under way.
    const heldUp: Pick<KafkaClient, 'transactionalProducer'> = {
      transactionalProducer: (id) => {
        const producer = client.transactionalProducer(id);
        const connect = producer.connect.bind(producer);
        producer.connect = async () => {
          begun.add(id);
          if (id === ids[0]) await gate;
          await connect();
        };
        return producer;
      },
    };
    const late = TransactionalWriter.open(heldUp, ids, topicOf);
    while (!begun.has(ids[0]!)) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 300)); // for the others, were they not to wait
    const early = await open(ids);
    await early.write([record('a')], place(1));
    goOn();
    const winner = await late;
    const from = await position();
    expect(from).toBe(1);
    await expect(early.write([record('b')], place(2))).rejects.toBeInstanceOf(FencedError);
    await winner.write([record('b')], place(from + 1));
    expect(await visible()).toEqual(['a', 'b']);
    await early.close();
    await winner.close();
  });

  test('a position that a transaction is about to move counts only when that is over', async () => {
    const ids = names.feedTransactions('f');
    const writer = await open(ids);
    await writer.write([], place(7));
    const transaction = await leaveOpen('another', ['a'], 9);
    const group = names.feedGroup('f');
    expect(await client.stableOffsets(group, names.feedsTopic)).toBeUndefined();
    expect(await log.feedPosition('f')).toBe(7);
    const settled = position();
    await transaction.commit();
    expect(await settled).toBe(9);
    await writer.close();
  });

  test('a transaction larger than a topic of default settings takes at once is visible as a whole', async () => {
    const writer = await open(['large']);
    const value = Buffer.alloc(300_000, 'x');
    const records = Array.from({ length: 12 }, (_, index) => ({ ...record(`${index}`), value }));
    await writer.write(records, place(1));
    expect(await visible()).toEqual(records.map(({ id }) => id));
    await writer.close();
  });

  test('records of overlapping aborted transactions are seen by nobody', async () => {
    // Aborted in the other order than begun: the broker lists them by their end.
    const first = await leaveOpen('a', ['a1']);
    const second = await leaveOpen('b', ['b1', 'b2']);
    const third = await leaveOpen('c', ['c1']);
    await first.send({
      topic: names.topic(streams.files),
      messages: [{ key: 'station', value: 'a2' }],
    });
    await second.abort();
    await third.commit();
    await first.abort();
    expect(await visible()).toEqual(['c1']);

    const seen: string[] = [];
    const piped = await log.pipe({
      group: 'g',
      from: streams.files,
      transform: (records) => (seen.push(...records.map(({ id }) => id)), []),
      poison: () => [],
    });
    await publish(log, [record('last')]);
    while (!seen.includes('last')) await new Promise((resolve) => setTimeout(resolve, 50));
    await piped.stop();
    expect(seen).toEqual(['c1', 'last']);
  });

  test('a scan ends where the tail holds only markers and aborted records', async () => {
    await publish(log, [record('a')]);
    await (await leaveOpen('x', ['gone 1', 'gone 2'])).abort();
    expect(await visible()).toEqual(['a']);
    const open = await leaveOpen('y', ['not yet']);
    expect(await visible()).toEqual(['a']); // and does not wait for the open one
    await open.commit();
    expect(await visible()).toEqual(['a', 'not yet']);
  });
});
