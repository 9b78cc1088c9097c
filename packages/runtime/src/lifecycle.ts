import type { Configuration } from '@envigate/contracts';
import { messageOf, type Logger } from './logger.ts';
import type { Telemetry } from './telemetry.ts';

/**
 * Lifecycle. A component is something with a start and a stop; a process is a list of them,
 * started in order and stopped in reverse.
 */
export interface Started<T> {
  readonly value: T;
  /** Ends the component and everything it opened. Safe to call once. */
  stop(): Promise<void>;
  /** Rejects when the component had to give up by itself; absent where it cannot. */
  readonly failed?: Promise<never>;
}

export interface Component<T = unknown> {
  readonly name: string;
  start(): Promise<Started<T>>;
}

/** What was started so far; `stop` undoes it in reverse, even where one stop fails. */
export class Scope {
  readonly #stops: { name: string; stop: () => Promise<void> }[] = [];
  readonly #failures: Promise<never>[] = [];
  #stopping: Promise<void> | undefined;

  /** Starts a component. Where that fails, everything started before is stopped and the error rethrown. */
  async start<T>(component: Component<T>): Promise<T> {
    try {
      const started = await component.start();
      this.#stops.push({ name: component.name, stop: () => started.stop() });
      if (started.failed !== undefined) this.#failures.push(started.failed);
      return started.value;
    } catch (error) {
      await this.stop().catch(() => undefined);
      throw new Error(`${component.name} did not start: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Registers something already open. */
  defer(name: string, stop: () => Promise<void> | void): void {
    this.#stops.push({ name, stop: async () => stop() });
  }

  /** Rejects with the first failure of any component that was started. */
  get failed(): Promise<never> {
    return this.#failures.length === 0
      ? new Promise<never>(() => undefined)
      : Promise.race(this.#failures);
  }

  /** Stops everything in reverse order; rejects with all that went wrong, after all were tried. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const { name, stop } of this.#stops.reverse()) {
      try {
        await stop();
      } catch (error) {
        errors.push(
          new Error(`${name} did not stop cleanly: ${messageOf(error)}`, { cause: error }),
        );
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, errors.map(messageOf).join('; '));
  }
}

/** What every service is given, alone in its process or beside the others. */
export interface ServiceContext {
  readonly config: Configuration;
  /** Already bound to the service's name. */
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly health: Health;
  readonly clock: Clock;
}

/**
 * A service: its name and how it is put together from a context and the shared parts `P` (event
 * log, database, registry) that it asks for. `compose` opens nothing; starting does.
 */
export interface Service<P = unknown> {
  readonly name: string;
  compose(context: ServiceContext & P): Component;
}

/** What makes a process ready. Liveness is answered by the HTTP server answering at all. */
export interface HealthCheck {
  readonly name: string;
  /** Rejects with the reason where the part is not ready. */
  check(): Promise<void>;
}

export interface HealthReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

export class Health {
  readonly #checks: HealthCheck[] = [];

  add(check: HealthCheck): void {
    this.#checks.push(check);
  }

  async report(): Promise<HealthReport> {
    const results = await Promise.all(
      this.#checks.map(async (part): Promise<[string, string]> => {
        const { name } = part;
        try {
          await part.check();
          return [name, 'ok'];
        } catch (error) {
          return [name, error instanceof Error ? error.message : String(error)];
        }
      }),
    );
    return {
      ready: results.every(([, state]) => state === 'ok'),
      checks: Object.fromEntries(results),
    };
  }
}

/** The instant it is now. Passed in wherever time matters, so that tests can set it. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();

/** A server could not listen; the message says what, where and why in one line. */
export class ListenError extends Error {
  readonly code = 'cannot-listen';
  readonly retryable = false;
  readonly port: number;

  constructor(what: string, { host, port }: { host: string; port: number }, cause: unknown) {
    super(`${what} cannot listen on ${host} port ${port}: ${reasonOf(cause)}`, { cause });
    this.name = 'ListenError';
    this.port = port;
  }
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  switch (code) {
    case 'EADDRINUSE':
      return 'another program has this port in use';
    case 'EACCES':
      return 'a port below 1024 needs a privilege this process does not have';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address';
    default:
      return code ?? message;
  }
}
