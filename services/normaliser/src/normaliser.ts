import {
  stationFileOf,
  readContent,
  readReception,
  type QuarantinedFile,
  normalisedFileCodec,
  quarantinedFileCodec,
} from '@envigate/contracts';
import {
  isUnknownSymbol,
  normaliseFile,
  type NormaliseOutcome,
  type RegistrySource,
  type RegistryView,
  ruleOf,
  type FileReason,
  quarantineFile,
  sentence,
  storedSentence,
  wordsOf,
} from '@envigate/domain';
import {
  streams,
  type EventLog,
  type OutgoingRecord,
  type Running,
  type StoredRecord,
} from '@envigate/event-log';
import { messageOf, type Clock, type Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

const group = 'normaliser';

export interface NormaliserParts {
  readonly eventLog: EventLog;
  readonly registry: RegistrySource;
  readonly clock: Clock;
  readonly emit: Emit<typeof events>;
  readonly maxBatchRecords: number;
}

/**
 * Station files in, readings or quarantine out. Nothing is taken before the registry was loaded
 * once: an empty one would send every file into quarantine.
 */
export async function startNormaliser(parts: NormaliserParts): Promise<Running> {
  const { eventLog, registry, clock, emit, maxBatchRecords } = parts;
  const reports: Reports = new WeakMap();
  await registry.ready?.();
  return eventLog.pipe({
    group,
    from: streams.files,
    maxBatchRecords,
    transform: (records) => normaliseBatch(records, registry.current(), reports),
    poison: (record, error) => quarantinePoison(record, error, reports),
    onCommitted(_records, outputs) {
      const now = clock();
      for (const output of outputs)
        for (const report of reports.get(output) ?? []) report(emit, now);
    },
  });
}

/** Emits what is to be said of a file once its output is visible; holds nothing of its content. */
type Report = (emit: Emit<typeof events>, now: Date) => void;
type Reports = WeakMap<OutgoingRecord, readonly Report[]>;

/** One batch under one registry snapshot. A batch that is repeated may see a newer snapshot. */
function normaliseBatch(
  records: readonly StoredRecord[],
  registry: RegistryView,
  reports: Reports,
): OutgoingRecord[] {
  const outputs = records.map((record) => toRecord(normaliseFile(stationFileOf(record), registry)));
  // Lines are counted once a batch, and reported with its first file.
  const lines = countLines(outputs.map(({ outcome }) => outcome)).map(
    (count): Report =>
      (emit) =>
        emit('lines-normalised', count),
  );
  for (const [index, { outcome, record }] of outputs.entries()) {
    reports.set(record, [fileReport(outcome), ...(index === 0 ? lines : [])]);
  }
  return outputs.map(({ record }) => record);
}

function fileReport({ kind, message }: NormaliseOutcome): Report {
  const { account, name, receivedAt, replay } = message.reception;
  const begunAt = Date.parse(replay?.requestedAt ?? receivedAt);
  const secondsUntil = (now: Date): number => (now.getTime() - begunAt) / 1000;
  switch (kind) {
    case 'normalised': {
      const { station } = message;
      const readings = message.readings.length;
      const unknown = message.readings.filter(isUnknownSymbol).length;
      return (emit, now) => {
        emit('file-normalised', {
          account,
          name,
          secondsSinceReceived: secondsUntil(now),
          outcome: kind,
          station,
          readings,
        });
        if (unknown > 0) emit('unknown-symbols', { station, readings: unknown });
      };
    }
    case 'quarantined': {
      const { reason, detail } = message;
      return (emit, now) =>
        emit('file-quarantined', {
          account,
          name,
          secondsSinceReceived: secondsUntil(now),
          outcome: kind,
          reason,
          detail: wordsOf(detail).en,
        });
    }
  }
}

function quarantinePoison(
  { id, key, value, partition, offset }: StoredRecord,
  error: unknown,
  reports: Reports,
): OutgoingRecord[] {
  const message = quarantineUnusable(value, messageOf(error));
  const outcome = message === undefined ? 'passed-on' : 'internal-error';
  // Where no reception can be read, none is made up. The recorder cannot read these bytes either
  // and keeps what it cannot read where people see it.
  const output =
    message === undefined
      ? { stream: streams.quarantine, key, id, value }
      : toRecord({ kind: 'quarantined', message }).record;
  reports.set(output, [
    (emit) =>
      emit('message-unusable', {
        recordId: id,
        partition,
        offset,
        outcome,
        error: messageOf(error),
      }),
  ]);
  return [output];
}

interface LineCount {
  readonly outcome: 'reading' | 'rejected';
  readonly reason: string;
  readonly lines: number;
}

/** Lines of a batch by outcome and reason, so that metrics move once per batch, not once per line. */
function countLines(outcomes: readonly NormaliseOutcome[]): LineCount[] {
  const readings = new Map<string, number>();
  const rejected = new Map<string, number>();
  for (const { kind, message } of outcomes) {
    if (kind === 'normalised') {
      for (const { reasons } of message.readings) {
        if (reasons.length === 0) increase(readings, 'none');
        // Thresholds differ from station to station; a metric has one series per rule.
        for (const reason of reasons) increase(readings, ruleOf(reason));
      }
    }
    for (const { reason } of message.rejectedLines) increase(rejected, reason);
  }
  return [...toCounts('reading', readings), ...toCounts('rejected', rejected)];
}

function increase(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

function toCounts(outcome: LineCount['outcome'], counts: Map<string, number>): LineCount[] {
  return [...counts].map(([reason, lines]) => ({ outcome, reason, lines }));
}

const unexpectedReason: FileReason = 'internal-error';

/**
 * What can be kept of a message of station.files on which the normaliser failed: its reception
 * and content under the reason internal-error; undefined where it holds no valid reception.
 */
function quarantineUnusable(value: Uint8Array, detail: string): QuarantinedFile | undefined {
  const reception = readReception(value);
  const content = readContent(value);
  if (content === undefined) return undefined;
  try {
    const file: QuarantinedFile = {
      type: 'quarantined-file.v2',
      reception: reception as QuarantinedFile['reception'],
      content,
      reason: unexpectedReason,
      detail: storedSentence(sentence('message-unusable@1', detail)),
      rejectedLines: [],
    };
    // Decoding checks it.
    return quarantinedFileCodec.decode(quarantinedFileCodec.encode(file));
  } catch {
    return undefined;
  }
}

/** Kafka's topics are made for 16 MiB a record, with key and headers; PostgreSQL takes more. */
const maxMessageBytes = 15 * 1024 * 1024;

interface OutcomeRecord {
  readonly outcome: NormaliseOutcome;
  readonly record: OutgoingRecord;
}

/** An outcome as it is published. Readings that no event log takes are not: their file goes to quarantine. */
export function toRecord(outcome: NormaliseOutcome, limit = maxMessageBytes): OutcomeRecord {
  const { message } = outcome;
  const id = message.reception.receptionId;
  if (message.type === 'quarantined-file.v2') {
    const value = quarantinedFileCodec.encode(message);
    const key = message.reception.account;
    return { outcome, record: { stream: streams.quarantine, key, id, value } };
  }
  const value = normalisedFileCodec.encode(message);
  if (value.byteLength > limit) {
    const detail = sentence('bytes-of-at-most@1', value.byteLength, limit);
    const { station } = message;
    return toRecord(quarantineFile(message, 'too-large-understood', detail, { station }), limit);
  }
  return {
    outcome,
    record: { stream: streams.readings, key: message.station, id, value, message },
  };
}
