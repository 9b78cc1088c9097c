export { KafkaRefusedError, KafkaUnavailableError, RecordTooLargeError } from './errors.ts';
export { createKafkaEventLog, type KafkaEventLogOptions } from './kafka-event-log.ts';
