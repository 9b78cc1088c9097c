import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { streams, type StreamName } from '@envigate/event-log';
import { createKafkaEventLog } from '@envigate/kafka';
import { silentLogger } from '@envigate/runtime';
import { canRunKafkaBroker, startKafkaBroker, type KafkaServer } from '@envigate/test-support';
import { errorsIn, eventsIn, SmallOffice, type LogLine } from './testing/small-office.ts';

// A broker forgets positions and transactional ids after a week of silence; here after a minute. A
// gateway that runs but hears no file, or that is switched off, for longer goes on as if nothing had happened.
jest.setTimeout(300_000);

const onKafka = canRunKafkaBroker() ? test : test.skip;

const forgetsAfterMs = 60_000;
const forgetful = {
  'offsets.retention.minutes': '1',
  'offsets.retention.check.interval.ms': '5000',
  'transactional.id.expiration.ms': '10000',
  'transaction.remove.expired.transaction.cleanup.interval.ms': '5000',
};
/** Until it is forgotten for certain. */
const silenceMs = forgetsAfterMs + 20_000;
const atOnceMs = 15_000;

let dir: string;
let broker: KafkaServer;
/** One runs on and hears nothing, the other is switched off; both for the same time. */
let idle: SmallOffice;
let stopped: SmallOffice;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-forgetful-'));
  broker = await startKafkaBroker({ dir, properties: forgetful });
  stopped = await SmallOffice.open();
  await stopped.start(settings('stopped-'));
  await stopped.send(200);
  await stopped.recorded();
  await stopped.stop();
  idle = await SmallOffice.open();
  await idle.start(settings('idle-'));
  await idle.send(5);
  await idle.recorded();
  await delay(silenceMs);
});
afterAll(async () => {
  await idle?.close();
  await stopped?.close();
  await broker?.stop();
  await rm(dir, { recursive: true, force: true });
});

const settings = (prefix: string): Readonly<Record<string, string>> => ({
  ENVIGATE_EVENT_LOG_KIND: 'kafka',
  ENVIGATE_EVENT_LOG_KAFKA_BROKERS: broker.brokers.join(','),
  ENVIGATE_EVENT_LOG_KAFKA_TOPIC_PREFIX: prefix,
});

async function idsIn(prefix: string, stream: StreamName): Promise<readonly string[]> {
  const log = createKafkaEventLog({
    ...{ brokers: broker.brokers, topicPrefix: prefix, partitions: 4, replicationFactor: 1 },
    ...{ maxBatchRecords: 500, sessionTimeoutMs: 10_000, logger: silentLogger() },
  });
  try {
    const ids: string[] = [];
    for await (const { id } of log.scan(stream, [])) ids.push(id);
    return ids;
  } finally {
    await log.close();
  }
}

/** Nothing twice on the streams, nothing twice in the record, and no error line. */
async function expectQuiet(office: SmallOffice, prefix: string): Promise<readonly LogLine[]> {
  for (const stream of [streams.files, streams.readings] as const) {
    const ids = await idsIn(prefix, stream);
    expect({ stream, records: ids.length }).toEqual({ stream, records: office.sent });
    expect(new Set(ids).size).toBe(office.sent);
  }
  expect(await office.faults()).toEqual([]);
  const lines = await office.log();
  expect(errorsIn(lines)).toEqual([]);
  expect(lines.filter(({ msg = '' }) => msg.includes('held by another'))).toEqual([]);
  return lines;
}

onKafka(
  'idle for longer than the broker remembers: the next file is recorded at once',
  async () => {
    await idle.send(1);
    expect(await idle.recorded(6, atOnceMs)).toMatchObject({ stored: 6, duplicates: 0 });
    await expectQuiet(idle, 'idle-');
  },
);

onKafka('switched off for longer than the broker remembers: it goes on where it was', async () => {
  await stopped.start(settings('stopped-'));
  await stopped.send(5);
  expect(await stopped.recorded(205, atOnceMs)).toMatchObject({ stored: 205, duplicates: 0 });
  const lines = await expectQuiet(stopped, 'stopped-');
  // The broker had forgotten indeed: the spool's feed, and the pipe on its partitions.
  const recalled = eventsIn(lines, 'position-recalled').map(({ of }) => String(of));
  expect(recalled.some((of) => of.startsWith('feed spool:'))).toBe(true);
  expect(recalled.some((of) => of.startsWith('pipe '))).toBe(true);
});
