import { access, constants } from 'node:fs/promises';
import type { Configuration, Registry } from '@envigate/contracts';
import type { EventLog } from '@envigate/event-log';
import { probeTarget } from '@envigate/ministry';
import {
  exportRegistry,
  measureClockOffset,
  missingMigrations,
  readServerFacts,
  type Database,
} from '@envigate/postgres';
import { messageOf, type Clock } from '@envigate/runtime';
import { fault, good, skipped, warning, type Finding } from './finding.ts';

export interface Stores {
  readonly database: Database;
  readonly eventLog: EventLog;
}

/** Database, clocks, event log, registry and what it leads to; so many services may run, each in a process. */
export async function* checkStores(
  { database, eventLog }: Stores,
  config: Configuration,
  clock: Clock,
  services: number,
): AsyncGenerator<Finding> {
  yield* checkServer(database, services * config.database.poolSize + othersConnections);
  yield await checkClock(database, clock);
  const missing = await checkTables(database);
  yield missing;
  yield await checkEventLog(eventLog, config);
  if (missing.state !== 'good') return;
  const registry = await exportRegistry(database);
  yield* checkRegistry(registry);
  for (const { code, path } of registry.dropFolders ?? []) yield await checkDropFolder(code, path);
  const timeoutMs = config.forwarder.timeoutSeconds * 1_000;
  for (const target of registry.targets) {
    if (target.disabled === true) continue;
    yield await checkTarget(target, timeoutMs);
  }
}

const oldestMajor = 15;
/** Connections of other programs: psql, backups, Grafana. */
const othersConnections = 10;
const locksForMonths = 256;

async function* checkServer(database: Database, connections: number): AsyncGenerator<Finding> {
  const facts = await readServerFacts(database);
  const { version, major, encoding, isReadOnly, mayCreate, unsafe } = facts;
  if (major < oldestMajor)
    yield fault(
      'database.version',
      [`PostgreSQL ${version}: quá cũ`, `PostgreSQL ${version} is too old`],
      [`nâng cấp lên ${oldestMajor} trở lên`, `upgrade to ${oldestMajor} or newer`],
    );
  else yield good('database.version', `PostgreSQL ${version}`);
  for (const setting of unsafe)
    yield fault(
      `database.${setting}`,
      [
        `${setting} đang tắt: mất điện có thể làm mất hoặc hỏng dữ liệu`,
        `${setting} is off: what was committed may be lost or damaged with the power`,
      ],
      `ALTER SYSTEM SET ${setting} = on; SELECT pg_reload_conf();`,
    );
  if (isReadOnly)
    yield fault(
      'database.writable',
      ['máy chủ chỉ đọc (bản dự phòng?)', 'the server is read-only: a standby?'],
      ['đặt DATABASE_URL đến máy chủ chính', 'let DATABASE_URL name the primary'],
    );
  if (!mayCreate)
    yield fault(
      'database.rights',
      ['người dùng không được tạo bảng', 'the user may not create tables'],
      'GRANT CREATE ON SCHEMA public TO …;',
    );
  if (encoding !== 'UTF8')
    yield fault(
      'database.encoding',
      [`bảng mã ${encoding}, cần UTF8`, `the encoding is ${encoding}, UTF8 is needed`],
      "CREATE DATABASE … ENCODING 'UTF8';",
    );
  if (facts.maxConnections < connections)
    yield warning(
      'database.connections',
      [
        `max_connections = ${facts.maxConnections}; khi mỗi dịch vụ một tiến trình cần ${connections}`,
        `max_connections is ${facts.maxConnections}; a process per service needs ${connections}`,
      ],
      [
        `ALTER SYSTEM SET max_connections = ${connections}; hoặc giảm database.poolSize`,
        `ALTER SYSTEM SET max_connections = ${connections}; or lower database.poolSize`,
      ],
    );
  if (facts.maxLocksPerTransaction < locksForMonths)
    yield warning(
      'database.locks',
      [
        `max_locks_per_transaction = ${facts.maxLocksPerTransaction}; truy vấn nhiều năm cần nhiều hơn`,
        `max_locks_per_transaction is ${facts.maxLocksPerTransaction}: questions over years need more`,
      ],
      [
        `ALTER SYSTEM SET max_locks_per_transaction = ${locksForMonths}; khởi động lại PostgreSQL`,
        `ALTER SYSTEM SET max_locks_per_transaction = ${locksForMonths}; restart PostgreSQL`,
      ],
    );
}

