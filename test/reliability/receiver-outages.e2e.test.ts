import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Registry } from '@envigate/contracts';
import { RegistryView, type ReceptionOutages, type Stretch } from '@envigate/domain';
import { importRegistry, receptionOutages } from '@envigate/postgres';
import {
  eventually,
  Gateway,
  testDatabase,
  type ManagedProcess,
  type TestDatabase,
} from '@envigate/test-support';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

// Receivers as they are run, killed, stopped and cut off from their database: what is recorded is when they
// could not hear, once.
jest.setTimeout(240_000);

const beatMs = 500;

let dir: string;
let db: TestDatabase;
let proxy: DatabaseProxy;
let outages: ReceptionOutages;
let running: ManagedProcess[] = [];

const registry: Registry = {
  facilities: [{ code: 'F1', name: 'Nhà máy' }],
  stations: [{ code: 'S1', facility: 'F1', name: 'Trạm 1', kind: 'waste-water' }],
  parameters: [],
  targets: [],
  accounts: [{ code: 'A1', stations: ['S1'] }],
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-outages-'));
  db = await testDatabase();
  await importRegistry(db.database, registry, { actor: 'test' });
  proxy = await DatabaseProxy.start(new URL(db.url));
  const view = new RegistryView(registry);
  outages = receptionOutages(db.database, { current: () => view });
  running = [];
});
afterEach(async () => {
  for (const receiver of running) await receiver.kill();
  proxy.close();
  await db.drop();
  await rm(dir, { recursive: true, force: true });
});

/** A receiver of its own: its folder, its ports, its way to the database. */
async function receiver(name: string): Promise<ManagedProcess> {
  const dataDir = join(dir, name);
  await mkdir(dataDir);
  const gateway = await Gateway.create({
    ...{ dataDir, layout: 'process-per-service', databaseUrl: proxy.url },
    env: { ENVIGATE_RECEIVER_AVAILABILITY_BEAT_SECONDS: String(beatMs / 1000) },
  });
  const process = gateway.processes.get('receiver');
  if (process === undefined) throw new Error('no receiver');
  running.push(process);
  return process;
}

interface DoorRow {
  readonly door: string;
  readonly heardUntil: Date;
}

async function doors(receivers = 1): Promise<readonly DoorRow[]> {
  const rows = await db.database.query<DoorRow>(
    'SELECT door, heard_until AS "heardUntil" FROM reception_doors ORDER BY door',
  );
  expect(rows).toHaveLength(3 * receivers);
  return rows;
}

/** Resolves when every door of those receivers that run was heard after the instant. */
async function heardAfter(instant: number, receivers = 1, running = receivers): Promise<void> {
  await eventually(
    async () => {
      const heard = (await doors(receivers)).filter((row) => row.heardUntil.getTime() > instant);
      expect(heard).toHaveLength(3 * running);
    },
    { timeoutMs: 60_000 },
  );
}

interface OutageRow {
  readonly door: string;
  readonly from: Date;
  readonly to: Date | null;
  readonly cause: string;
  readonly planned: boolean;
}

const rows = () =>
  db.database.query<OutageRow>(
    `SELECT door, from_instant AS "from", to_instant AS "to", cause, planned
     FROM reception_outages ORDER BY door, from_instant`,
  );

const unheard = (from: number, to = Date.now()): Promise<readonly Stretch[]> =>
  outages.outagesOf({ station: 'S1' }, { from, to });

test('a receiver that is killed: an outage of each door, from its last beat to the first of the next run', async () => {
  const one = await receiver('one');
  one.start();
  await heardAfter(0);
  const began = Date.now();
  await heardAfter(began);
  const killedAt = Date.now();
  await one.kill();
  await delay(4_000);
  // Nobody says so, and still it is not taken as heard.
  const [open] = await unheard(began);
  expect(Math.abs(open!.from - killedAt)).toBeLessThan(4 * beatMs);
  const restartedAt = Date.now();
  one.start();
  await heardAfter(restartedAt);
  const heardAt = Date.now();
  const recorded = await rows();
  expect(recorded.map(({ door, cause, planned }) => `${door} ${cause} ${planned}`)).toEqual([
    ...['ftp not-running false', 'ftps not-running false', 'sftp not-running false'],
  ]);
  for (const { from, to } of recorded) {
    expect(from.getTime()).toBeLessThanOrEqual(killedAt);
    expect(from.getTime()).toBeGreaterThan(killedAt - 4 * beatMs);
    expect(to!.getTime()).toBeGreaterThan(restartedAt);
    expect(to!.getTime()).toBeLessThanOrEqual(heardAt);
  }
  const [stretch] = await unheard(began, heardAt);
  expect(stretch!.from).toBeGreaterThan(killedAt - 4 * beatMs);
  expect(stretch!.to).toBeLessThanOrEqual(heardAt);
});

