import { linkAbort, type Logger, Backoff, pause } from '@envigate/runtime';
import type { DedicatedConnection } from './dedicated-connection.ts';

/** Called with the payload of a NOTIFY; and with undefined when notifications may have been missed. */
export type NotificationHandler = (payload: string | undefined) => void;

const firstRetryMs = 100;
const maxRetryMs = 5_000;
// A connection that a firewall dropped silently is found out by asking it.
const probeMs = 30_000;

/** LISTEN on one connection for all channels, opened at the first use and again whenever it is lost. */
export class Listener {
  readonly #connect: () => Promise<DedicatedConnection>;
  readonly #logger: Logger;
  readonly #handlers = new Map<string, Set<NotificationHandler>>();
  readonly #closing = new AbortController();
  #connection: DedicatedConnection | undefined;
  #running: Promise<void> | undefined;

  constructor(connect: () => Promise<DedicatedConnection>, logger: Logger) {
    this.#connect = connect;
    this.#logger = logger;
  }

  /** Starts at once and never fails: while the server is away the handler simply is not called. */
  listen(channel: string, handler: NotificationHandler): () => void {
    const handlers = this.#handlers.get(channel) ?? new Set();
    this.#handlers.set(channel, handlers.add(handler));
    if (handlers.size === 1 && this.#connection !== undefined) {
      this.#subscribe(this.#connection, channel).catch(() => undefined); // its loss is handled below
    }
    this.#running ??= this.#run();
    return () => handlers.delete(handler);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connection?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const backoff = new Backoff({ firstMs: firstRetryMs, maxMs: maxRetryMs });
    while (!this.#closing.signal.aborted) {
      try {
        const connection = await this.#connect();
        try {
          await this.#serve(connection, () => backoff.reset());
        } finally {
          this.#connection = undefined;
          await connection.close();
        }
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        this.#logger.debug({ err: error }, 'listening for notifications was interrupted');
      }
      await backoff.wait(this.#closing.signal);
    }
  }

  async #serve(connection: DedicatedConnection, onListening: () => void): Promise<void> {
    connection.onNotification((channel, payload) => this.#deliver(channel, payload));
    this.#connection = connection;
    for (const channel of this.#handlers.keys()) await this.#subscribe(connection, channel);
    onListening();
    // What was sent before LISTEN took effect is lost: let everyone look for themselves.
    for (const channel of this.#handlers.keys()) this.#deliver(channel, undefined);
    const ends = linkAbort(connection.lost, this.#closing.signal);
    try {
      while (!ends.signal.aborted) {
        await pause(probeMs, ends.signal);
        if (!ends.signal.aborted) await connection.session.query('SELECT 1');
      }
    } finally {
      ends.release();
    }
  }

  async #subscribe(connection: DedicatedConnection, channel: string): Promise<void> {
    await connection.session.execute(`LISTEN "${channel.replaceAll('"', '""')}"`);
  }

  #deliver(channel: string, payload: string | undefined): void {
    for (const handler of this.#handlers.get(channel) ?? []) handler(payload);
  }
}
