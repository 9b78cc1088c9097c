import { once } from 'node:events';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import ssh2, { type Client as SshClient, type ConnectConfig, type SFTPWrapper } from 'ssh2';
import SftpClient from 'ssh2-sftp-client';
import type { SftpServerOptions } from '../server.ts';
import { FakeHall } from './fake-hall.ts';
import { openChannel } from './raw-requests.ts';
import { startServer, temporaryFolder, type TestServer } from './start-server.ts';

/** A server with one account, 'tram01', and clients to it; everything is ended after each test. */
export interface Bench {
  /** The hall behind the server that was started last. */
  readonly hall: FakeHall;
  readonly hostKeyDir: string;
  start(options?: Partial<SftpServerOptions>): Promise<TestServer>;
  stop(): Promise<void>;
  /** The Prometheus text. */
  metrics(): Promise<string>;
  /** Where to connect, as 'tram01' and without a credential. */
  address(): ConnectConfig;
  connectSftp(config?: ConnectConfig): Promise<SftpClient>;
  /** For what no well-behaved client sends. */
  connectRaw(): Promise<{ ssh: SshClient; sftp: SFTPWrapper }>;
}

/** Registers the hooks of the test file. `publicKeys` (OpenSSH text) may log in as 'tram01'. */
export function useBench(publicKeys: readonly string[] = []): Bench {
  const account = { password: 'p@ss', keys: publicKeys.map(wireForm) };
  let folder: Awaited<ReturnType<typeof temporaryFolder>> | undefined;
  let hall = new FakeHall({ tram01: account });
  let server: TestServer | undefined;
  const clients: { end(): unknown }[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end()));
    await bench.stop();
  });
  afterAll(() => folder?.remove());

  const bench: Bench = {
    get hall() {
      return hall;
    },
    get hostKeyDir() {
      return need(folder).path;
    },
    async start(options = {}) {
      hall = new FakeHall({ tram01: account });
      server = await startServer(hall, bench.hostKeyDir, options);
      return server;
    },
    async stop() {
      const running = server;
      server = undefined;
      await running?.stop();
    },
    metrics: () => need(server).telemetry.metrics(),
    address: () => ({ host: '127.0.0.1', port: need(server).value.port, username: 'tram01' }),
    async connectSftp(config = { ...bench.address(), password: 'p@ss' }) {
      // Errors also reject the call under way; by default the client prints them too.
      const quiet = (): void => undefined;
      const client = new SftpClient('test', { error: quiet, end: quiet, close: quiet });
      await client.connect(config);
      clients.push(client);
      return client;
    },
    async connectRaw() {
      const ssh = new ssh2.Client();
      ssh.on('error', () => undefined);
      ssh.connect({ ...bench.address(), password: 'p@ss' });
      // Nagle's algorithm makes each request of ssh2 wait for an acknowledgement on Node.js 22 and later.
      ssh.setNoDelay(true);
      await once(ssh, 'ready');
      clients.push(ssh);
      return { ssh, sftp: await openChannel(ssh) };
    },
  };
  return bench;
}

/** The public key of an OpenSSH text as it travels. */
export function wireForm(text: string): Uint8Array {
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) throw parsed;
  return parsed.getPublicSSH();
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not started');
  return value;
}
