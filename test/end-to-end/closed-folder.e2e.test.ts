import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  canTestWith,
  endSignal,
  eventually,
  freeDemoPorts,
  repositoryRoot,
} from '@envigate/test-support';

jest.setTimeout(240_000);

const isRoot = process.getuid?.() === 0;
if (!isRoot) {
  process.stderr.write('`make run` in a folder closed to PostgreSQL is skipped: it needs root\n');
}

// Root's home has mode 0700, and PostgreSQL does not run as root. This is a copy of the checkout as it
// is built and installed, at a path that a shell must be given in quotes, run under a closing umask.
(isRoot ? describe : describe.skip)('`make run` as root in a closed folder', () => {
  let closed: string;
  let checkout: string;
  let make: ChildProcess;
  let output = '';

  beforeAll(async () => {
    closed = await mkdtemp(join(tmpdir(), 'envigate-closed-'));
    await chmod(closed, 0o700);
    checkout = join(closed, "Lan's code", 'envigate');
    await mkdir(checkout, { recursive: true });
    const skipped = ['.git', 'data', 'node_modules/.cache'].map((name) => `--exclude=./${name}`);
    const copy = `tar -C "$1" -c "\${@:3}" . | tar -C "$2" -x`;
    const bash = ['-ec', `set -o pipefail; ${copy}`, '-', repositoryRoot, checkout, ...skipped];
    await promisify(execFile)('bash', bash);
    // What is installed is what this test runs with: it need not be installed again.
    const stamp = join(checkout, 'node_modules', '.installed');
    await writeFile(stamp, '');
    make = spawn('sh', ['-c', 'umask 077; exec make run'], {
      cwd: checkout,
      env: { ...process.env, NODE_OPTIONS: '', ...(await settings()) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a group of its own, for Ctrl-C
    });
    for (const stream of [make.stdout, make.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  });
  afterAll(async () => {
    if (!hasEnded()) {
      process.kill(-make.pid!, 'SIGKILL');
      await once(make, 'close');
    }
    await rm(closed, { recursive: true, force: true });
  });

  const hasEnded = (): boolean => (make.exitCode ?? make.signalCode) !== null;

  async function settings(): Promise<Record<string, string | undefined>> {
    return { DATABASE_URL: undefined, ...(await freeDemoPorts()) };
  }

  test('delivers files', async () => {
    const signal = endSignal(make, 'make', () => output);
    const limits = { timeoutMs: 180_000, signal };
    await eventually(() => expect(output).toMatch(/delivered [1-9]/), limits);
    const pidFile = join(checkout, 'data', 'postgres', 'cluster', 'postmaster.pid');
    const [pid] = (await readFile(pidFile, 'utf8')).split('\n');
    expect(await readlink(`/proc/${pid}/exe`)).toMatch(/^\/var\/cache\/envigate\/postgresql-/);
  });

  (canTestWith('curl') ? test : test.skip)(
    'prints a command that works as it is pasted',
    async () => {
      const command = /^ {2}(curl -T .*)$/m.exec(output)?.[1];
      await promisify(execFile)('sh', ['-c', `${command} --silent --show-error`], { cwd: '/' });
    },
  );

  test('stops by Ctrl-C', async () => {
    process.kill(-make.pid!, 'SIGINT');
    await once(make, 'close');
    expect(output).toContain(`stopped; the data stay in ${checkout}/data`);
  });
});
