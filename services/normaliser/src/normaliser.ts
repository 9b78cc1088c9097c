import { stationFileCodec } from '@envigate/contracts';
import {
  isUnknownSymbol,
  normaliseFile,
  type NormaliseOutcome,
  type RegistrySource,
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
  const { eventLog, registry, maxBatchRecords } = parts;
  await registry.ready?.();
  return eventLog.pipe({
    group,
    from: streams.files,
    maxBatchRecords,
    transform: (records) => normaliseBatch(records, parts),
    poison: (record, error) => quarantinePoison(record, error, parts),
  });
}

/** One batch under one registry snapshot. A batch that is repeated may see a newer snapshot. */
function normaliseBatch(
  records: readonly StoredRecord[],
  { registry, clock, emit }: Pick<NormaliserParts, 'registry' | 'clock' | 'emit'>,
): OutgoingRecord[] {
  const snapshot = registry.current();
  const outputs = records.map(({ value }) => {
    const file = stationFileCodec.decode(value);
    return toRecord(normaliseFile(file, Buffer.from(file.content, 'base64'), snapshot));
  });
  // Told only once the whole batch went through: one that throws is tried again record by record.
  const outcomes = outputs.map(({ outcome }) => outcome);
  report(outcomes, clock(), emit);
  return outputs.map(({ record }) => record);
}

function report(outcomes: readonly NormaliseOutcome[], now: Date, emit: Emit<typeof events>): void {
  for (const outcome of outcomes) reportFile(outcome, now, emit);
  for (const count of countLines(outcomes)) emit('lines-normalised', count);
}

function reportFile(
  { kind, message }: NormaliseOutcome,
  now: Date,
  emit: Emit<typeof events>,
): void {
  const { account, name, receivedAt, replay } = message.reception;
  const begunAt = Date.parse(replay?.requestedAt ?? receivedAt);
  const secondsSinceReceived = (now.getTime() - begunAt) / 1000;
  switch (kind) {
    case 'normalised': {
      const { station, readings } = message;
      emit('file-normalised', {
        account,
        name,
        secondsSinceReceived,
        outcome: kind,
        station,
        readings: readings.length,
      });
      const unknown = readings.filter(isUnknownSymbol).length;
      if (unknown > 0) emit('unknown-symbols', { station, readings: unknown });
      return;
    }
    case 'quarantined': {
      const { reason, detail } = message;
      emit('file-quarantined', {
        account,
        name,
        secondsSinceReceived,
        outcome: kind,
        reason,
        detail,
      });
      return;
    }
  }
}

function quarantinePoison(
  record: StoredRecord,
  error: unknown,
  { emit }: Pick<NormaliserParts, 'emit'>,
): OutgoingRecord[] {
  const message = quarantineUnusable(record.value, messageOf(error));
  emit('message-unusable', {
    recordId: record.id,
    partition: record.partition,
    offset: record.offset,
    outcome: message === undefined ? 'passed-on' : 'internal-error',
    error: messageOf(error),
  });
  if (message !== undefined) return [toRecord({ kind: 'quarantined', message }).record];
  // No reception can be read, and none is made up. The recorder cannot read these bytes either and
  // keeps what it cannot read where people see it.
  return [{ stream: streams.quarantine, key: record.key, id: record.id, value: record.value }];
}
