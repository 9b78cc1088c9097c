import { execFile, spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { messageOf } from '@envigate/runtime';
import { endSignal } from '../../processes/end-signal.ts';
import { eventually } from '../../processes/eventually.ts';
import { processorSeconds } from '../../processes/processor-time.ts';
import type { ServerUnderTest } from './server-under-test.ts';

/** The program's path, installed with Debian's package where we may; undefined where it cannot be had. */
export async function findOrInstall(path: string, debian: string): Promise<string | undefined> {
  const isThere = (): Promise<boolean> =>
    access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
  if (await isThere()) return path;
  if (process.getuid?.() !== 0) {
    console.warn(`${path} is missing: apt-get install ${debian}`);
    return undefined;
  }
  console.log(`installing ${debian}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '-qq', '--no-install-recommends', debian];
  await promisify(execFile)('apt-get', install, { env }).catch((error: unknown) =>
    console.warn(`${debian} cannot be installed: ${messageOf(error)}`),
  );
  return (await isThere()) ? path : undefined;
}

/** A server that stays in the foreground; resolves when it listens. */
export async function startForeign(
  path: string,
  args: readonly string[],
  port: number,
): Promise<Pick<ServerUnderTest, 'processorSeconds' | 'stop'>> {
  let output = '';
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await eventually(() => answers(port), { signal: endSignal(child, path, () => output) });
  return {
    processorSeconds: () => processorSeconds(child.pid ?? 0),
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function answers(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    }).once('error', reject);
  });
}
