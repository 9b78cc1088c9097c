import type { eventLogEvents } from '@envigate/event-log';
import { type Emit, type Logger, event } from '@envigate/runtime';
import type { KafkaClient } from './client/kafka-client.ts';
import type { LogIdentity, PositionCopies } from './state-topic.ts';
import type { Names } from './names.ts';

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

export const events = {
  'topic-setting-changed': event<{ topic: string; setting: string; from: string; to: string }>({
    level: 'info',
    message: 'a topic had another setting than the configuration wants; it was changed',
  }),
  'topic-setting-differs': event<{
    topic: string;
    setting: string;
    found: string;
    wanted: string;
    error: string;
  }>({
    level: 'warn',
    message:
      'a topic has another setting than the configuration wants, and may not be changed from here; ' +
      'change it with kafka-configs, or grant AlterConfigs on the topic',
  }),
} as const;
