import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Registry } from '@envigate/contracts';
import { createFtpServer } from '@envigate/ftp-server';
import { Telemetry, silentLogger } from '@envigate/runtime';
import { createSftpServer } from '@envigate/sftp-server';
import { FakeHall as FtpHall } from '../../../../packages/ftp-server/src/testing/fake-hall.ts';
import { FakeHall as SftpHall } from '../../../../packages/sftp-server/src/testing/fake-hall.ts';
import type { SentFile } from './account-sender.ts';
import { simulate, type SimulatorOptions } from './simulator.ts';

interface Server {
  readonly port: number;
  stop(): Promise<void>;
}

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const common = {
  host: '127.0.0.1',
  logger: silentLogger(),
  idleSeconds: 60,
  maxSessions: 10,
};

async function startFtp(hall: FtpHall, port = 0): Promise<Server> {
  const { value, stop } = await createFtpServer({
    ...common,
    port,
    hall,
    telemetry: new Telemetry(),
    maxFileBytes: 1_000_000,
  }).start();
  undo.push(() => stop().catch(() => undefined));
  return { port: value.port, stop };
}

async function startSftp(hall: SftpHall): Promise<Server> {
  const hostKeyDir = await mkdtemp(join(tmpdir(), 'envigate-simulator-'));
  undo.push(() => rm(hostKeyDir, { recursive: true }));
  const { value, stop } = await createSftpServer({
    ...common,
    port: 0,
    hall,
    hostKeyDir,
    telemetry: new Telemetry(),
  }).start();
  undo.push(() => stop());
  return { port: value.port, stop };
}

/** The fake halls know one account; its place in the registry decides the protocol. */
function registry(protocol: 'ftp' | 'sftp'): Registry {
  const accounts = [{ code: 'station', stations: ['S1', 'S2'] }];
  return {
    facilities: [],
    parameters: [{ code: 'PH', symbol: 'pH', name: 'pH', nameEn: 'pH', unit: '' }],
    targets: [],
    stations: ['S1', 'S2'].map((code) => ({
      code,
      facility: 'F',
      name: code,
      kind: 'waste-water',
      parameters: [{ parameter: 'PH', min: 0, max: 14 }],
    })),
    accounts: protocol === 'ftp' ? accounts : [{ code: 'nobody', stations: [] }, ...accounts],
  };
}

async function run(
  protocol: 'ftp' | 'sftp',
  port: number,
  more: Partial<SimulatorOptions> = {},
): Promise<SentFile[]> {
  const sent: SentFile[] = [];
  await simulate({
    registry: registry(protocol),
    ftp: { host: '127.0.0.1', port },
    sftp: { host: '127.0.0.1', port },
    password: 'secret',
    seed: 'test',
    rate: 2000,
    count: 150,
    until: new AbortController().signal,
    onSent: (file) => sent.push(file),
    onTrouble: () => undefined,
    ...more,
  });
  return sent;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function expectAllArrived(sent: readonly SentFile[], files: ReadonlyMap<string, Uint8Array>): void {
  expect(sent).toHaveLength(150);
  for (const { path, sha256: expected } of sent) {
    expect(files.has(path)).toBe(true);
    expect(sha256(files.get(path)!)).toBe(expected);
  }
}

describe('simulate', () => {
  test('pushes over FTP, and what it reports is what arrived', async () => {
    const hall = new FtpHall();
    const server = await startFtp(hall);
    const sent = await run('ftp', server.port);
    expectAllArrived(sent, hall.tree.files);
    expect(sent.every(({ attempts }) => attempts === 1)).toBe(true);
    expect(new Set(sent.map(({ kind }) => kind))).toEqual(
      new Set(['good', 'late', 'broken', 'twice']),
    );
  });

  test('pushes over SFTP', async () => {
    const hall = new SftpHall({ station: { password: 'secret' } });
    const server = await startSftp(hall);
    const sent = await run('sftp', server.port);
    expectAllArrived(sent, hall.tree('station').files);
  });

  test('goes on when the gateway is back', async () => {
    const hall = new FtpHall();
    const first = await startFtp(hall);
    let restarted: Promise<unknown> | undefined;
    const sent: SentFile[] = [];
    await run('ftp', first.port, {
      onSent: (file) => {
        sent.push(file);
        if (sent.length === 40) restarted = first.stop().then(() => startFtp(hall, first.port));
      },
    });
    await restarted;
    expectAllArrived(sent, hall.tree.files);
    expect(sent.some(({ attempts }) => attempts > 1)).toBe(true);
  });

  test('stops when asked to, with files still to send', async () => {
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 200);
    // Nobody listens on the discard port.
    const sent = await run('ftp', 9, { until: stopping.signal });
    expect(sent).toEqual([]);
  });

  test('refuses an endless run that would reach into the future', async () => {
    const { count: _, ...endless } = { count: 1, rate: 3 };
    await expect(
      simulate({
        registry: registry('ftp'),
        ftp: { host: '127.0.0.1', port: 9 },
        sftp: { host: '127.0.0.1', port: 9 },
        password: '',
        seed: 'test',
        until: new AbortController().signal,
        onSent: () => undefined,
        onTrouble: () => undefined,
        ...endless,
      }),
    ).rejects.toThrow(/at most 2/);
  });
});
