import { RegistryView } from '@envigate/domain';
import { createPostgresEventLog, Database, noticeStore } from '@envigate/postgres';
import { silentLogger, Telemetry } from '@envigate/runtime';
import { startNotifier } from '../notifier.ts';
import { events } from '../telemetry.ts';
import { domain, mailerTo, policy, registryOf } from './notifier-scene.ts';

// A notifier to be killed: `node notify-for-ever.ts <database> <port of the mail server> <start>`. Its clock
// shows 13 hours after the start for ever.

const [url, port, start] = process.argv.slice(2);
if (url === undefined || port === undefined || start === undefined)
  throw new Error('usage: <database> <port> <start>');
const logger = silentLogger();
const database = new Database({ url, poolSize: 5, applicationName: 'notifier', logger });
const view = new RegistryView(registryOf(60));
const at = new Date(Number(start) + 13 * 3_600_000);
const running = await startNotifier({
  eventLog: createPostgresEventLog({
    ...{ database, partitions: 2, maxBatchRecords: 10, retentionHours: 24, logger },
  }),
  ...{ store: noticeStore(database), logger, maxBatchRecords: 2, checkSeconds: 0.02 },
  readingsSeconds: 3_600,
  plan: {
    ...{ registry: { current: () => view }, clock: () => at, domain },
    ...{ weekly: undefined, daily: undefined, device: undefined },
    emit: new Telemetry().emitter(events, logger),
    policy,
    office: {
      name: { vi: 'Sở Nông nghiệp và Môi trường tỉnh A', en: 'Department of province A' },
      ...{ unit: undefined, contact: undefined, legalGround: undefined },
    },
    answers: undefined,
    to: { office: ['so@example.vn'], ministry: [], escalation: [] },
  },
  send: {
    ...{ mailer: mailerTo(Number(port)), connections: 1, giveUpHours: 72, pollMs: 20 },
    backOff: { firstMs: 10, longestMs: 100 },
  },
});
await running.failed;
