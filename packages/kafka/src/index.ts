export { KafkaRefusedError, KafkaUnavailableError, RecordTooLargeError } from './client/errors.ts';
export { createKafkaEventLog, type KafkaEventLogOptions } from './kafka-event-log.ts';
