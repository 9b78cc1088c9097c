import type { ConsoleQueries, RegistryDesk, RegistrySource } from '@envigate/domain';

/** What the console's routes need: the record, the registry for names and offsets, and its desk for changes. */
export interface ConsolePorts {
  readonly queries: ConsoleQueries;
  readonly registry: RegistrySource;
  readonly desk: RegistryDesk;
}
