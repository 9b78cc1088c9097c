import { expect, test } from '@jest/globals';
import { streams, type OutgoingRecord } from '@envigate/event-log';
import { publish } from '@envigate/event-log/contract-suite';
import { Telemetry, silentLogger } from '@envigate/runtime';
import { eventually, testDatabase } from '@envigate/test-support';
import { createPostgresEventLog } from './postgres-event-log.ts';

const file = (number: number): OutgoingRecord => ({
  stream: streams.files,
  key: `k${number}`,
  id: `r${number}`,
  value: Buffer.from('x'),
});

test('metrics report how far each group is behind, and what it has done', async () => {
  const fixture = await testDatabase();
  const telemetry = new Telemetry();
  const log = createPostgresEventLog({
    database: fixture.database,
    partitions: 4,
    maxBatchRecords: 100,
    retentionHours: 24,
    logger: silentLogger(),
    telemetry,
  });
  await log.prepare();
  await publish(
    log,
    Array.from({ length: 9 }, (_, index) => file(index)),
  );
  const running = await log.pipe({
    group: 'normaliser',
    from: streams.files,
    transform: () => [],
    poison: () => [],
  });
  const lagIs = (lag: number) =>
    eventually(async () =>
      expect(await telemetry.metrics()).toContain(
        `envigate_event_log_lag_records{consumer="pipe:normaliser",stream="station.files"} ${lag}\n`,
      ),
    );
  await lagIs(0);
  await running.stop();
  await publish(log, [file(9), file(10)]);
  await lagIs(2);
  expect(await telemetry.metrics()).toContain(
    'envigate_event_log_records_total{group="normaliser",stream="station.files"} 9\n',
  );
  await log.close();
  await fixture.drop();
});
