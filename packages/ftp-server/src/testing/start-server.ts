import { Telemetry, silentLogger } from '@envigate/runtime';
import { createFtpServer, type FtpServer, type FtpServerOptions } from '../server.ts';
import { FakeHall } from './fake-hall.ts';

export interface RunningServer {
  readonly server: FtpServer;
  readonly hall: FakeHall;
  readonly telemetry: Telemetry;
  stop(): Promise<void>;
}

/** A server on a free port of the loopback, over a hall in memory. */
export async function startServer(options: Partial<FtpServerOptions> = {}): Promise<RunningServer> {
  const hall = new FakeHall();
  const telemetry = new Telemetry();
  const { value, stop } = await createFtpServer({
    host: '127.0.0.1',
    port: 0,
    hall,
    logger: silentLogger(),
    telemetry,
    idleSeconds: 30,
    maxSessions: 100,
    maxFileBytes: 1024 * 1024,
    ...options,
  }).start();
  return { server: value, hall, telemetry, stop };
}