async function checkClock(database: Database, clock: Clock): Promise<Finding> {
  const seconds = await measureClockOffset(database, clock);
  const apart = Math.abs(seconds).toFixed(1);
  const text = [
    `đồng hồ máy này và cơ sở dữ liệu lệch ${apart.replace('.', ',')} giây`,
    `the clocks of this machine and of the database are ${apart} s apart`,
  ] as const;
  const remedy = 'timedatectl; chronyc tracking';
  if (Math.abs(seconds) > 5) return fault('clock.database', text, remedy);
  return Math.abs(seconds) > 1
    ? warning('clock.database', text, remedy)
    : good('clock.database', text);
}

async function checkTables(database: Database): Promise<Finding> {
  const missing = await missingMigrations(database);
  return missing.length === 0
    ? good('database.tables', ['cấu trúc đúng phiên bản', 'the tables are of this version'])
    : fault(
        'database.tables',
        [
          `còn ${missing.length} bước cập nhật cấu trúc`,
          `${missing.length} migrations are missing`,
        ],
        'envigate migrate',
      );
}

async function checkEventLog(eventLog: EventLog, { eventLog: { kind, kafka } }: Configuration) {
  const at = kind === 'kafka' ? `Kafka ${kafka.brokers.join(', ')}` : 'PostgreSQL';
  try {
    await eventLog.check();
    return good('event-log', [`${at} trả lời`, `${at} answers`]);
  } catch (error) {
    return fault(
      'event-log',
      `${at}: ${messageOf(error)}`,
      kind === 'kafka'
        ? [
            'eventLog.kafka.brokers, tường lửa, advertised.listeners',
            'eventLog.kafka.brokers, firewall, advertised.listeners',
          ]
        : 'envigate migrate',
    );
  }
}

/** Sound by itself, since nothing else can be imported; but is there what an office needs? */
function* checkRegistry({ stations, accounts, targets }: Registry): Generator<Finding> {
  const importIt = 'envigate registry import …';
  if (stations.length === 0 || accounts.length === 0) {
    yield warning(
      'registry.stations',
      [
        `danh mục có ${stations.length} trạm, ${accounts.length} tài khoản`,
        `the registry has ${stations.length} stations and ${accounts.length} accounts`,
      ],
      importIt,
    );
    return;
  }
  yield good('registry.stations', [
    `${stations.length} trạm, ${accounts.length} tài khoản, ${targets.length} máy chủ nhận`,
    `${stations.length} stations, ${accounts.length} accounts, ${targets.length} targets`,
  ]);
  const withTargets = stations.filter((station) => (station.targets ?? []).length > 0);
  if (withTargets.length === 0)
    yield warning(
      'registry.targets',
      [
        'chưa trạm nào có máy chủ nhận của Bộ',
        'no station has a target: nothing goes to the ministry',
      ],
      ['stations[].targets trong danh mục', 'stations[].targets of the registry'],
    );
}

async function checkDropFolder(code: string, path: string): Promise<Finding> {
  try {
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return good(`drop-folder.${code}`, [
      `${path}: đọc, ghi được`,
      `${path} can be read and written`,
    ]);
  } catch (error) {
    return fault(`drop-folder.${code}`, messageOf(error), [
      'quyền đọc và ghi cho người dùng của dịch vụ',
      'let the user of the service read and write it',
    ]);
  }
}

async function checkTarget(
  target: Registry['targets'][number],
  timeoutMs: number,
): Promise<Finding> {
  const check = `target.${target.code}`;
  let last = '';
  for await (const { step, isDone, detail } of probeTarget(target, {
    timeoutMs,
    env: process.env,
    upload: false,
  })) {
    last = `${step}: ${detail}`;
    if (isDone === false)
      return fault(check, last, `envigate deliveries target test ${target.code}`);
  }
  return last === ''
    ? skipped(check, ['không có gì để thử', 'there is nothing to try'])
    : good(check, last);
}
