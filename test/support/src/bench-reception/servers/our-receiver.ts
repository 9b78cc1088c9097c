import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Registry } from '@envigate/contracts';
import { hashPassword } from '@envigate/runtime';
import { Gateway } from '../../gateway.ts';
import { eventually } from '../../processes/eventually.ts';
import { testDatabase } from '../../test-database.ts';
import type { ServerUnderTest } from './server-under-test.ts';

/** The built receiver in a process of its own, before an event log in PostgreSQL and nothing else. */
export interface OurReceiver {
  readonly ftp: ServerUnderTest;
  readonly sftp: ServerUnderTest;
  /** Bytes of memory that the process has now. */
  residentBytes(): Promise<number>;
  stop(): Promise<void>;
}

const name = 'ours, synced before the reply';
const [user, password] = ['bench', 'bench-password'];

/** `cpuProfileDir`: where the process leaves a profile when it ends. */
export async function startOurReceiver(
  dir: string,
  publicKey: string,
  cpuProfileDir?: string,
): Promise<OurReceiver> {
  const testDb = await testDatabase();
  const gateway = await Gateway.create({
    dataDir: join(dir, 'data'),
    layout: 'process-per-service',
    databaseUrl: testDb.url,
    env: {
      // Every client of the bench comes from here, 500 at a time.
      ENVIGATE_RECEIVER_GUARD_EXEMPT: '127.0.0.1',
      ...(cpuProfileDir !== undefined && {
        NODE_OPTIONS: `--import=${new URL('../cpu-profile.js', import.meta.url).href}`,
        ENVIGATE_TEST_CPU_PROFILE_DIR: resolve(cpuProfileDir),
      }),
    },
  });
  const receiver = gateway.processes.get('receiver');
  if (receiver === undefined) throw new Error('there is no receiver');
  await mkdir(join(dir, 'data'), { recursive: true });
  const registryFile = join(dir, 'registry.json');
  await writeFile(registryFile, JSON.stringify(await registryWith(publicKey)));
  await gateway.cliOrThrow('migrate');
  await gateway.cliOrThrow('registry', 'import', registryFile);
  // After the console's, the targets stand in the order of the services.
  const [, operations] = gateway.metricsTargets;
  receiver.start();
  await eventually(async () => {
    if (!receiver.running) throw new Error('the receiver has ended; see its log');
    const response = await fetch(`http://${operations}/readyz`);
    if (!response.ok) throw new Error(await response.text());
  });
  const stop = (): Promise<void> => Promise.resolve();
  return {
    ftp: { name, port: gateway.ftpPort, user, password, folder: '/', stop },
    sftp: { name, port: gateway.sftpPort, user, password, folder: '/', stop },
    residentBytes: () => residentBytes(receiver.pid),
    async stop() {
      await receiver.stop();
      await testDb.drop();
    },
  };
}

async function registryWith(publicKey: string): Promise<Registry> {
  const account = {
    code: user,
    passwordHash: await hashPassword(password),
    publicKeys: [publicKey],
  };
  return {
    facilities: [],
    stations: [],
    accounts: [{ ...account, stations: [] }],
    parameters: [],
    targets: [],
  };
}

async function residentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`no VmRSS of process ${pid}`);
  return Number(kilobytes) * 1024;
}
