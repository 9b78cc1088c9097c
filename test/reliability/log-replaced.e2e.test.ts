import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  canRunKafkaBroker,
  freePort,
  hasKafka,
  kafkaBrokers,
  startKafkaBroker,
} from '@envigate/test-support';
import { errorsIn, eventsIn, SmallOffice, type LogLine } from './testing/small-office.ts';

// The event log becomes another one while files are on their way through an installation. With
// ENVIGATE_TEST_FILES=500 as `make test-long` does it.
jest.setTimeout(600_000);

const before = Number(process.env['ENVIGATE_TEST_FILES'] ?? 60);
const after = Math.ceil(before / 12);
const smallSegments = {
  ENVIGATE_RECEIVER_SPOOL_SEGMENT_BYTES: String(Math.ceil(before / 12) * 1_000),
};
/** The spool removes most of what it handed over. */
const nothingKept = { ...smallSegments, ENVIGATE_RECEIVER_SPOOL_KEEP_HOURS: '0' };

const onKafka = hasKafka() ? test : test.skip;
const onOwnBroker = canRunKafkaBroker() ? test : test.skip;

let office: SmallOffice;
beforeEach(async () => {
  office = await SmallOffice.open();
});
afterEach(() => office?.close());

const kafka = (prefix: string, brokers = kafkaBrokers()): Readonly<Record<string, string>> => ({
  ...nothingKept,
  ENVIGATE_EVENT_LOG_KIND: 'kafka',
  ENVIGATE_EVENT_LOG_KAFKA_BROKERS: brokers.join(','),
  ENVIGATE_EVENT_LOG_KAFKA_TOPIC_PREFIX: prefix,
});
const nothing = (): Promise<void> => Promise.resolve();
const newPrefix = (): string => `replaced-${randomUUID().slice(0, 8)}-`;

/** Files before; the change; files after: all are recorded, each once, and it is said. */
async function expectNothingPassedOver(
  first: Readonly<Record<string, string>>,
  change: () => Promise<void>,
  second: Readonly<Record<string, string>>,
): Promise<readonly LogLine[]> {
  await office.start(first);
  await office.send(before);
  await office.recorded();
  await office.stop();
  await change();
  const known = (await office.log()).length;
  await office.start(second);
  await office.send(after);
  expect(await office.recorded()).toMatchObject({
    ...{ receptions: before + after, stored: before + after },
    ...{ duplicates: 0, quarantined: 0, unaccounted: 0 },
  });
  expect(await office.faults()).toEqual([]);
  const lines = (await office.log()).slice(known);
  expect(errorsIn(lines)).toEqual([]);
  return lines;
}

function expectSaid(lines: readonly LogLine[], change: 'another-log' | 'put-back'): void {
  const said = eventsIn(lines, 'event-log-changed');
  expect(said).toMatchObject([{ change, furthest: before }]);
  expect(Date.parse(String(said[0]!['since']))).toBeGreaterThan(Date.now() - 600_000);
}

describe('the event log is replaced', () => {
  onKafka('by one of another kind: PostgreSQL, then Kafka', async () => {
    const lines = await expectNothingPassedOver(nothingKept, nothing, kafka(newPrefix()));
    expectSaid(lines, 'another-log');
    expect(eventsIn(lines, 'log-replaced').length).toBeGreaterThan(0);
  });

  onKafka('by one under another prefix', async () => {
    const lines = await expectNothingPassedOver(kafka(newPrefix()), nothing, kafka(newPrefix()));
    expectSaid(lines, 'another-log');
  });

  onOwnBroker('by brokers that were rebuilt with empty disks', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'envigate-rebuilt-'));
    const port = await freePort();
    let broker = await startKafkaBroker({ dir, port });
    try {
      const settings = kafka('', broker.brokers);
      const rebuild = async (): Promise<void> => {
        await broker.stop(); // forgets its data
        broker = await startKafkaBroker({ dir, port });
      };
      expectSaid(await expectNothingPassedOver(settings, rebuild, settings), 'another-log');
    } finally {
      await broker.stop();
      await rm(dir, { recursive: true, force: true });
    }
  });

  onKafka('or keeps its records while the database is restored from an older backup', async () => {
    const lines = await expectRestored(kafka(newPrefix()));
    expect(eventsIn(lines, 'event-log-changed')).toEqual([]);
  });

  test('or goes back to an older backup with the database that it is in: the spool kept the files', async () => {
    const lines = await expectRestored(smallSegments);
    const said = eventsIn(lines, 'event-log-changed');
    expect(said).toMatchObject([{ change: 'put-back', furthest: before, position: before / 2 }]);
    expect(eventsIn(lines, 'files-let-go')).toEqual([]);
  });

  /** A backup after half of the files; what came after it is recorded again, each file once. */
  async function expectRestored(
    settings: Readonly<Record<string, string>>,
  ): Promise<readonly LogLine[]> {
    await office.start(settings);
    await office.send(Math.ceil(before / 2));
    await office.recorded();
    await office.stop();
    const backup = await office.database.backUp();
    try {
      await office.start(settings);
      await office.send(Math.floor(before / 2));
      await office.recorded();
      await office.stop();
      await backup.restore();
      await office.start(settings);
      await office.send(after);
      expect(await office.recorded()).toMatchObject({ receptions: before + after, unaccounted: 0 });
      expect(await office.faults()).toEqual([]);
      const lines = await office.log();
      expect(errorsIn(lines)).toEqual([]);
      return lines;
    } finally {
      await backup.drop();
    }
  }
});
