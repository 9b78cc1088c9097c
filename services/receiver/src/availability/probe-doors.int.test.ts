import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { validateConfiguration } from '@envigate/contracts';
import type { Outage } from '@envigate/domain';
import { createFtpServer, type FtpServer } from '@envigate/ftp-server';
import { MemoryEventLog } from '@envigate/event-log/memory-event-log';
import { Health, Telemetry, silentLogger, systemClock, type Started } from '@envigate/runtime';
import { eventually, freePort, SmallDisk } from '@envigate/test-support';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { receiver, type Receiver } from '../compose.ts';
import { FakeHeardReports } from '../testing/fake-heard-reports.ts';
import { FakeReceptionRecord } from '../testing/fake-reception-record.ts';
import { account, FakeRegistry, Reception } from '../testing/reception.ts';
import { HeardFile } from './heard-file.ts';
import { OwnProbes } from './own-probes.ts';
import { probeFtp, probeSftp } from './probe-doors.ts';

// The receiver looks at its own doors: real servers, real connections.
jest.setTimeout(60_000);

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-doors-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('the whole receiver', () => {
  let reports: FakeHeardReports;
  let telemetry: Telemetry;
  let started: Started<Receiver> | undefined;

  beforeEach(() => {
    reports = new FakeHeardReports();
  });
  afterEach(async () => {
    await started?.stop();
    started = undefined;
  });

  async function start(dataDir: string): Promise<void> {
    telemetry = new Telemetry();
    const config = validateConfiguration({
      dataDir,
      receiver: {
        ftp: { host: '127.0.0.1', port: 0, implicitTlsPort: await freePort() },
        sftp: { host: '127.0.0.1', port: 0, hostKeyDir: join(dir, 'ssh') },
        availability: { beatSeconds: 0.1 },
        spool: { segmentBytes: 100_000, maxBytes: 10_000_000, minFreeBytes: 500_000 },
        guard: { failuresToBan: 3, sessionsPerAddress: 3 },
      },
    });
    started = (await receiver
      .compose({
        ...{ config, logger: silentLogger(), telemetry, health: new Health(), clock: systemClock },
        ...{ eventLog: new MemoryEventLog(), receptions: new FakeReceptionRecord() },
        ...{ heardReports: reports, registry: new FakeRegistry([account('tram01')]) },
      })
      .start()) as Started<Receiver>;
  }

  const outages = (): readonly Outage[] =>
    reports.reports.flatMap(({ record }) => record.unreported);

  test('hears by every door, counts none of its own looks, and does not ban itself', async () => {
    await start(join(dir, 'data'));
    await eventually(() => expect(reports.reports.length).toBeGreaterThan(15), {
      timeoutMs: 30_000,
    });
    const doors = reports.reports.at(-1)?.record.doors.map(({ door }) => door);
    expect(doors?.sort()).toEqual(['ftp', 'ftps', 'sftp']);
    expect(outages()).toEqual([]);
    const metrics = await telemetry.metrics();
    expect(metrics).toContain('envigate_banned_senders 0\n');
    for (const name of ['ftp_tls_sessions_abandoned', 'ftp_tls_failed', 'sftp_handshakes_failed'])
      expect(metrics).not.toMatch(new RegExp(`envigate_${name}_total(\\{[^}]*\\})? [1-9]`));
  });

  test('on a full disk refuses, and records that it does, until there is room again', async () => {
    const disk = await SmallDisk.mount(join(dir, 'disk'), 12);
    if (typeof disk === 'string') return expect(process.getuid?.()).not.toBe(0);
    try {
      const dataDir = join(dir, 'disk', 'data');
      await start(dataDir);
      await eventually(() => expect(reports.reports.length).toBeGreaterThan(1));
      await disk.fill();
      await eventually(() =>
        expect(outages().map(({ door, cause }) => `${door} ${cause}`)).toEqual(
          expect.arrayContaining(['ftp no-room', 'ftps no-room', 'sftp no-room']),
        ),
      );
      const full = reports.reports.at(-1)!.record.doors.map(({ door, outage }) => ({
        ...{ door, from: outage?.from },
      }));
      // The disk is full: its record still goes on.
      await eventually(async () => {
        const { file, state } = await HeardFile.open(join(dataDir, 'spool', 'heard'));
        await file.close();
        const kept = state.kind === 'read' ? state.record.doors : [];
        expect(kept.map(({ door, outage }) => ({ door, from: outage?.from }))).toEqual(full);
      });
      await disk.free();
      await eventually(() =>
        expect(
          outages()
            .filter(({ to }) => to !== undefined)
            .map(({ door }) => door),
        ).toEqual(expect.arrayContaining(['ftp', 'ftps', 'sftp'])),
      );
    } finally {
      await started?.stop();
      started = undefined;
      spawnSync('umount', [join(dir, 'disk')]);
    }
  });
});

describe('a look', () => {
  const own = new OwnProbes();
  let server: Server | undefined;
  const sockets = new Set<Socket>();
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server?.close();
  });

  async function serve(talk: (socket: Socket) => void): Promise<{ host: string; port: number }> {
    server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      talk(socket);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { host: '127.0.0.1', port: (server.address() as { port: number }).port };
  }

  test('at a port that nobody listens on', async () => {
    const door = { host: '0.0.0.0', port: await freePort() };
    await expect(probeFtp(door, 'none', own)).rejects.toThrow(/port \d+: .*ECONNREFUSED/);
    await expect(probeSftp(door, own)).rejects.toThrow(/ECONNREFUSED/);
  });

  test('at a server that accepts and says nothing', async () => {
    const door = await serve(() => undefined);
    await expect(probeSftp(door, own)).rejects.toThrow(/no answer within 3 s/);
  });

  test('at a server that refuses, or speaks something else, or hangs up', async () => {
    const full = await serve((socket) => socket.end('421 Too many sessions; try again later.\r\n'));
    await expect(probeFtp(full, 'explicit', own)).rejects.toThrow(/answered '421 Too many/);
    const other = await serve((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n'));
    await expect(probeSftp(other, own)).rejects.toThrow(/answered 'HTTP/);
    const gone = await serve((socket) => socket.end());
    await expect(probeSftp(gone, own)).rejects.toThrow(/closed without an answer/);
  });

  test('at a door that does not make TLS', async () => {
    const door = await serve((socket) => {
      socket.write('220 ready\r\n');
      socket.once('data', () => socket.write('234 go on\r\nno TLS at all\r\n'));
    });
    await expect(probeFtp(door, 'explicit', own)).rejects.toThrow();
  });

  test('at an FTP server whose listener was closed, and that is opened again', async () => {
    const reception = await Reception.start();
    const { hall, telemetry } = reception;
    const open = (port: number): Promise<Started<FtpServer>> =>
      createFtpServer({
        ...{ host: '127.0.0.1', port, hall: own.inFrontOf(hall), logger: silentLogger() },
        ...{ telemetry: port === 0 ? telemetry : new Telemetry(), idleSeconds: 60 },
        ...{ maxSessions: 100, maxFileBytes: 1000 },
      }).start();
    const first = await open(0);
    const door = { host: '127.0.0.1', port: first.value.port };
    await probeFtp(door, 'none', own);
    await first.stop();
    await expect(probeFtp(door, 'none', own)).rejects.toThrow(/ECONNREFUSED/);
    const second = await open(door.port);
    await probeFtp(door, 'none', own);
    await second.stop();
    await reception.remove();
  });
});
