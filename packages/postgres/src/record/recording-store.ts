import type { NormalisedFile, QuarantinedFile } from '@envigate/contracts';
import type { EarlierLog, LogPartition, StoredRecord } from '@envigate/event-log';
import type { Database } from '../connection/database.ts';
import { endReplays } from './end-replays.ts';
import { appendToLedger, chainOf } from './ledger.ts';
import { withoutKnown } from './known-receptions.ts';
import { DueSignals } from '../deliveries/deliveries.ts';
import { holdClockResets, type ClockResetRule } from './hold-clock-resets.ts';
import type { PlanMoment } from '../deliveries/moment-deliveries.ts';
import { keepQuarantine } from './quarantine.ts';
import { arrivalsOf, newestTimeOf, type Arrival } from './arrivals.ts';
import type { RecordableFile } from './file-identities.ts';
import {
  entryOf,
  keepContents,
  nothingBrought,
  quarantineOf,
  type Brought,
  withdrawContents,
} from './record-arrivals.ts';
import {
  lockSinkPosition,
  moveSinkPosition,
  readEarlierLog,
  takeSinkPosition,
  type SinkMove,
} from '../sinks/sink-positions.ts';
import type { Session } from '../connection/session.ts';
import { SurrogateKeys } from '../connection/surrogate-keys.ts';
import { keepUndecodable } from '../sinks/undecodable-messages.ts';
import type { LedgerEntry } from './ledger-chain.ts';

/** What became of one reception: its row of the ledger, and how many deliveries fell due or changed. */
export interface RecordedFile {
  readonly entry: LedgerEntry;
  readonly deliveries: number;
  /** Readings that the file gave before and gives no longer. */
  readonly withdrawn: number;
  /** When it began its way: its reception, or the request of its replay. */
  readonly begunAt: Date;
  /** Of a file that is held, as its logger's clock seems to have been reset: the newest time it states. */
  readonly heldTime: string | undefined;
}

/** What became of a batch. */
export interface RecordedBatch {
  readonly files: readonly RecordedFile[];
  /** Receptions that the ledger had already: they are passed over without a trace. */
  readonly redelivered: number;
}

function beginOf({ reception: { replay, receivedAt } }: RecordableFile): Date {
  return new Date(replay?.requestedAt ?? receivedAt);
}

/**
 * Where the recorder keeps things. Each call is one transaction with the move of the position:
 * all of it happens, or nothing does. All throw FencedError where the position is elsewhere.
 */
export interface RecordingStore {
  position(consumer: string, partition: LogPartition): Promise<number | undefined>;
  earlierLog(
    consumer: string,
    partition: Pick<LogPartition, 'log' | 'stream'>,
  ): Promise<EarlierLog | undefined>;
  recordFiles(
    move: SinkMove,
    files: readonly NormalisedFile[],
    plan: PlanMoment,
    clockReset?: ClockResetRule,
  ): Promise<RecordedBatch>;
  recordQuarantine(
    move: SinkMove,
    files: readonly QuarantinedFile[],
    plan: PlanMoment,
  ): Promise<RecordedBatch>;
  /** False where the same message is kept already. */
  recordUndecodable(move: SinkMove, record: StoredRecord, error: string): Promise<boolean>;
}

/** What was held meanwhile brings nothing. One answer per arrival. */
async function keepReadable(
  tx: Session,
  arrivals: readonly Arrival<RecordableFile>[],
  parameters: ReadonlyMap<string, number>,
  plan: PlanMoment,
): Promise<readonly Brought[]> {
  const readable = arrivals.filter(isReadable);
  const brought = await keepContents(tx, readable, parameters, plan);
  const broughtBy = new Map<object, Brought | undefined>(
    readable.map((arrival, i) => [arrival, brought[i]]),
  );
  return arrivals.map((arrival) => broughtBy.get(arrival) ?? nothingBrought);
}

function isNormalised(file: RecordableFile): file is NormalisedFile {
  return file.type === 'normalised-file.v1';
}

