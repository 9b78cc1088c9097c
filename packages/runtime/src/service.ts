import type { Configuration } from '@envigate/contracts';
import type { Clock } from './clock.ts';
import type { Component } from './component.ts';
import type { Health } from './health.ts';
import type { Logger } from './logger.ts';
import type { Telemetry } from './telemetry.ts';

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
