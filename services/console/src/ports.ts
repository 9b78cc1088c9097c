import type { ConsoleQueries, RegistryDesk, RegistrySource } from '@envigate/domain';
import type { Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

/** What the console's routes need: the record, the registry for names and offsets, and its desk for changes. */
export interface ConsolePorts {
  readonly queries: ConsoleQueries;
  readonly registry: RegistrySource;
  readonly desk: RegistryDesk;
  readonly emit: Emit<typeof events>;
}
