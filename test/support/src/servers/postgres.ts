import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedPostgres } from '@envigate/postgres';
import { silentLogger } from '@envigate/runtime';
import { freePort } from '../processes/free-port.ts';

export interface PostgresServer {
  /** As a superuser who may make databases. */
  readonly url: string;
  /** For people: where it comes from. */
  readonly source: string;
  stop(): Promise<void>;
}

/** The server of ENVIGATE_TEST_POSTGRES if given, else an embedded one on a free port and in a folder of its own. */
export async function startTestPostgres(): Promise<PostgresServer> {
  const given = process.env['ENVIGATE_TEST_POSTGRES'];
  if (given !== undefined && given !== '') {
    const { host, pathname } = new URL(given);
    const source = `ENVIGATE_TEST_POSTGRES (${host}${pathname})`;
    return { url: given, source, stop: () => Promise.resolve() };
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'envigate-test-postgres-'));
  const server = await startPostgresIn(dataDir);
  return {
    ...server,
    async stop() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** An embedded server on a free port with its cluster in a folder, which stays. */
export async function startPostgresIn(dataDir: string): Promise<PostgresServer> {
  const port = await freePort();
  const server = await embeddedPostgres({ dataDir, port, logger: silentLogger() }).start();
  return {
    url: server.value.url,
    source: `embedded, port ${port}`,
    stop: () => server.stop(),
  };
}
