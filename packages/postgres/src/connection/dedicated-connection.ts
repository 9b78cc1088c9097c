import type { Duplex } from 'node:stream';
import pg from 'pg';
import { clientConfig, type ConnectionSettings } from './connection-settings.ts';
import { toDatabaseError, type DatabaseError } from './database-error.ts';
import { ClientSession } from './session.ts';

const farewellMs = 2_000;

/** A connection outside the pool, for what lives as long as its session: LISTEN and advisory locks. */
export interface DedicatedConnection {
  readonly session: ClientSession;
  /** Aborted, with the reason, when the connection ends for whatever cause. */
  readonly lost: AbortSignal;
  /** The server's notifications on channels that this session listens to. */
  onNotification(receive: (channel: string, payload: string) => void): void;
  close(): Promise<void>;
}

export async function connectDedicated(settings: ConnectionSettings): Promise<DedicatedConnection> {
  const client = new pg.Client(clientConfig(settings));
  const ended = new AbortController();
  // Without a listener an 'error' event ends the process.
  client.on('error', (error) => ended.abort(toDatabaseError(error)));
  client.on('end', () => ended.abort(toDatabaseError(new Error('Connection terminated'))));
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw toDatabaseError(error);
  }
  return {
    session: new ClientSession(client),
    lost: ended.signal,
    onNotification(receive) {
      client.on('notification', ({ channel, payload }) => receive(channel, payload ?? ''));
    },
    async close() {
      // A server that went silent does not answer the farewell either.
      const impatient = setTimeout(() => streamOf(client).destroy(), farewellMs);
      await client.end().catch(() => undefined);
      clearTimeout(impatient);
    },
  };
}

export function lossOf(connection: DedicatedConnection): DatabaseError {
  return toDatabaseError(connection.lost.reason);
}

function streamOf(client: pg.Client): Duplex {
  return (client as unknown as { connection: { stream: Duplex } }).connection.stream;
}
