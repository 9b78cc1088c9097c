import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Telemetry, silentLogger, type Started } from '@envigate/runtime';
import { createSftpServer, type SftpServer, type SftpServerOptions } from '../server.ts';
import type { FakeHall } from './fake-hall.ts';

export interface TestServer extends Started<SftpServer> {
  readonly telemetry: Telemetry;
}

/** A server on 127.0.0.1 at a free port. */
export async function startServer(
  hall: FakeHall,
  hostKeyDir: string,
  options: Partial<SftpServerOptions> = {},
): Promise<TestServer> {
  const telemetry = new Telemetry();
  const started = await createSftpServer({
    host: '127.0.0.1',
    port: 0,
    hall,
    hostKeyDir,
    logger: silentLogger(),
    telemetry,
    idleSeconds: 60,
    maxSessions: 100,
    drainSeconds: 2,
    ...options,
  }).start();
  return { ...started, telemetry };
}

/** A folder that is removed by `remove`. */
export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'envigate-sftp-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
