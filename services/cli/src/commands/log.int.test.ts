import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Configuration } from '@envigate/contracts';
import { streams } from '@envigate/event-log';
import { publish } from '@envigate/event-log/contract-suite';
import { createPostgresEventLog } from '@envigate/postgres';
import { loadConfiguration, silentLogger } from '@envigate/runtime';
import { eventually, testDatabase, type TestDatabase } from '@envigate/test-support';
import { forget, printReaders } from './log.ts';

let fixture: TestDatabase;
let config: Configuration;
let printed: string[];
beforeAll(async () => {
  fixture = await testDatabase();
  config = await loadConfiguration({ env: { DATABASE_URL: fixture.url } });
});
afterAll(() => fixture?.drop());
beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
});
afterEach(() => void jest.restoreAllMocks());

const ask = async (work: Promise<void>): Promise<string[]> => {
  printed = [];
  await work;
  return printed;
};

test('readers are listed with what they have not read, and forgotten where that is said', async () => {
  const log = createPostgresEventLog({
    ...{ database: fixture.database, partitions: 1, maxBatchRecords: 10, retentionHours: 24 },
    logger: silentLogger(),
  });
  await log.prepare();
  expect(await ask(printReaders(config, {}))).toEqual([
    'chưa có bên nào đọc nhật ký sự kiện · nobody has read the event log yet',
  ]);
  expect(await ask(printReaders(config, { json: true }))).toEqual([]);

  const append = (id: string): Promise<void> =>
    publish(log, [{ stream: streams.files, key: 'k', id, value: Buffer.from(id) }]);
  await append('a');
  const pipe = { group: 'gone', from: streams.files, transform: () => [], poison: () => [] };
  const running = await log.pipe(pipe);
  await eventually(async () => {
    expect(await ask(printReaders(config, {}))).toEqual([
      `pipe:gone  ${streams.files}  0 chưa đọc · unread  đang chạy · runs`,
    ]);
  });
  await expect(forget('pipe:gone', config, {})).rejects.toThrow('stop its service first');
  await running.stop();
  await append('b');
  expect(await ask(printReaders(config, {}))).toEqual([
    expect.stringMatching(
      /^pipe:gone {2}\S+ {2}1 chưa đọc · unread {2}đã dừng, đọc lần cuối · stopped, last read: \S+/,
    ),
  ]);
  const [line = ''] = await ask(printReaders(config, { json: true }));
  expect(JSON.parse(line)).toMatchObject({ consumer: 'pipe:gone', unread: 1, isRunning: false });

  await expect(forget('pipe:gone', config, { unread: 'all' })).rejects.toThrow(
    "--unread must be a number of records, not 'all'",
  );
  await expect(forget('pipe:gone', config, {})).rejects.toThrow('pass --unread 1');
  expect(await ask(forget('pipe:gone', config, { unread: '1' }))).toEqual([
    `pipe:gone (${streams.files}): đã bỏ, không còn giữ 1 bản ghi · forgotten, 1 records are not kept for it any more`,
  ]);
  expect(await ask(printReaders(config, {}))).toEqual([
    'chưa có bên nào đọc nhật ký sự kiện · nobody has read the event log yet',
  ]);
  await log.close();
});

test('a log on Kafka has no readers to forget', async () => {
  const kafka = await loadConfiguration({
    env: {
      DATABASE_URL: fixture.url,
      ENVIGATE_EVENT_LOG_KIND: 'kafka',
      ENVIGATE_EVENT_LOG_KAFKA_BROKERS: '127.0.0.1:1',
    },
  });
  const reason = 'keeps records by their age alone';
  await expect(printReaders(kafka, {})).rejects.toThrow(reason);
  await expect(forget('pipe:gone', kafka, {})).rejects.toThrow(reason);
});
