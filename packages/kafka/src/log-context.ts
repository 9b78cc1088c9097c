import type { eventLogEvents } from '@envigate/event-log';
import type { Emit, Logger } from '@envigate/runtime';
import type { KafkaClient } from './client/kafka-client.ts';
import type { LogIdentity } from './log-identity.ts';
import type { Names } from './names.ts';
import type { PositionCopies } from './position-copies.ts';
import type { events } from './telemetry.ts';

/** What the parts of one event log share. */
export interface LogContext {
  readonly client: KafkaClient;
  readonly names: Names;
  readonly identity: LogIdentity;
  readonly copies: PositionCopies;
  readonly maxBatchRecords: number;
  /** Silence after which a feed says again how far it is. */
  readonly refreshMs: number;
  readonly logger: Logger;
  readonly emit: Emit<typeof eventLogEvents & typeof events>;
}
