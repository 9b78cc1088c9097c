import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stationFileCodec } from '@envigate/contracts';
import type { ProvisionalFile } from '@envigate/domain';
import { systemClock } from '@envigate/runtime';
import { SpoolDamagedError } from '@envigate/spool';
import { startPublisher, SpoolOutdatedError, type PublisherParts } from './publisher.ts';
import { FakeEventLog } from './testing/fake-event-log.ts';
import { Reception, begin, upload } from './testing/reception.ts';

let reception: Reception;
let eventLog: FakeEventLog;
const running: ReturnType<typeof startPublisher>[] = [];

beforeEach(async () => {
  reception = await Reception.start();
  eventLog = new FakeEventLog();
});
afterEach(async () => {
  await stopAll();
  await reception.remove();
});

function start(options: Partial<PublisherParts> = {}): ReturnType<typeof startPublisher> {
  const publisher = startPublisher({
    spool: reception.spool,
    eventLog,
    clock: systemClock,
    emit: reception.emit,
    maxBatchRecords: 10,
    firstWaitMs: 1,
    maxWaitMs: 5,
    ...options,
  });
  running.push(publisher);
  return publisher;
}

async function stopAll(): Promise<void> {
  for (const publisher of running.splice(0)) await publisher.stop();
}

async function send(from: number, count: number): Promise<void> {
  const tree = await reception.login();
  for (let number = from; number < from + count; number++)
    await upload(tree, `/f${number}.txt`, `pH ${number}`);
}

/** Every file once, in the order of the spool. */
function expectPublished(count: number): void {
  const files = eventLog.records.map(({ value }) => stationFileCodec.decode(value));
  expect(files.map(({ reception: { name } }) => name)).toEqual(
    Array.from({ length: count }, (_, index) => `f${index}.txt`),
  );
  expect(files.map(({ reception: { spoolSequence } }) => spoolSequence)).toEqual(
    Array.from({ length: count }, (_, index) => index + 1),
  );
}

async function sendProvisionally(name: string): Promise<ProvisionalFile> {
  const tree = await reception.login();
  return (await begin(tree, `/${name}`, 'pH 1')).commitProvisionally();
}

/** Fails at random, about once in three times. */
function sometimes(what: string): () => Promise<void> {
  return () => (Math.random() < 0.35 ? Promise.reject(away(what)) : Promise.resolve());
}

/** As the adapters report a log that is away. */
function away(what: string): Error {
  return Object.assign(new Error(what), { retryable: true });
}