function isReadable(arrival: Arrival<RecordableFile>): arrival is Arrival<NormalisedFile> {
  return isNormalised(arrival.file);
}

function heldTimeOf({ file, role }: Arrival<RecordableFile>): string | undefined {
  const isHeld = file.type === 'quarantined-file.v1' && file.reason === 'clock-reset';
  return isHeld && role === 'first' ? file.newestTime : undefined;
}

export function recordingStore(database: Database): RecordingStore {
  const stationKeys = new SurrogateKeys(database, 'station');
  const parameterKeys = new SurrogateKeys(database, 'parameter');
  const due = new DueSignals(database);

  async function record<F extends RecordableFile>(
    move: SinkMove,
    files: readonly F[],
    keepNew: (tx: Session, arrivals: readonly Arrival<F>[]) => Promise<readonly Brought[]>,
    judge: (
      tx: Session,
      fresh: readonly F[],
      stations: ReadonlyMap<string, number>,
    ) => Promise<readonly F[]> = async (_tx, fresh) => fresh,
  ): Promise<RecordedBatch> {
    const stations = await stationKeys.of(
      files.flatMap(({ station }) => (station === undefined ? [] : [station])),
    );
    const batch = await database.transaction(
      async (tx) => {
        const now = await lockSinkPosition(tx, move);
        const fresh = await withoutKnown(tx, files);
        const redelivered = files.length - fresh.length;
        await moveSinkPosition(tx, move);
        if (fresh.length === 0) return { files: [], redelivered };
        const arrivals = await arrivalsOf(tx, await judge(tx, fresh, stations), stations);
        const read = arrivals.filter((arrival) => arrival.role !== 'duplicate');
        const brought = await keepNew(tx, read);
        const broughtBy = new Map(read.map((arrival, i) => [arrival, brought[i]]));
        const recorded = arrivals.map((arrival) => {
          const contents = broughtBy.get(arrival) ?? nothingBrought;
          const { fileNo, stationId } = arrival;
          const { deliveries, withdrawn } = contents;
          const begunAt = beginOf(arrival.file);
          const entry = entryOf(arrival, contents, now);
          const newestTime = newestTimeOf(arrival);
          const heldTime = heldTimeOf(arrival);
          const outcome = { deliveries, begunAt, withdrawn, heldTime };
          return { fileNo, stationId, entry, newestTime, ...outcome };
        });
        await appendToLedger(tx, chainOf(move.partition), recorded);
        const firsts = arrivals.filter((arrival) => arrival.role === 'first');
        await keepQuarantine(tx, firsts.flatMap(quarantineOf));
        await endReplays(
          tx,
          arrivals,
          recorded.map(({ withdrawn }) => withdrawn),
        );
        return { files: recorded, redelivered };
      },
      { flush: false },
    );
    // What came or changed may have made something due, or other than it was.
    const isChange = batch.files.some(
      ({ entry: { newReadings, corrections }, deliveries }) =>
        newReadings + corrections + deliveries > 0,
    );
    if (isChange) void due.announce();
    return batch;
  }

  return {
    position: (consumer, partition) => takeSinkPosition(database, consumer, partition),
    earlierLog: (consumer, partition) => readEarlierLog(database, consumer, partition),
    async recordFiles(move, files, plan, clockReset) {
      const parameters = await parameterKeys.of(
        files.flatMap((file) => file.readings.map((reading) => reading.parameter)),
      );
      return record<RecordableFile>(
        move,
        files,
        (tx, arrivals) => keepReadable(tx, arrivals, parameters, plan),
        async (tx, fresh, stations) => {
          if (clockReset === undefined) return fresh;
          return holdClockResets(tx, fresh.filter(isNormalised), clockReset, {
            ...{ stations, parameters },
          });
        },
      );
    },
    recordQuarantine: (move, files, plan) =>
      record(move, files, (tx, arrivals) => withdrawContents(tx, arrivals, plan)),
    recordUndecodable: (move, message, error) => keepUndecodable(database, move, message, error),
  };
}
