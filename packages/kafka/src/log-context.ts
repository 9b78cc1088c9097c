import type { Logger } from '@envigate/runtime';
import type { KafkaClient } from './client/kafka-client.ts';
import type { Names } from './names.ts';

/** What the parts of one event log share. */
export interface LogContext {
  readonly client: KafkaClient;
  readonly names: Names;
  readonly maxBatchRecords: number;
  readonly logger: Logger;
}
