import { randomUUID } from 'node:crypto';
import type { Database } from '@envigate/postgres';
import { hashPassword } from '@envigate/runtime';
import { createFleet, type Fleet } from './fleet/fleet.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { onGround } from './ground.ts';
import type { MinistryStandIn } from './ministry-stand-in/index.ts';
import { reportSkipped } from './programs.ts';
import type { PushTarget } from './pushers/pushers.ts';

export interface SceneOptions {
  readonly eventLog: 'postgres' | 'kafka';
  readonly layout: GatewayOptions['layout'];
  readonly stations: number;
  readonly files: number;
  /** Of the ministry's targets; absent: the default of the product. */
  readonly gatherSeconds?: number;
  /** Settings as environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A running gateway with a fleet that may push to it and a ministry that takes its deliveries. */
export interface Scene {
  readonly dir: string;
  readonly gateway: Gateway;
  readonly fleet: Fleet;
  readonly standIn: MinistryStandIn;
  readonly database: Database;
  readonly topicPrefix: string;
  readonly pushTarget: Omit<PushTarget, 'user' | 'folder'>;
  stop(): Promise<void>;
}

const password = 'fleet-password';

export function startScene({
  eventLog,
  layout,
  gatherSeconds,
  env,
  ...size
}: SceneOptions): Promise<Scene> {
  return onGround(async ({ dir, standIn, testDb, identityFile, publicKey, startGateway, stop }) => {
    const fleet = createFleet({
      ...size,
      until: new Date(Date.now() - 60_000),
      publicKey,
      passwordHash: await hashPassword(password),
      targets: targetsOf(standIn).map((target) => ({
        ...target,
        ...(gatherSeconds !== undefined && { gatherSeconds }),
      })),
    });
    const topicPrefix = `scene-${randomUUID().slice(0, 8)}-`;
    const gateway = await startGateway(fleet.registry, {
      layout,
      env: {
        ENVIGATE_EVENT_LOG_KAFKA_TOPIC_PREFIX: topicPrefix,
        ENVIGATE_FORWARDER_RETRY_MAX_SECONDS: '5',
        ...env,
      },
      ...(eventLog === 'kafka' && { kafkaBrokers: kafkaBrokers() }),
    });
    const { ftpPort, sftpPort } = gateway;
    const pushTarget = { host: '127.0.0.1', ftpPort, sftpPort, password, identityFile };
    const { database } = testDb;
    return { dir, gateway, fleet, standIn, database, topicPrefix, pushTarget, stop };
  });
}

export function kafkaBrokers(): readonly string[] {
  const brokers = process.env['KAFKA_BROKERS'] ?? '';
  if (brokers === '') throw new Error('KAFKA_BROKERS is not set: run through `make test`');
  return brokers.split(',');
}

/** Whether tests on Kafka can run; says so where they cannot. With CI=true they must. */
export function hasKafka(): boolean {
  if ((process.env['KAFKA_BROKERS'] ?? '') !== '') return true;
  reportSkipped('tests on Kafka: KAFKA_BROKERS names no broker');
  return false;
}

export function targetsOf({ access }: MinistryStandIn): Fleet['registry']['targets'] {
  return [
    {
      code: 'ministry-ftp',
      kind: 'ftp',
      url: `ftp://127.0.0.1:${access.ftp.port}/`,
      user: access.ftp.user,
      secret: '${MINISTRY_SECRET}',
    },
    {
      code: 'ministry-https',
      kind: 'https',
      url: `https://127.0.0.1:${access.https.port}/api/v1/files`,
      secret: '${MINISTRY_TOKEN}',
      caFile: access.https.caFile,
    },
  ];
}
