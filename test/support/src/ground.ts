import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Registry } from '@envigate/contracts';
import { Gateway, type GatewayOptions } from './gateway.ts';
import { startMinistryStandIn, type MinistryStandIn } from './ministry-stand-in/index.ts';
import { writeSshKey } from './ssh-key.ts';
import { testDatabase, type TestDatabase } from './test-database.ts';

/** What every scene runs on. */
export interface Ground {
  readonly dir: string;
  readonly standIn: MinistryStandIn;
  readonly testDb: TestDatabase;
  /** Of the SSH key with which clients log in. */
  readonly identityFile: string;
  readonly publicKey: string;
  /** A running gateway that knows the registry; it has the secrets of the stand-in. */
  startGateway(
    registry: Registry,
    options: Pick<GatewayOptions, 'layout' | 'kafkaBrokers'> & {
      readonly env: Readonly<Record<string, string>>;
    },
  ): Promise<Gateway>;
  /** Ends all of it, the last first. */
  stop(): Promise<void>;
}

/** Sets up a scene on new ground; nothing of it stays where that fails. */
export async function onGround<S>(setUp: (ground: Ground) => Promise<S>): Promise<S> {
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
    const { publicKey } = await writeSshKey(identityFile);
    const startGateway: Ground['startGateway'] = async (registry, options) => {
      const dataDir = join(dir, 'data');
      const gateway = await Gateway.create({
        ...options,
        ...{ dataDir, databaseUrl: testDb.url },
        env: {
          MINISTRY_SECRET: standIn.access.ftp.password,
          MINISTRY_TOKEN: standIn.access.https.token,
          ...options.env,
        },
      });
      stops.push(() => gateway.stop());
      await mkdir(dataDir, { recursive: true });
      await gateway.start();
      await gateway.importRegistry(registry);
      return gateway;
    };
    return await setUp({ dir, standIn, testDb, identityFile, publicKey, startGateway, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}
