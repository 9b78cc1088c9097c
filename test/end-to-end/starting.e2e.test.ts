import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { messageOf } from '@envigate/runtime';
import {
  Gateway,
  type GatewayOptions,
  ManagedProcess,
  eventually,
  freePort,
  repositoryRoot,
} from '@envigate/test-support';

jest.setTimeout(60_000);

// What a process says of itself while it starts, with nothing else there: no database, no broker.
describe('a process that starts', () => {
  let dir: string;
  let env: Record<string, string>;
  let logFile: string;
  const started: ManagedProcess[] = [];
  const servers: Server[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'envigate-starting-'));
    logFile = join(dir, 'process.log');
    env = {
      ENVIGATE_DATA_DIR: dir,
      ENVIGATE_DATABASE_URL: `postgres://nobody@127.0.0.1:${await freePort()}/nothing`,
      ENVIGATE_RECEIVER_FTP_PORT: String(await freePort()),
      ENVIGATE_RECEIVER_SFTP_PORT: String(await freePort()),
      ENVIGATE_OPERATIONS_PORT: String(await freePort()),
    };
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((process) => process.stop()));
    for (const server of servers.splice(0)) server.close();
    await rm(dir, { recursive: true, force: true });
  });

  function run(service: string): ManagedProcess {
    const process = new ManagedProcess({
      name: service,
      args: [join(repositoryRoot, 'services/cli/bin/envigate.js'), 'run', service],
      logFile,
      env,
    });
    started.push(process);
    process.start();
    return process;
  }

  async function readiness(): Promise<{ ready: boolean; checks: Record<string, string> }> {
    const answer = await fetch(`http://127.0.0.1:${env['ENVIGATE_OPERATIONS_PORT']}/readyz`);
    return (await answer.json()) as { ready: boolean; checks: Record<string, string> };
  }

  test('takes the level of the log on SIGHUP, says what needs a restart, and survives a wrong configuration', async () => {
    const file = join(dir, 'envigate.yaml');
    env['ENVIGATE_CONFIG'] = file;
    const lines = async () =>
      (await readFile(logFile, 'utf8'))
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as { msg: string; level: number; needsRestart?: string[] });
    const isSaid = (part: string) =>
      eventually(async () =>
        expect((await lines()).filter(({ msg }) => msg.includes(part))).toHaveLength(1),
      );
    await writeFile(file, 'log: { level: info }\n');
    const receiver = run('receiver');
    await eventually(async () => expect((await readiness()).checks['started']).toBe('ok'));
    expect((await lines()).filter(({ level }) => level < 30)).toEqual([]);

    await writeFile(file, 'log: { level: debug }\ngapDetector: { checkSeconds: 7 }\n');
    process.kill(receiver.pid!, 'SIGHUP');
    await isSaid('holds after a restart only');
    expect((await lines()).find(({ needsRestart }) => needsRestart)).toMatchObject({
      needsRestart: ['gapDetector.checkSeconds'],
    });
    // Each look at the metrics is a question to the operations server, which is logged at debug only.
    await eventually(async () => {
      await readiness();
      expect((await lines()).filter(({ level }) => level === 20)).not.toEqual([]);
    });

    await writeFile(file, 'log: { level: loud }\n');
    process.kill(receiver.pid!, 'SIGHUP');
    await isSaid('the configuration is wrong');
    expect((await readiness()).checks['started']).toBe('ok');
  });

  test('the receiver is not ready before its doors are open, and opens them without a database', async () => {
    run('receiver');
    const first = await eventually(readiness, { everyMs: 5 });
    expect(first.checks['started']).toBe('not started yet: receiver');
    expect(first.ready).toBe(false);
    const opened = await eventually(async () => {
      const report = await readiness();
      expect(report.checks['started']).toBe('ok');
      return report;
    });
    expect(opened.checks['spool']).toBe('ok');
    for (const door of ['FTP', 'SFTP']) {
      const greeting = await firstBytes(Number(env[`ENVIGATE_RECEIVER_${door}_PORT`]));
      expect(greeting).toMatch(door === 'FTP' ? /^220 / : /^SSH-2\.0-/);
    }
  });

  test('the console shows its page without a database, and says that it is away', async () => {
    const port = await freePort();
    env['ENVIGATE_CONSOLE_PORT'] = String(port);
    run('console');
    const page = await eventually(() => fetch(`http://127.0.0.1:${port}/`));
    expect(page.status).toBe(503);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('Cơ sở dữ liệu không trả lời.');
  });

  test('a port in use is said in one line, with the setting that moves it', async () => {
    const port = Number(env['ENVIGATE_RECEIVER_FTP_PORT']);
    const squatter = createServer().listen(port, '0.0.0.0');
    servers.push(squatter);
    const receiver = run('receiver');
    await eventually(() => expect(receiver.running).toBe(false));
    const said = (await readFile(logFile, 'utf8'))
      .split('\n')
      .filter((line) => line.includes('in use'));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(String(port));
    expect(said[0]).toContain('ENVIGATE_RECEIVER_FTP_PORT');
  });
});

