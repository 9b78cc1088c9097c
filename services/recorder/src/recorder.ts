import { createHash } from 'node:crypto';
import {
  intervalMinutesOf,
  planMoment,
  type ClockResetBounds,
  type RegistrySource,
} from '@envigate/domain';
import {
  streams,
  type DrainBatch,
  type DrainSink,
  type EventLog,
  type Running,
  type StoredRecord,
  type StreamName,
} from '@envigate/event-log';
import type {
  ClockResetRule,
  PlanMoment,
  RecordedBatch,
  RecordedFile,
  RecordingStore,
  SinkMove,
} from '@envigate/postgres';
import { messageOf, type Clock, type Emit } from '@envigate/runtime';
import {
  normalisedFileOf,
  quarantinedFileCodec,
  type NormalisedFile,
  type QuarantinedFile,
  type Reviver,
} from '@envigate/contracts';
import type { events } from './telemetry.ts';

const group = 'recorder';

export interface RecorderParts {
  readonly eventLog: Pick<EventLog, 'drain'>;
  readonly registry: RegistrySource;
  readonly store: RecordingStore;
  readonly clock: Clock;
  readonly emit: Emit<typeof events>;
  readonly maxBatchRecords: number;
  /** Undefined: no file is held for its clock. */
  readonly clockReset?: ClockResetBounds | undefined;
}

function ruleOf({ clockReset, registry }: RecorderParts): ClockResetRule | undefined {
  if (clockReset === undefined) return undefined;
  const intervalMinutes = (station: string) =>
    intervalMinutesOf(registry.current().stations.get(station));
  return { ...clockReset, intervalMinutes };
}

/**
 * Readings and quarantine into the database, batch by batch. Nothing is taken before the registry
 * was loaded once: with an empty one no delivery would fall due.
 */
export async function startRecorder(parts: RecorderParts): Promise<Running> {
  await parts.registry.ready?.();
  const plan: PlanMoment = (moment) => planMoment(moment, parts.registry.current());
  const readings = await startDrain(parts, streams.readings, (batch) =>
    parts.store.recordFiles(
      moveOf(batch),
      batch.records.map(normalisedFileIn),
      plan,
      ruleOf(parts),
    ),
  );
  try {
    const quarantine = await startDrain(parts, streams.quarantine, (batch) =>
      parts.store.recordQuarantine(moveOf(batch), batch.records.map(quarantinedFileIn), plan),
    );
    return both(readings, quarantine);
  } catch (error) {
    await readings.stop();
    throw error;
  }
}

function startDrain(
  { eventLog, store, clock, emit, maxBatchRecords }: RecorderParts,
  from: StreamName,
  record: (batch: DrainBatch) => Promise<RecordedBatch>,
): Promise<Running> {
  const sink: DrainSink = {
    position: (partition) => store.position(group, partition),
    earlierLog: (partition) => store.earlierLog(group, partition),
    async commit(batch) {
      const begin = performance.now();
      const { files, redelivered } = await record(batch);
      const seconds = (performance.now() - begin) / 1000;
      const { stream, partition } = batch.partition;
      emit('batch-recorded', { stream, partition, files: files.length, seconds });
      if (redelivered > 0)
        emit('receptions-redelivered', { stream, partition, receptions: redelivered });
      report(files, clock(), emit);
    },
    async reject(batch, error) {
      for (const message of batch.records) {
        const { stream, partition, offset, id: recordId } = message;
        const isNew = await store.recordUndecodable(moveOf(batch), message, messageOf(error));
        const place = { stream, partition, offset, recordId };
        if (isNew) emit('message-undecodable', { ...place, error: messageOf(error) });
        else emit('receptions-redelivered', { stream, partition, receptions: 1 });
      }
    },
  };
  return eventLog.drain({ group, from, sink, maxBatchRecords });
}

function moveOf({ partition, from, to }: DrainBatch): SinkMove {
  return { consumer: group, partition, from, to };
}

function report(files: readonly RecordedFile[], now: Date, emit: RecorderParts['emit']): void {
  for (const { entry, deliveries, begunAt, heldTime } of files) {
    const { account, name, outcome, newReadings, corrections, repeats, rejectedLines } = entry;
    emit('file-recorded', {
      account,
      name,
      outcome,
      newReadings,
      corrections,
      repeats,
      rejectedLines,
      deliveries,
      secondsSinceReceived: (now.getTime() - begunAt.getTime()) / 1000,
    });
    if (heldTime !== undefined) emit('clock-reset-held', { account, name, newestTime: heldTime });
  }
}

function both(one: Running, other: Running): Running {
  const failed = Promise.race([one.failed, other.failed]);
  return {
    failed,
    async stop() {
      await Promise.all([one.stop(), other.stop()]);
    },
  };
}

/** Throws ContractError, SyntaxError or ContentError. */
function normalisedFileIn(record: StoredRecord): NormalisedFile {
  const file = normalisedFileOf(record, storableReviver(record.value));
  checkContent(file);
  return file;
}

/** Throws ContractError, SyntaxError or ContentError. */
function quarantinedFileIn({ value }: StoredRecord): QuarantinedFile {
  const file = quarantinedFileCodec.decode(value, storableReviver(value));
  checkContent(file);
  return file;
}

/** What would be kept as the original is not what the receipt was given for. */
class ContentError extends Error {
  readonly code = 'content-mismatch';
  readonly retryable = false;
}

function checkContent({ content, reception }: NormalisedFile | QuarantinedFile): void {
  const hash = createHash('sha256').update(content).digest('hex');
  if (hash === reception.contentHash) return;
  throw new ContentError(
    `reception ${reception.receptionId}: content has SHA-256 ${hash}, expected ${reception.contentHash}`,
  );
}

const escapes = [String.raw`\u0000`, String.raw`\ud`, String.raw`\uD`];

/**
 * PostgreSQL's text holds neither NUL nor half a surrogate pair, and both occur in broken files: for
 * JSON.parse, what puts U+FFFD in their place; undefined where the message has none. The bytes of the
 * file itself stay as they are.
 */
export function storableReviver(message: Uint8Array): Reviver | undefined {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (!escapes.some((escape) => bytes.includes(escape))) return undefined;
  return (_key, value) =>
    typeof value === 'string' ? value.replace(/\0|\p{Surrogate}/gu, '\uFFFD') : value;
}
