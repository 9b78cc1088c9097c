import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddedPostgres } from '@envigate/postgres';
import { hashPassword, silentLogger } from '@envigate/runtime';
import { createFleet } from '../fleet/fleet.ts';
import { Gateway } from '../gateway.ts';
import { MailInbox } from '../mail-inbox/mail-inbox.ts';
import { startMinistryStandIn } from '../ministry-stand-in/index.ts';
import { freePort } from '../processes/free-port.ts';
import { targetsOf } from '../scene.ts';
import { startKafkaBroker } from '../servers/kafka-broker.ts';
import { Loggers } from '../storm/loggers.ts';
import { MovableClock } from '../storm/movable-clock.ts';
import { SmallDisk } from '../storm/small-disk.ts';

const password = 'failing-password';
/** Of the whole run: files keep coming. */
const sendingMs = 3_600_000;
const diskMegabytes = 64;
const clockOffsetSeconds = 3_600;

/** Something that the gateway needs, and how it is taken away for real. */
export interface Dependency {
  readonly name: { readonly vi: string; readonly en: string };
  /** What is done to it. */
  readonly fault: string;
  /** Alerts that must fire. */
  readonly expected: readonly string[];
  readonly fail: () => Promise<unknown>;
  readonly mend: () => Promise<unknown>;
}

export interface FailingScene {
  readonly gateway: Gateway;
  readonly dependencies: readonly Dependency[];
}

/**
 * A process for each service, a PostgreSQL that is not theirs to start, a Kafka broker, a ministry, a mail server, a small disk for the
 * spool and a clock that can be moved; loggers that send
 * from the first fault on, for which no mail server listens yet.
 */
export async function openFailingScene(
  dir: string,
  factor: number,
  stops: (() => Promise<unknown>)[],
): Promise<FailingScene> {
  const postgres = embeddedPostgres({
    ...{ dataDir: join(dir, 'postgres'), port: await freePort(), logger: silentLogger() },
  });
  let server = await postgres.start();
  stops.push(() => server.stop());
  const kafka = await startKafkaBroker({ dir: join(dir, 'kafka') });
  stops.push(kafka.stop);
  const standIn = await startMinistryStandIn({ folder: join(dir, 'ministry') });
  stops.push(() => standIn.close());
  const disk = await SmallDisk.mount(join(dir, 'spool'), diskMegabytes);
  if (typeof disk === 'string') throw new Error(`${disk}: run this as root`);
  stops.push(() => disk.unmount());
  const clock = await MovableClock.make(dir);
  if (typeof clock === 'string') throw new Error(clock);
  stops.push(() => clock.clear());
  const mailPort = await freePort();
  let mails: MailInbox | undefined;
  stops.push(async () => mails?.close());

  const fleet = createFleet({
    ...{ stations: 4, files: 2_400, targets: targetsOf(standIn) },
    // Older than the clock is put back; the first files are of two days ago, so that a notice of a gap is due.
    until: new Date(Date.now() - 2 * clockOffsetSeconds * 1_000),
    passwordHash: await hashPassword(password),
  });
  const dataDir = join(dir, 'data');
  await mkdir(dataDir);
  const seconds = (real: number): string => String(Math.max(1, Math.round(real / factor)));
  const gateway = await Gateway.create({
    ...{ dataDir, layout: 'process-per-service' },
    ...{ databaseUrl: server.value.url, kafkaBrokers: kafka.brokers },
    env: {
      MINISTRY_SECRET: standIn.access.ftp.password,
      MINISTRY_TOKEN: standIn.access.https.token,
      ENVIGATE_RECEIVER_SPOOL_DIR: join(dir, 'spool'),
      ENVIGATE_RECEIVER_SPOOL_MIN_FREE_BYTES: '1000000',
      // What the gateway waits for itself runs as fast as the rules.
      ENVIGATE_FORWARDER_RETRY_MAX_SECONDS: seconds(300),
      ENVIGATE_GAP_DETECTOR_CHECK_SECONDS: seconds(30),
      ENVIGATE_NOTIFIER_CHECK_SECONDS: seconds(30),
      ENVIGATE_NOTIFIER_GATHER_MINUTES: '0',
      ENVIGATE_NOTIFIER_RETRY_FIRST_SECONDS: seconds(60),
      ENVIGATE_NOTIFIER_RETRY_MAX_SECONDS: seconds(3_600),
      ENVIGATE_NOTIFIER_SMTP_HOST: '127.0.0.1',
      ENVIGATE_NOTIFIER_SMTP_PORT: String(mailPort),
      ENVIGATE_NOTIFIER_SMTP_SECURITY: 'none',
      ENVIGATE_NOTIFIER_FROM_ADDRESS: 'envigate@example.vn',
      ENVIGATE_NOTIFIER_OFFICE_TO: 'office@example.vn',
      ...clock.env,
    },
  });
  stops.push(() => gateway.stop());
  await gateway.cliOrThrow('migrate');
  await gateway.start();
  await gateway.importRegistry(fleet.registry);
  const loggers = new Loggers({
    fleet,
    target: { host: '127.0.0.1', password, ftpPort: gateway.ftpPort, sftpPort: gateway.sftpPort },
    withinMs: sendingMs,
  });
  stops.push(() => loggers.stop());

  const dependencies: readonly Dependency[] = [
    {
      name: { vi: 'máy chủ thư', en: 'mail server' },
      fault: 'nothing listens on its port',
      expected: ['EnvigateNoticesDelayed'],
      // The first files make a gap known, and a notice of it due.
      fail: async () => void loggers.sendAll(),
      mend: async () => (mails = await MailInbox.open({ port: mailPort })),
    },
    {
      name: { vi: 'cơ sở dữ liệu', en: 'database' },
      fault: 'PostgreSQL is stopped',
      expected: ['EnvigateSourceAway'],
      fail: () => server.stop(),
      mend: async () => (server = await postgres.start()),
    },
    {
      name: { vi: 'Kafka', en: 'Kafka' },
      fault: 'SIGKILL to the only broker',
      expected: ['EnvigateSpoolAgeing'],
      fail: kafka.kill,
      mend: kafka.restart,
    },
    {
      name: { vi: 'máy chủ của Bộ', en: 'ministry' },
      fault: 'its doors are closed',
      expected: ['EnvigateTargetUnreachable', 'EnvigateDeliveriesAgeing'],
      fail: () => standIn.setFaults([{ kind: 'down' }]),
      mend: () => standIn.setFaults([]),
    },
    {
      name: { vi: 'đĩa', en: 'disk' },
      fault: 'the disk of the spool is filled to the last byte',
      expected: ['EnvigateUploadsRefused'],
      fail: () => disk.fill(),
      mend: () => disk.free(),
    },
    {
      name: { vi: 'đồng hồ', en: 'clock' },
      fault: 'the services’ clock is put an hour ahead (libfaketime)',
      expected: ['EnvigateClockWrong'],
      fail: () => clock.set(clockOffsetSeconds),
      mend: () => clock.set(0),
    },
  ];
  return { gateway, dependencies };
}
