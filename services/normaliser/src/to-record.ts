import { normalisedFileCodec, quarantinedFileCodec } from '@envigate/contracts';
import { quarantineFile, type NormaliseOutcome } from '@envigate/domain';
import { streams, type OutgoingRecord } from '@envigate/event-log';

/** Kafka's topics are made for 16 MiB a record, with key and headers; PostgreSQL takes more. */
export const maxMessageBytes = 15 * 1024 * 1024;

export interface OutcomeRecord {
  readonly outcome: NormaliseOutcome;
  readonly record: OutgoingRecord;
}

/** An outcome as it is published. Readings that no event log takes are not: their file goes to quarantine. */
export function toRecord(outcome: NormaliseOutcome, limit = maxMessageBytes): OutcomeRecord {
  const { message } = outcome;
  const id = message.reception.receptionId;
  if (message.type === 'quarantined-file.v1') {
    const value = quarantinedFileCodec.encode(message);
    const key = message.reception.account;
    return { outcome, record: { stream: streams.quarantine, key, id, value } };
  }
  const value = normalisedFileCodec.encode(message);
  if (value.byteLength > limit) {
    const detail = `${value.byteLength} bytes of at most ${limit}`;
    const { station } = message;
    return toRecord(quarantineFile(message, 'too-large-understood', detail, { station }), limit);
  }
  return { outcome, record: { stream: streams.readings, key: message.station, id, value } };
}
