import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { hashPassword } from '@envigate/runtime';
import { LoneReceiver } from '../../lone-receiver.ts';
import { residentBytes } from '../../processes/process-memory.ts';
import { processorSeconds } from '../../processes/processor-time.ts';
import type { ServerUnderTest } from './server-under-test.ts';

export interface OurReceiver {
  readonly ftp: ServerUnderTest;
  readonly sftp: ServerUnderTest;
  /** Bytes of memory that the process has now. */
  residentBytes(): Promise<number>;
  /** Files that were not received but held as doubtful: another way than that of a whole file. */
  heldFiles(): Promise<number>;
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
  const passwordHash = await hashPassword(password);
  const receiver = await LoneReceiver.start({
    dir,
    accounts: [
      {
        ...{ code: user, passwordHash, publicKeys: [publicKey], stations: [] },
        // The idle sessions are of this one account.
        quotas: { sessions: 1000 },
      },
    ],
    env: {
      ...(cpuProfileDir !== undefined && {
        NODE_OPTIONS: `--import=${new URL('../cpu-profile.js', import.meta.url).href}`,
        ENVIGATE_TEST_CPU_PROFILE_DIR: resolve(cpuProfileDir),
      }),
    },
  });
  const { ftpPort, sftpPort } = receiver;
  const common = {
    ...{ name, user, password, folder: '/' },
    processorSeconds: () => processorSeconds(receiver.pid ?? 0),
    stop: () => Promise.resolve(),
  };
  return {
    ftp: { ...common, port: ftpPort },
    sftp: { ...common, port: sftpPort },
    residentBytes: () => residentBytes(receiver.pid),
    heldFiles: async () => (await readdir(receiver.heldDir)).length,
    stop: () => receiver.stop(),
  };
}