// `make run` and most tests wait for a gateway in this way.
describe('a gateway that ends while it is waited for', () => {
  let dir: string;
  let gateway: Gateway | undefined;
  const servers: Server[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'envigate-waiting-'));
  });
  afterEach(async () => {
    await gateway?.stop();
    for (const server of servers.splice(0)) server.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** The reason, and after how long the wait has ended with it. */
  async function failedStart(
    options: Pick<GatewayOptions, 'layout' | 'env'>,
    fault?: (gateway: Gateway) => Promise<unknown>,
  ): Promise<{ reason: string; afterMs: number }> {
    const databaseUrl = `postgres://nobody@127.0.0.1:${await freePort()}/nothing`;
    gateway = await Gateway.create({ dataDir: dir, databaseUrl, ...options });
    const starting = gateway.start().then(
      () => 'it started',
      (error: unknown) => messageOf(error),
    );
    await fault?.(gateway);
    const since = Date.now();
    return { reason: await starting, afterMs: Date.now() - since };
  }

  const layouts: GatewayOptions['layout'][] = ['one-process', 'process-per-service'];
  test.each(layouts)('because it was killed: %s', async (layout) => {
    const { reason, afterMs } = await failedStart({ layout }, async ({ processes }) => {
      const victim = [...processes.values()].at(-1)!;
      await eventually(() => expect(victim.pid).toBeDefined());
      process.kill(victim.pid!, 'SIGKILL');
    });
    const name = layout === 'one-process' ? 'gateway' : 'console';
    expect(reason).toMatch(new RegExp(`^${name} was ended by SIGKILL: `));
    expect(afterMs).toBeLessThan(2_000);
  });

  test('because it cannot go on: with the reason it reported', async () => {
    const port = await freePort();
    servers.push(createServer().listen(port, '0.0.0.0'));
    const env = { ENVIGATE_RECEIVER_FTP_PORT: String(port) };
    const { reason } = await failedStart({ layout: 'one-process', env });
    expect(reason).toMatch(/^gateway ended with status 1: /);
    expect(reason).toContain(`port ${port}: another program has this port in use`);
    expect(reason).not.toContain('\n');
  });

  test('because the database server beside it cannot start', async () => {
    const port = await freePort();
    servers.push(createServer().listen(port, '127.0.0.1'));
    const env = { ENVIGATE_DATABASE_EMBEDDED_PORT: String(port) };
    gateway = await Gateway.create({ dataDir: dir, layout: 'process-per-service', env });
    await expect(gateway.start()).rejects.toThrow(
      new RegExp(`^database ended with status 1: .*port ${port} is in use by another program`),
    );
  });
});

function firstBytes(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', (bytes: Buffer) => {
      socket.destroy();
      resolve(bytes.toString('latin1'));
    });
  });
}
