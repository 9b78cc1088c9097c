import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventually, freeDemoPorts, repositoryRoot } from '@envigate/test-support';

jest.setTimeout(120_000);

// What `make run` starts: its ports, its folder, its end.
describe('the demo', () => {
  let dir: string;
  let env: Record<string, string>;
  const runs: Run[] = [];
  const servers: Server[] = [];

  interface Run {
    readonly child: ChildProcess;
    /** All that it has printed. */
    readonly output: () => string;
    readonly ended: Promise<unknown>;
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'envigate-demo-'));
    env = { ENVIGATE_DATA_DIR: dir, ...(await freeDemoPorts()) };
  });
  afterEach(async () => {
    for (const { child, ended } of runs.splice(0)) {
      child.kill('SIGINT');
      await ended;
    }
    for (const server of servers.splice(0)) server.close();
    await rm(dir, { recursive: true, force: true });
  });

  function run(more: Record<string, string> = {}): Run {
    const main = join(repositoryRoot, 'test/support/dist/demo/main.js');
    const { DATABASE_URL: _, ...outer } = process.env;
    const child = spawn(process.execPath, [main], {
      env: { ...outer, NODE_OPTIONS: '', ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const begun = { child, output: () => output, ended: once(child, 'close') };
    runs.push(begun);
    return begun;
  }

  async function occupy(port: string | undefined, host: string): Promise<void> {
    const server = createServer().listen(Number(port), host);
    servers.push(server);
    await once(server, 'listening');
  }

  const delivering = (begun: Run): Promise<void> =>
    eventually(
      () => {
        expect(begun.output()).toMatch(/delivered [1-9]/);
      },
      { timeoutMs: 60_000 },
    );

  test('names every port that it cannot have, and a command with free ones', async () => {
    await occupy(env['ENVIGATE_RECEIVER_FTP_PORT'], '127.0.0.1');
    await occupy(env['ENVIGATE_DATABASE_EMBEDDED_PORT'], '0.0.0.0');
    const { child, output, ended } = run({ MINISTRY_HTTPS_PORT: env['MINISTRY_FTP_PORT']! });
    await ended;
    expect(child.exitCode).toBe(1);
    const of = (variable: string): string => env[variable]!.padEnd(7);
    expect(
      output()
        .split('\n')
        .filter((line) => line.startsWith('  ')),
    ).toEqual([
      `  ${of('ENVIGATE_RECEIVER_FTP_PORT')}the gateway's FTP door         ENVIGATE_RECEIVER_FTP_PORT: in use by another program`,
      `  ${of('MINISTRY_FTP_PORT')}the ministry stand-in's HTTPS  MINISTRY_HTTPS_PORT: needed twice`,
      `  ${of('ENVIGATE_DATABASE_EMBEDDED_PORT')}embedded PostgreSQL            ENVIGATE_DATABASE_EMBEDDED_PORT: in use by another program`,
      expect.stringMatching(
        /^ {2}ENVIGATE_RECEIVER_FTP_PORT=\d+ MINISTRY_HTTPS_PORT=\d+ ENVIGATE_DATABASE_EMBEDDED_PORT=\d+ make run$/,
      ),
    ]);
    expect(output()).not.toMatch(/stopp|logs/);
    const proposed = [...output().matchAll(/(\w+)=(\d+)/g)].map(([, name, port]) => [name, port]);
    const second = run(Object.fromEntries(proposed) as Record<string, string>);
    await eventually(() => expect(second.output()).toContain('starting the gateway'));
  });

  test('says what it waits for, where the database does not start', async () => {
    const cluster = join(dir, 'postgres', 'cluster');
    await mkdir(cluster, { recursive: true });
    await writeFile(join(cluster, 'PG_VERSION'), '18');
    const { output } = run();
    await eventually(
      () =>
        expect(output()).toMatch(/^đang chờ · waiting: .*database: the embedded database server/m),
      { timeoutMs: 60_000 },
    );
  });

  test('says so where it runs already, goes on after a kill, and ends with its gateway', async () => {
    const first = run();
    await eventually(() => expect(first.output()).toContain('starting the gateway'));
    const second = run();
    await second.ended;
    expect(second.child.exitCode).toBe(1);
    expect(second.output().trim()).toBe(
      `envigate: Envigate already runs from this folder (pid ${first.child.pid}): ` +
        `stop it by Ctrl-C in its terminal or 'kill ${first.child.pid}'`,
    );
    await delivering(first);

    first.child.kill('SIGKILL');
    await first.ended;
    const third = run();
    await delivering(third);
    expect(third.output()).toMatch(/^stopping what a killed run left \(pid \d+(, \d+)*\) …$/m);

    const log = await readFile(join(dir, 'logs', 'gateway.log'), 'utf8');
    const newest = JSON.parse(log.trim().split('\n').at(-1)!) as { pid: number };
    process.kill(newest.pid, 'SIGKILL');
    await third.ended;
    expect(third.child.exitCode).toBe(1);
    expect(third.output()).toMatch(/^envigate: gateway was ended by SIGKILL: /m);
  });
});
