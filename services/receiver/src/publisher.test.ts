import { stationFileCodec } from '@envigate/contracts';
import type { ProvisionalFile } from '@envigate/domain';
import { MemoryEventLog } from '@envigate/event-log/memory-event-log';
import { systemClock } from '@envigate/runtime';
import { SpoolDamagedError } from '@envigate/spool';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DoorUses } from './availability/door-uses.ts';
import { SpoolOutdatedError, startPublisher, type PublisherParts } from './publisher.ts';
import { FakeReceptionRecord } from './testing/fake-reception-record.ts';
import { Reception, begin, upload } from './testing/reception.ts';

let reception: Reception;
let eventLog: MemoryEventLog;
let record: FakeReceptionRecord;
const running: ReturnType<typeof startPublisher>[] = [];

beforeEach(async () => {
  reception = await Reception.start();
  eventLog = new MemoryEventLog();
  record = new FakeReceptionRecord();
});
afterEach(async () => {
  await stopAll();
  await reception.remove();
});

function start(options: Partial<PublisherParts> = {}): ReturnType<typeof startPublisher> {
  const publisher = startPublisher({
    spool: reception.spool,
    eventLog,
    receptions: record,
    uses: new DoorUses(),
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
  const files = eventLog.published.map(({ value }) => stationFileCodec.decode(value));
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
    await eventLog.until(() => eventLog.published.length === 1);
    second.confirm();
    expect(eventLog.published).toHaveLength(1);
    await first.interrupt('control-lost');
    await eventLog.until(() => eventLog.published.length === 4);
    expectPublished(4);
    const files = eventLog.published.map(({ value }) => stationFileCodec.decode(value).reception);
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
    await eventLog.until(() => eventLog.published.length === 1);
    const [record] = eventLog.published;
    const [file] = await reception.spool.read(0, { maxRecords: 1, maxBytes: 1 });
    expect(record).toMatchObject({
      stream: 'station.files',
      key: 'tram01',
      id: file!.reception.receptionId,
    });
    expect(stationFileCodec.decode(record!.value)).toEqual({
      type: 'station-file.v2',
      reception: file!.reception,
      content: Buffer.from('pH 0'),
    });
  });

  test('takes what is there in batches and then what comes, and releases it', async () => {
    await send(0, 25);
    start();
    await eventLog.until(() => eventLog.published.length === 25);
    expect(eventLog.appends).toEqual([10, 10, 5]);
    await send(25, 2);
    await eventLog.until(() => eventLog.published.length === 27);
    expectPublished(27);
    await stopAll();
    expect(reception.spool.waiting).toEqual({ files: 0, bytes: 0 });
  });

  test('bounds a batch by bytes too, but lets every file through', async () => {
    const tree = await reception.login();
    for (const name of ['f0', 'f1', 'f2']) await upload(tree, `/${name}.txt`, 'x'.repeat(50_000));
    start({ maxBatchBytes: 60_000 });
    await eventLog.until(() => eventLog.published.length === 3);
    expect(eventLog.appends).toEqual([1, 1, 1]);
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
    await eventLog.until(() => eventLog.published.length === 3);
    expectPublished(3);
    expect(await reception.telemetry.metrics()).toMatch(/envigate_spool_feed_failures_total [4-9]/);
  });

  test('exactly once, whether an append failed before or after its commit', async () => {
    eventLog.beforeOpen = sometimes('broker away');
    eventLog.beforeCommit = sometimes('aborted');
    eventLog.afterCommit = sometimes('connection lost');
    start({ maxBatchRecords: 3 });
    for (let round = 0; round < 20; round++) await send(round * 5, 5);
    await eventLog.until(() => eventLog.published.length >= 100);
    await stopAll();
    expectPublished(100);
  });

  test('exactly once over restarts of the whole receiver', async () => {
    eventLog.afterCommit = sometimes('connection lost');
    for (let life = 0; life < 8; life++) {
      start({ maxBatchRecords: 3 });
      await send(life * 7, 7);
      // Ended somewhere in the middle.
      await eventLog.until(() => eventLog.published.length > life * 7);
      await stopAll();
      await reception.restart();
    }
    eventLog.afterCommit = () => Promise.resolve();
    start();
    await eventLog.until(() => eventLog.published.length >= 56);
    await stopAll();
    expectPublished(56);
  });

  test('fenced by another holder it opens the feed anew and goes on from there', async () => {
    start();
    await eventLog.until(() => eventLog.opened === 1);
    await (await eventLog.openFeed(`spool:${reception.spool.id}`)).close();
    await send(0, 2);
    await eventLog.until(() => eventLog.published.length === 2);
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
    eventLog.streams.setFeedPosition(`spool:${reception.spool.id}`, 7);
    const publisher = start();
    await expect(publisher.failed).rejects.toThrow(SpoolOutdatedError);
    await expect(publisher.failed).rejects.toThrow(
      /holds 7 files of spool .* ends at 3.*Move the folder aside/,
    );
    expect(eventLog.published).toEqual([]);
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
    await eventLog.until(() => eventLog.published.length === 2);
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

  test('a log that was new all along is given everything that there is', async () => {
    await reception.remove();
    reception = await Reception.start({ spool: { segmentBytes: 4096 } });
    await send(0, 40);
    await reception.spool.release(40);
    const { oldest } = reception.spool;
    expect(oldest).toBeGreaterThan(1);
    start();
    await eventLog.until(() => eventLog.published.length === 41 - oldest);
  });
});

describe('an event log that is not the one of before', () => {
  const feedName = (): string => `spool:${reception.spool.id}`;
  const metric = async (name: string): Promise<string | undefined> =>
    new RegExp(`^${name} (.*)$`, 'm').exec(await reception.telemetry.metrics())?.[1];
  const sequences = (): number[] =>
    eventLog.published.map(({ value }) => stationFileCodec.decode(value).reception.spoolSequence);
  const range = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const recordAll = (to: number): void => range(1, to).forEach((each) => record.recorded.add(each));

  /** `count` files on the log, which the spool has noted; the publisher is stopped. */
  async function handedOver(count: number): Promise<void> {
    start();
    await send(0, count);
    await eventLog.until(() => eventLog.published.length === count);
    await stopAll();
    eventLog.published.splice(0);
  }

  test('gets what the record lacks of the files before, and all that is new', async () => {
    await handedOver(30);
    recordAll(24);
    record.recorded.delete(7);
    eventLog.streams.rebuild();
    await send(30, 5);
    start();
    await eventLog.until(() => eventLog.published.length === 12);
    expect(sequences()).toEqual([7, ...range(25, 35)]);
    expect(await eventLog.feedPosition(feedName())).toBe(35);
    expect(await metric('envigate_event_log_changes_total{change="another-log"}')).toBe('1');
    expect(await metric('envigate_files_handed_over_again_total')).toBe('7');
    expect(await metric('envigate_files_let_go_total')).toBe('0');
    await stopAll();
    // Known from now on: nothing is asked or said again.
    start();
    await send(35, 1);
    await eventLog.until(() => eventLog.published.length === 13);
    expect(await metric('envigate_event_log_changes_total{change="another-log"}')).toBe('1');
  });

  test('what the spool has deleted, and the record lacks, is logged; the rest goes on', async () => {
    await reception.remove();
    reception = await Reception.start({ spool: { segmentBytes: 4096 } });
    await handedOver(60);
    const { oldest } = reception.spool;
    expect(oldest).toBeGreaterThan(12);
    recordAll(60);
    for (const missing of [3, 4, 10, oldest + 1]) record.recorded.delete(missing);
    eventLog.streams.rebuild();
    start();
    await send(60, 2);
    await eventLog.until(() => eventLog.published.length === 3);
    expect(sequences()).toEqual([oldest + 1, 61, 62]);
    expect(await metric('envigate_files_let_go_total')).toBe('3');
    expect(reception.happened('files-let-go')).toEqual([
      { spoolId: reception.spool.id, files: 3, ranges: '3–4, 10–10' },
    ]);
  });

  test('was put back to an older state: it gets a new identity before anything else', async () => {
    await handedOver(30);
    recordAll(28);
    eventLog.streams.setFeedPosition(feedName(), 20);
    const earlier = await eventLog.identity();
    const identities: string[] = [];
    eventLog.beforeCommit = async () => {
      identities.push(await eventLog.identity());
    };
    await send(30, 1);
    start();
    await eventLog.until(() => eventLog.published.length === 3);
    expect(sequences()).toEqual([29, 30, 31]);
    const log = await eventLog.identity();
    expect(log).not.toBe(earlier);
    expect(new Set(identities)).toEqual(new Set([log]));
    expect(await metric('envigate_event_log_changes_total{change="put-back"}')).toBe('1');
    expect(reception.happened('event-log-changed')).toMatchObject([
      { change: 'put-back', log, earlier, position: 20, furthest: 30 },
    ]);
  });

  test('used again later goes on where it was; what came in between is asked of the record', async () => {
    await handedOver(10);
    recordAll(9);
    const before = eventLog.streams.content;
    eventLog.streams.rebuild();
    await send(10, 10);
    start();
    await eventLog.until(() => eventLog.published.length === 11);
    expect(sequences()).toEqual(range(10, 20));
    await stopAll();
    recordAll(18);
    eventLog.published.splice(0);
    eventLog.streams.replaceBy(before);
    await send(20, 1);
    start();
    await eventLog.until(() => eventLog.published.length === 3);
    expect(sequences()).toEqual([19, 20, 21]);
  });

  test('a position that the same log has forgotten is taken from the note', async () => {
    await handedOver(30);
    eventLog.streams.forgetFeed(feedName());
    await reception.restart();
    await send(30, 2);
    start();
    await eventLog.until(() => eventLog.published.length === 2);
    expect(sequences()).toEqual([31, 32]);
    expect(reception.happened('event-log-changed')).toEqual([]);
  });

  test('waits for the record, which is away; files are taken meanwhile', async () => {
    await handedOver(5);
    let answers = 0;
    record.beforeAnswer = () => {
      answers += 1;
      return answers < 4
        ? Promise.reject(Object.assign(new Error('database away'), { retryable: true }))
        : Promise.resolve();
    };
    eventLog.streams.rebuild();
    await send(5, 1);
    start();
    await eventLog.until(() => eventLog.published.length === 6);
    expect(sequences()).toEqual(range(1, 6));
    expect(answers).toBeGreaterThanOrEqual(4);
  });

  test('with a record that has more of the spool than the spool itself stops it, in words', async () => {
    await handedOver(3);
    recordAll(7);
    eventLog.streams.rebuild();
    const publisher = start();
    await expect(publisher.failed).rejects.toThrow(
      /the record holds 7 files of spool .* ends at 3.*Move the folder aside/,
    );
    expect(eventLog.published).toEqual([]);
  });
});
