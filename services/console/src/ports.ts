import type { ConsoleQueries, RegistryDesk, RegistrySource, ReplayDesk } from '@envigate/domain';
import type { Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

/** What the console's routes need: the record, the registry for names and offsets, and the desks for changes. */
export interface ConsolePorts {
  readonly queries: ConsoleQueries;
  readonly registry: RegistrySource;
  readonly desk: RegistryDesk;
  readonly replays: ReplayDesk;
  readonly emit: Emit<typeof events>;
}
