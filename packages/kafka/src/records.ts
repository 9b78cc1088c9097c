import type { OutgoingRecord, StoredRecord, StreamName } from '@envigate/event-log';
import type { Message } from 'kafkajs';
import { RecordTooLargeError } from './client/errors.ts';

/** Set as max.message.bytes of our topics: a file of 8 MiB in base64 with room to spare. */
export const maxRecordBytes = 16 * 1024 * 1024;

/**
 * Records of one send to one partition become one record batch, and topics that an administrator
 * made allow 1 MB of it by default.
 */
const maxSendBytes = 900_000;

const overheadBytes = 100;

function bytesOf(record: OutgoingRecord): number {
  return record.value.byteLength + record.key.length * 3 + record.id.length + overheadBytes;
}

export function refuseTooLarge(records: readonly OutgoingRecord[]): void {
  for (const record of records) {
    const bytes = bytesOf(record);
    if (bytes > maxRecordBytes) throw new RecordTooLargeError(record.id, bytes, maxRecordBytes);
  }
}

/** Cuts the records, in order, into sends of at most 900 kB; a larger record goes alone. */
export function inSends(records: readonly OutgoingRecord[]): OutgoingRecord[][] {
  const sends: OutgoingRecord[][] = [];
  let room = 0;
  for (const record of records) {
    const bytes = bytesOf(record);
    const current = sends.at(-1);
    if (current === undefined || bytes > room) {
      sends.push([record]);
      room = maxSendBytes - bytes;
    } else {
      current.push(record);
      room -= bytes;
    }
  }
  return sends;
}

export function toTopicMessages(
  records: readonly OutgoingRecord[],
  topicOf: (stream: StreamName) => string,
): { topic: string; messages: Message[] }[] {
  const byTopic = new Map<string, Message[]>();
  for (const record of records) {
    const topic = topicOf(record.stream);
    let messages = byTopic.get(topic);
    if (messages === undefined) byTopic.set(topic, (messages = []));
    messages.push({ key: record.key, value: asBuffer(record.value), headers: { id: record.id } });
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}

/** The parts of a fetched record that we read; both ways of fetching have them. */
export interface ReceivedMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, unknown>>;
}

export function toStoredRecord(
  stream: StreamName,
  partition: number,
  message: ReceivedMessage,
): StoredRecord {
  const id = message.headers?.['id'];
  return {
    stream,
    partition,
    offset: Number(message.offset),
    key: message.key?.toString() ?? '',
    id: Buffer.isBuffer(id) || typeof id === 'string' ? id.toString() : '',
    value: message.value ?? new Uint8Array(),
  };
}

function asBuffer(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