describe('publisher', () => {
  test('waits for the first file that may still turn out broken, and says which did', async () => {
    await send(0, 1);
    const first = await sendProvisionally('f1.txt');
    const second = await sendProvisionally('f2.txt');
    await send(3, 1);
    start();
    await eventLog.until(() => eventLog.records.length === 1);
    second.confirm();
    expect(eventLog.records).toHaveLength(1);
    await first.revoke('control-lost');
    await eventLog.until(() => eventLog.records.length === 4);
    expectPublished(4);
    const files = eventLog.records.map(({ value }) => stationFileCodec.decode(value).reception);
    expect(files.map(({ interrupted }) => interrupted)).toEqual([
      undefined,
      true,
      undefined,
      undefined,
    ]);
  });

  test('publishes each file whole, keyed by account, under its reception’s id', async () => {
    await send(0, 1);
    start();
    await eventLog.until(() => eventLog.records.length === 1);
    const [record] = eventLog.records;
    const [file] = await reception.spool.read(0, { maxRecords: 1, maxBytes: 1 });
    expect(record).toMatchObject({
      stream: 'station.files',
      key: 'tram01',
      id: file!.reception.receptionId,
    });
    expect(stationFileCodec.decode(record!.value)).toEqual({
      type: 'station-file.v1',
      reception: file!.reception,
      content: Buffer.from('pH 0').toString('base64'),
    });
  });

  test('takes what is there in batches and then what comes, and releases it', async () => {
    await send(0, 25);
    start();
    await eventLog.until(() => eventLog.records.length === 25);
    expect(eventLog.batches).toEqual([10, 10, 5]);
    await send(25, 2);
    await eventLog.until(() => eventLog.records.length === 27);
    expectPublished(27);
    await stopAll();
    expect(reception.spool.waiting).toEqual({ files: 0, bytes: 0 });
  });

  test('bounds a batch by bytes too, but lets every file through', async () => {
    const tree = await reception.login();
    for (const name of ['f0', 'f1', 'f2']) await upload(tree, `/${name}.txt`, 'x'.repeat(50_000));
    start({ maxBatchBytes: 60_000 });
    await eventLog.until(() => eventLog.records.length === 3);
    expect(eventLog.batches).toEqual([1, 1, 1]);
    expectPublished(3);
  });

  test('the event log away at the start: files are taken and handed over when it is back', async () => {
    let attempts = 0;
    let fourth: () => void = () => undefined;
    const tried = new Promise<void>((resolve) => (fourth = resolve));
    eventLog.beforeOpen = () => {
      attempts += 1;
      if (attempts === 4) fourth();
      return Promise.reject(away('connection refused'));
    };
    start();
    await tried;
    await send(0, 3);
    expect(reception.spool.waiting.files).toBe(3);
    eventLog.beforeOpen = () => Promise.resolve();
    await eventLog.until(() => eventLog.records.length === 3);
    expectPublished(3);
    expect(await reception.telemetry.metrics()).toMatch(/envigate_spool_feed_failures_total [4-9]/);
  });

  test('exactly once, whether an append failed before or after its commit', async () => {
    eventLog.beforeOpen = sometimes('broker away');
    eventLog.beforeCommit = sometimes('aborted');
    eventLog.afterCommit = sometimes('connection lost');
    start({ maxBatchRecords: 3 });
    for (let round = 0; round < 20; round++) await send(round * 5, 5);
    await eventLog.until(() => eventLog.records.length >= 100);
    await stopAll();
    expectPublished(100);
  });

  test('exactly once over restarts of the whole receiver', async () => {
    eventLog.afterCommit = sometimes('connection lost');
    for (let life = 0; life < 8; life++) {
      start({ maxBatchRecords: 3 });
      await send(life * 7, 7);
      // Ended somewhere in the middle.
      await eventLog.until(() => eventLog.records.length > life * 7);
      await stopAll();
      await reception.restart();
    }
    eventLog.afterCommit = () => Promise.resolve();
    start();
    await eventLog.until(() => eventLog.records.length >= 56);
    await stopAll();
    expectPublished(56);
  });

  test('fenced by another holder it opens the feed anew and goes on from there', async () => {
    start();
    await eventLog.until(() => eventLog.opened === 1);
    await (await eventLog.openFeed(`spool:${reception.spool.id}`)).close();
    await send(0, 2);
    await eventLog.until(() => eventLog.records.length === 2);
    expect(eventLog.opened).toBe(3);
    expectPublished(2);
  });

  test('a log that does not answer holds up neither the senders nor the stop', async () => {
    eventLog.beforeCommit = () => new Promise(() => undefined);
    start({ stopMs: 10 });
    await send(0, 5);
    await stopAll();
    expect(reception.spool.waiting.files).toBe(5);
  });

  test('a log that knows more of the spool than the spool itself stops it, in words', async () => {
    await send(0, 3);
    eventLog.setPosition(`spool:${reception.spool.id}`, 7);
    const publisher = start();
    await expect(publisher.failed).rejects.toThrow(SpoolOutdatedError);
    await expect(publisher.failed).rejects.toThrow(
      /holds 7 files of spool .* ends at 3.*Move the folder aside/,
    );
    expect(eventLog.records).toEqual([]);
  });

  test('a log that refuses is asked again, under its own name, and files are taken meanwhile', async () => {
    const refusal = Object.assign(new Error('not allowed to write'), {
      code: 'event-log-refused',
      retryable: false,
    });
    let attempts = 0;
    eventLog.beforeCommit = () =>
      (attempts += 1) < 3 ? Promise.reject(refusal) : Promise.resolve();
    start();
    await send(0, 2);
    await eventLog.until(() => eventLog.records.length === 2);
    expectPublished(2);
    expect(await reception.telemetry.metrics()).toMatch(
      /envigate_spool_feed_refusals_total 2\n[^]*envigate_spool_feed_failures_total 0\n/,
    );
  });

  test.each([
    ['a fault of the program', new TypeError('x is undefined')],
    ['a damaged spool', new SpoolDamagedError('0001.seg', 17, 'checksum differs')],
  ])('%s ends it with its cause instead of being retried for ever', async (_what, fault) => {
    eventLog.beforeCommit = () => Promise.reject(fault);
    const publisher = start();
    await send(0, 1);
    await expect(publisher.failed).rejects.toBe(fault);
  });

  test('a log that has forgotten is told what there is', async () => {
    await reception.remove();
    reception = await Reception.start({ spool: { segmentBytes: 4096 } });
    await send(0, 40);
    await reception.spool.release(40);
    const { oldest } = reception.spool;
    expect(oldest).toBeGreaterThan(1);
    start();
    await eventLog.until(() => eventLog.records.length === 41 - oldest);
  });
});
