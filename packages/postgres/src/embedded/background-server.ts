import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, type Component, Backoff, pause } from '@envigate/runtime';
import { DatabaseError } from '../connection/database-error.ts';
import { embeddedPostgres, type EmbeddedPostgresOptions } from './embedded-server.ts';

/** Where the server answers; or why it does not now. */
export type ServerAddress = () => string | DatabaseError;

const firstRetryMs = 1_000;
const maxRetryMs = 10_000;
/** A server that hangs may take longer; it is left to the next start. */
const stopMs = 5_000;

/**
 * The embedded server as a part that nobody waits for. A receiver must listen whatever the database
 * is doing: damaged, on an occupied port, hanging, on a full disk, or killed while it starts. Starting
 * is tried again until it succeeds; meanwhile each connection fails with the reason, retryable.
 */
export function embeddedPostgresInBackground(
  options: EmbeddedPostgresOptions,
): Component<{ address: ServerAddress }> {
  return {
    name: 'embedded PostgreSQL',
    async start() {
      const stopping = new AbortController();
      let address: string | DatabaseError = notReady('it is being started');
      const starting = (async () => {
        const backoff = new Backoff({ firstMs: firstRetryMs, maxMs: maxRetryMs });
        for (;;) {
          const retryInMs = Math.round(backoff.nextMs());
          try {
            const server = await embeddedPostgres(options).start();
            address = server.value.url;
            return server;
          } catch (error) {
            if (stopping.signal.aborted) return undefined;
            address = notReady(messageOf(error));
            options.logger.error(
              { err: error, retryInMs },
              'the database server did not start; files are taken all the same',
            );
          }
          await pause(retryInMs, stopping.signal);
          if (stopping.signal.aborted) return undefined;
        }
      })();
      return {
        value: { address: () => address },
        async stop() {
          stopping.abort();
          const stopped = starting.then((server) => server?.stop());
          await Promise.race([stopped, delay(stopMs, undefined, { ref: false })]);
        },
      };
    },
  };
}

function notReady(reason: string): DatabaseError {
  return new DatabaseError(`the embedded database server is not ready: ${reason}`, {
    code: 'server-not-ready',
    retryable: true,
    connectionLost: true,
  });
}
