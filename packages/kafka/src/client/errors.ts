import { FencedError } from '@envigate/event-log';
import { messageOf } from '@envigate/runtime';

/** The brokers cannot be reached, or did not answer in time. */
export class KafkaUnavailableError extends Error {
  readonly code = 'event-log-unavailable';
  readonly retryable = true;

  constructor(doing: string, cause: unknown) {
    super(`Kafka did not answer while ${doing}: ${messageOf(cause)}`, { cause });
    this.name = 'KafkaUnavailableError';
  }
}

/** Kafka refuses for good: a right is missing, a topic or setting is not allowed. */
export class KafkaRefusedError extends Error {
  readonly code = 'event-log-refused';
  readonly retryable = false;

  constructor(doing: string, cause: unknown) {
    super(`Kafka refused ${doing}: ${messageOf(cause)}`, { cause });
    this.name = 'KafkaRefusedError';
  }
}

/** The log is not the one any more that an owner or a feed began to work on. */
export class LogReplacedError extends Error {
  readonly code = 'event-log-replaced';
  readonly retryable = true;

  constructor(what: string) {
    super(`${what}: the topic was made anew, or put back to an older state`);
    this.name = 'LogReplacedError';
  }
}

/** The topics are not there yet, or no longer; whoever prepares the log makes them. */
export class TopicMissingError extends Error {
  readonly code = 'not-prepared';
  readonly retryable = true;

  constructor(topic: string) {
    super(`Kafka has no topic ${topic}: run \`envigate migrate\` once`);
    this.name = 'TopicMissingError';
  }
}

export class RecordTooLargeError extends Error {
  readonly code = 'record-too-large';
  readonly retryable = false;

  constructor(id: string, bytes: number, limit: number) {
    super(`record ${id} has ${bytes} bytes, a stream takes at most ${limit}`);
    this.name = 'RecordTooLargeError';
  }
}

/**
 * What an error of the client means for us:
 * - fenced: a newer producer of the same transactional id exists (or the broker let our transaction time out);
 * - lasting: the same call would fail again until a person changes something;
 * - passing: everything else. Nothing is known about the outcome of what was under way.
 */
type Fault = 'fenced' | 'lasting' | 'passing';

const fencedTypes = new Set([
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
]);

const lastingTypes = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_PARTITIONS',
  'INVALID_CONFIG',
  'POLICY_VIOLATION',
  'INVALID_SESSION_TIMEOUT',
  'INVALID_TRANSACTION_TIMEOUT',
  'INCONSISTENT_GROUP_PROTOCOL',
  'UNSUPPORTED_VERSION',
  'SECURITY_DISABLED',
  'SASL_AUTHENTICATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]);

export function faultOf(error: unknown): Fault {
  for (const link of causes(error)) {
    if (link instanceof FencedError) return 'fenced';
    if (link instanceof KafkaRefusedError || link instanceof RecordTooLargeError) return 'lasting';
    const type = (link as { type?: unknown }).type;
    if (typeof type !== 'string') continue;
    if (fencedTypes.has(type)) return 'fenced';
    if (lastingTypes.has(type)) return 'lasting';
  }
  return 'passing';
}

/** The broker has forgotten a transactional id that was silent for transactional.id.expiration.ms. */
export function isExpired(error: unknown): boolean {
  return [...causes(error)].some(
    (link) => 'type' in link && link.type === 'INVALID_PRODUCER_ID_MAPPING',
  );
}

/** Whether another producer of the same transactional id was, or is just being, initialised. */
export function isContended(error: unknown): boolean {
  return (
    faultOf(error) === 'fenced' ||
    [...causes(error)].some((link) => 'type' in link && link.type === 'CONCURRENT_TRANSACTIONS')
  );
}

/** The error of the client as one of ours. */
export function translated(doing: string, error: unknown): Error {
  if (error instanceof FencedError || error instanceof RecordTooLargeError) return error;
  if (error instanceof KafkaRefusedError || error instanceof KafkaUnavailableError) return error;
  switch (faultOf(error)) {
    case 'lasting':
      return new KafkaRefusedError(doing, error);
    case 'fenced':
    case 'passing':
      return new KafkaUnavailableError(doing, error);
  }
}

/** The error and all that caused it; kafkajs wraps the broker's answer up to three times. */
function* causes(error: unknown, seen = new Set<unknown>()): Iterable<object> {
  if (typeof error !== 'object' || error === null || seen.has(error)) return;
  seen.add(error);
  yield error;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  yield* causes(cause, seen);
  if (Array.isArray(errors)) for (const each of errors) yield* causes(each, seen);
}
