import {
  streams,
  type EventLog,
  type OutgoingRecord,
  type PipeOptions,
  type StoredRecord,
  type StreamName,
} from '../port.ts';

const keys = ['HN-01', 'HCM-02', 'ĐN-03', 'HP-04', 'CT-05', 'QN-06', 'BD-07'];

/** `count` records of several keys, numbered from `first`. */
export function someRecords(count: number, first = 0): OutgoingRecord[] {
  return Array.from({ length: count }, (_, index) => numberedRecord(first + index));
}

export function numberedRecord(number: number): OutgoingRecord {
  return {
    stream: streams.files,
    key: keys[number % keys.length]!,
    id: `r${number}`,
    value: Buffer.from(`file ${number}`),
  };
}

/** A pipe's work that passes files on as readings. */
export const copying: Pick<PipeOptions, 'transform' | 'poison'> = {
  transform: (records) =>
    records.map(({ key, id, value }) => ({ stream: streams.readings, key, id, value })),
  poison: (record, error) => {
    throw new Error(`nothing is poison here, ${record.id} neither: ${String(error)}`);
  },
};

/** All that is visible in a stream. */
export async function readAll(log: EventLog, stream: StreamName): Promise<StoredRecord[]> {
  const fromStart = Array.from({ length: await log.partitions(stream) }, () => 0);
  const records: StoredRecord[] = [];
  for await (const record of log.scan(stream, fromStart)) records.push(record);
  return records;
}
