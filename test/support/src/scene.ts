import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Database } from '@envigate/postgres';
import { hashPassword } from '@envigate/runtime';
import { createFleet, type Fleet } from './fleet/fleet.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';
import { startMinistryStandIn, type MinistryStandIn } from './ministry-stand-in/index.ts';
import type { PushTarget } from './pushers/pushers.ts';
import { testDatabase } from './test-database.ts';

export interface SceneOptions {
  readonly eventLog: 'postgres' | 'kafka';
  readonly layout: GatewayOptions['layout'];
  readonly stations: number;
  readonly files: number;
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

export async function startScene(options: SceneOptions): Promise<Scene> {
  const dir = await mkdtemp(join(tmpdir(), 'envigate-scene-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const undo of stops.splice(0).reverse()) await undo();
  };
  try {
    const standIn = await startMinistryStandIn({ folder: join(dir, 'ministry') });
    stops.push(() => standIn.close());
    const testDb = await testDatabase();
    stops.push(() => testDb.drop());
    const identityFile = join(dir, 'id_ed25519');
    await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', identityFile]);
    const fleet = createFleet({
      ...options,
      until: new Date(Date.now() - 60_000),
      publicKey: (await readFile(`${identityFile}.pub`, 'utf8')).trim(),
      passwordHash: await hashPassword(password),
      targets: targetsOf(standIn),
    });
    const topicPrefix = `scene-${randomUUID().slice(0, 8)}-`;
    const gateway = await Gateway.create({
      dataDir: join(dir, 'data'),
      layout: options.layout,
      databaseUrl: testDb.url,
      env: {
        MINISTRY_SECRET: standIn.access.ftp.password,
        MINISTRY_TOKEN: standIn.access.https.token,
        ENVIGATE_EVENT_LOG_KAFKA_TOPIC_PREFIX: topicPrefix,
        ENVIGATE_FORWARDER_RETRY_MAX_SECONDS: '5',
      },
      ...(options.eventLog === 'kafka' && { kafkaBrokers: kafkaBrokers() }),
    });
    stops.push(() => gateway.stop());
    await mkdir(join(dir, 'data'), { recursive: true });
    await gateway.start();
    const registryFile = join(dir, 'registry.json');
    await writeFile(registryFile, JSON.stringify(fleet.registry));
    await gateway.cliOrThrow('registry', 'import', registryFile);
    const { ftpPort, sftpPort } = gateway;
    const pushTarget = { host: '127.0.0.1', ftpPort, sftpPort, password, identityFile };
    return {
      dir,
      gateway,
      fleet,
      standIn,
      database: testDb.database,
      topicPrefix,
      pushTarget,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

export function kafkaBrokers(): readonly string[] {
  const brokers = process.env['KAFKA_BROKERS'];
  if (brokers === undefined) throw new Error('KAFKA_BROKERS is not set: run through `make test`');
  return brokers.split(',');
}

function targetsOf({ access }: MinistryStandIn): Fleet['registry']['targets'] {
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
