import { stationFileCodec } from '@envigate/contracts';
import {
  isUnknownSymbol,
  normaliseFile,
  type NormaliseOutcome,
  type RegistrySource,
  type RegistryView,
} from '@envigate/domain';
import {
  streams,
  type EventLog,
  type OutgoingRecord,
  type Running,
  type StoredRecord,
} from '@envigate/event-log';
import { messageOf, type Clock, type Emit } from '@envigate/runtime';
import { countLines } from './count-lines.ts';
import { quarantineUnusable } from './quarantine-unusable.ts';
import type { events } from './telemetry.ts';
import { toRecord } from './to-record.ts';

export const group = 'normaliser';

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
  const outputs = records.map(({ value }) => {
    const file = stationFileCodec.decode(value);
    return toRecord(normaliseFile(file, Buffer.from(file.content, 'base64'), registry));
  });
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
          detail,
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