test('a receiver that is stopped: an outage that was planned', async () => {
  const one = await receiver('one');
  one.start();
  await heardAfter(0);
  const stoppedAt = Date.now();
  await one.stop();
  expect((await rows()).map(({ cause, planned, to }) => [cause, planned, to])).toEqual(
    ['ftp', 'ftps', 'sftp'].map(() => ['stopped', true, null]),
  );
  one.start();
  await heardAfter(Date.now());
  const recorded = await rows();
  expect(recorded).toHaveLength(3);
  for (const { from, to, planned } of recorded) {
    expect(planned).toBe(true);
    expect(Math.abs(from.getTime() - stoppedAt)).toBeLessThan(5_000);
    expect(to).not.toBeNull();
  }
});

test('a database that is away: what happened meanwhile is recorded when it is back, once', async () => {
  const one = await receiver('one');
  one.start();
  await heardAfter(0);
  const began = Date.now();
  proxy.turnAway();
  for (let kills = 0; kills < 3; kills++) {
    await one.kill();
    await delay(1_000);
    one.start();
    // Until it beats again, which no database can tell.
    await delay(8_000);
  }
  expect(await rows()).toEqual([]);
  proxy.letIn();
  await heardAfter(Date.now());
  const recorded = await rows();
  const causes = recorded.filter(({ cause }) => cause === 'not-running');
  for (const door of ['ftp', 'ftps', 'sftp'])
    expect(causes.filter((row) => row.door === door)).toHaveLength(3);
  const stretches = await unheard(began);
  const closed = stretches.filter(({ to }) => to !== undefined);
  expect(closed.length).toBeGreaterThanOrEqual(3);
  await heardAfter(Date.now() + 2 * beatMs);
  expect(await rows()).toEqual(recorded);
});

test('two receivers: stations are heard while one of them listens', async () => {
  const [one, two] = [await receiver('one'), await receiver('two')];
  one.start();
  two.start();
  await heardAfter(0, 2);
  const began = Date.now();
  await heardAfter(began, 2);
  await one.kill();
  await delay(3_000);
  const at = Date.now();
  // The last beats of the one that lives are on their way.
  expect(await unheard(began, at - 4 * beatMs)).toEqual([]);
  await two.kill();
  const bothDead = Date.now();
  await delay(3_000);
  const [stretch] = await unheard(began);
  expect(Math.abs(stretch!.from - bothDead)).toBeLessThan(4 * beatMs);
  two.start();
  await heardAfter(bothDead + 3_000, 2, 1);
  const [after, more] = await unheard(began, Date.now() - 4 * beatMs);
  expect(after!.from).toBe(stretch!.from);
  expect(more).toBeUndefined();
});

/** The way to the database, which can be closed. */
class DatabaseProxy {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  #isOpen = true;

  private constructor(server: Server, url: string, sockets: Set<Socket>) {
    this.#server = server;
    this.url = url;
    this.#sockets = sockets;
  }

  static async start(target: URL): Promise<DatabaseProxy> {
    const sockets = new Set<Socket>();
    const keep = (socket: Socket): Socket => {
      sockets.add(socket);
      return socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    };
    const server = createServer((client) => {
      keep(client);
      if (!started.#isOpen) {
        client.destroy();
        return;
      }
      const upstream = keep(connect(Number(target.port || 5432), target.hostname));
      client.pipe(upstream).pipe(client);
      client.once('close', () => upstream.destroy());
      upstream.once('close', () => client.destroy());
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = new URL(target);
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as AddressInfo).port);
    const started = new DatabaseProxy(server, url.href, sockets);
    return started;
  }

  turnAway(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  letIn(): void {
    this.#isOpen = true;
  }

  close(): void {
    this.turnAway();
    this.#server.close();
  }
}
