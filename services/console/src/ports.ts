import type { BoardQueries, ConsoleQueries } from '@envigate/contracts';
import type { DeliveryDesk, RegistryDesk, RegistrySource, ReplayDesk } from '@envigate/domain';
import type { Clock, Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

/** What the console's routes need: the record, the registry for names and offsets, and the desks for changes. */
export interface ConsolePorts {
  readonly queries: ConsoleQueries & BoardQueries;
  readonly registry: RegistrySource;
  readonly desk: RegistryDesk;
  readonly replays: ReplayDesk;
  readonly deliveries: DeliveryDesk;
  readonly emit: Emit<typeof events>;
  readonly clock: Clock;
  readonly gateway: GatewayParts;
}

/** What the console knows of the parts around it. */
export interface GatewayParts {
  readonly eventLogKind: string;
  /** Rejects where the event log does not answer. */
  readonly checkEventLog: () => Promise<void>;
  /** Undefined where the receiver is another process. */
  readonly spool: () => Promise<SpoolDepth | undefined>;
  /** Minutes beyond a station's interval before its silence is a gap. */
  readonly gapGraceMinutes: number;
  /** The operators' guide; undefined where it is not installed. */
  readonly readGuide: () => Promise<string | undefined>;
}

/** What is received and not handed over to the event log yet. */
export interface SpoolDepth {
  readonly files: number;
  readonly oldestSeconds: number;
}
