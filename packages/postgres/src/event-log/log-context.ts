import type { eventLogEvents } from '@envigate/event-log';
import type { Emit } from '@envigate/runtime';
import type { Database } from '../connection/database.ts';
import type { LogStore } from './log-store.ts';
import type { Tails } from './tails.ts';
import type { events } from './telemetry.ts';

/** What the parts of one instance of the log share. */
export interface LogContext {
  readonly database: Database;
  readonly store: LogStore;
  readonly tails: Tails;
  readonly emit: Emit<typeof events & typeof eventLogEvents>;
  readonly maxBatchRecords: number;
  /** Silence after which an instance loses its partitions. */
  readonly sessionTimeoutMs: number;
  /** How often an instance looks whether its share of the partitions has changed. */
  readonly balanceMs: number;
}
