import type { ConsoleQueries, RegistrySource } from '@envigate/domain';

/** What the console's routes need: the record, and the registry for names and offsets. */
export interface ConsolePorts {
  readonly queries: ConsoleQueries;
  readonly registry: RegistrySource;
}
