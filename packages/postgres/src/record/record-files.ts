import type { NormalisedFile, QuarantinedFile, Reception } from '@envigate/contracts';
import type { EarlierLog, LogPartition, StoredRecord } from '@envigate/event-log';
import { isValidReading } from '@envigate/domain';
import { noteAssessmentsDue } from '../assessments/assessment-store.ts';
import type { Database } from '../connection/database.ts';
import type { Session } from '../connection/session.ts';
import { SurrogateKeys } from '../connection/surrogate-keys.ts';
import { DueSignals } from '../deliveries/deliveries.ts';
import { deliverMoments, type PlanMoment, type ReadFile } from '../deliveries/moment-deliveries.ts';
import { noteGapsDue } from '../gaps/due-stretches.ts';
import { keepReadings } from '../readings/keep-readings.ts';
import { boundsOf, type ReadingRow, type ReadingOutcome } from '../readings/readings.ts';
import {
  lockSinkPosition,
  moveSinkPosition,
  readEarlierLog,
  takeSinkPosition,
  type SinkMove,
  keepUndecodable,
} from '../sinks/sink-positions.ts';
import { arrivalsOf, newestTimeOf, readingRows, type Arrival } from './arrivals.ts';
import {
  endReplays,
  keepReplayedReadings,
  type KeptReadings,
  type ReplayedFile,
} from './keep-replayed-readings.ts';
import type { RecordableFile } from './files.ts';
import { holdArchivedMonths, withoutArchived } from './hold-archived-months.ts';
import { holdClockResets, type ClockResetRule } from './hold-clock-resets.ts';
import {
  type LedgerEntry,
  appendToLedger,
  chainOf,
  entryOf,
  nothingBrought,
  type Brought,
} from './ledger.ts';
import { keepQuarantine, quarantineOf } from './quarantine.ts';

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

export function recordingStore(database: Database): RecordingStore {
  const stationKeys = new SurrogateKeys(database, 'station');
  const parameterKeys = new SurrogateKeys(database, 'parameter');
  const due = new DueSignals(database);

  /** `files`: as the normaliser understood them, or did not. */
  async function record(
    move: SinkMove,
    files: readonly RecordableFile[],
    plan: PlanMoment,
    clockReset?: ClockResetRule,
  ): Promise<RecordedBatch> {
    const numbers = {
      parameters: await parameterKeys.of(
        files.filter(isNormalised).flatMap((file) => file.readings.map((each) => each.parameter)),
      ),
      stations: await stationKeys.of(
        files.flatMap(({ station }) => (station === undefined ? [] : [station])),
      ),
    };
    const batch = await database.transaction(
      async (tx): Promise<RecordedBatch> => {
        // Lock: nobody else records from this partition until the end.
        const { now: recordedAt, absent } = await lockSinkPosition(tx, move);
        const fresh = await withoutArchived(tx, await withoutKnown(tx, files), absent);
        const redelivered = files.length - fresh.length;
        await moveSinkPosition(tx, move);
        if (fresh.length === 0) return { files: [], redelivered };

        // Files for months that are archived, or of a clock that was reset, become files for the quarantine.
        const present = holdArchivedMonths(fresh, absent);
        const judged =
          clockReset === undefined
            ? present
            : await holdClockResets(tx, present, clockReset, numbers);

        // Originals: each file has its number, and whether it is the first, the same or read again.
        const arrivals = await arrivalsOf(tx, judged, numbers.stations);

        // Readings, their revisions, and what has to be looked at as they changed.
        const brought = await keepContents(tx, arrivals, numbers.parameters, plan);

        const recorded = arrivals.map((arrival) => {
          const contents = brought.get(arrival) ?? nothingBrought;
          const { fileNo, stationId, file } = arrival;
          return {
            ...{ fileNo, stationId, newestTime: newestTimeOf(arrival) },
            entry: entryOf(arrival, contents, recordedAt),
            deliveries: contents.deliveries,
            withdrawn: contents.withdrawn,
            begunAt: new Date(file.reception.replay?.requestedAt ?? file.reception.receivedAt),
            heldTime: heldTimeOf(arrival),
          };
        });
        await appendToLedger(tx, chainOf(move.partition), recorded);

        const firsts = arrivals.filter((arrival) => arrival.role === 'first');
        await keepQuarantine(tx, firsts.flatMap(quarantineOf));

        const withdrawn = recorded.map((each) => each.withdrawn);
        await endReplays(tx, arrivals, withdrawn);
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
    recordFiles: record,
    recordQuarantine: record,
    recordUndecodable: (move, message, error) => keepUndecodable(database, move, message, error),
  };
}

/**
 * Keeps the readings of each file with their revisions. Assessments, gaps and deliveries follow what was
 * kept. A file that is not understood any more keeps what it brought, unless a person had it read again:
 * then that is withdrawn. Duplicates bring nothing and have no answer.
 */
async function keepContents(
  tx: Session,
  arrivals: readonly Arrival<RecordableFile>[],
  parameters: ReadonlyMap<string, number>,
  plan: PlanMoment,
): Promise<ReadonlyMap<Arrival<RecordableFile>, Brought>> {
  const files = arrivals
    .filter(({ role }) => role !== 'duplicate')
    .map((arrival) => {
      const { file, fileNo, stationId } = arrival;
      const rows = isNormalised(file) ? readingRows(file, { fileNo, stationId, parameters }) : [];
      return { arrival, rows };
    });

  const firsts = files.filter(({ arrival }) => arrival.role === 'first');
  const ofFirsts = await keepReadings(
    tx,
    firsts.flatMap(({ rows }) => rows),
  );
  const kept: KeptReadings[] = [];
  let next = 0;
  for (const { arrival, rows } of files) {
    if (arrival.role === 'first')
      kept.push(keptOf(rows, ofFirsts.slice(next, (next += rows.length))));
    else if (arrival.role === 'again' && countsAgain(arrival.file))
      kept.push(await keepReplayedReadings(tx, replayedFileOf(arrival), rows));
    else kept.push(nothingKept);
  }

  await noteAssessmentsDue(
    tx,
    kept.flatMap(({ touched }) => touched),
  );
  await noteGapsDue(
    tx,
    kept.flatMap(({ removed }) => removed),
  );
  const delivered = await deliverMoments(
    tx,
    files.map(({ arrival, rows }, i) => readFileOf(arrival, kept[i] ?? nothingKept, rows)),
    plan,
  );
  return new Map(
    files.map(({ arrival }, i) => [
      arrival,
      { ...countOf(kept[i] ?? nothingKept), deliveries: delivered[i] ?? 0 },
    ]),
  );
}

function isNormalised(file: RecordableFile): file is NormalisedFile {
  return file.type === 'normalised-file.v2';
}

/** Whether what it gives, be it nothing, takes the place of what it gave before. */
function countsAgain(file: RecordableFile): boolean {
  return isNormalised(file) || file.reception.replay?.reread === true;
}

function heldTimeOf({ file, role }: Arrival<RecordableFile>): string | undefined {
  const isHeld = file.type === 'quarantined-file.v2' && file.reason === 'clock-reset';
  return isHeld && role === 'first' ? file.newestTime : undefined;
}

function keptOf(rows: readonly ReadingRow[], outcomes: readonly ReadingOutcome[]): KeptReadings {
  const touched = rows.filter((_, i) => outcomes[i] === 'new' || outcomes[i] === 'correction');
  // The value that was there may have been the sign of a working device: its gaps are judged anew.
  const removed = rows.filter(
    ({ reading }, i) =>
      outcomes[i] === 'correction' && !isValidReading(reading.flag, reading.reasons),
  );
  return { outcomes, touched, stillGiven: [], withdrawn: 0, removed };
}

const nothingKept = keptOf([], []);

function replayedFileOf({ file, fileNo, before }: Arrival<RecordableFile>): ReplayedFile {
  const { contentHash, receptionId } = file.reception;
  return { fileNo, before, contentHash, receptionId };
}

function readFileOf(
  { file, fileNo, role }: Arrival<RecordableFile>,
  { outcomes, touched, stillGiven }: KeptReadings,
  rows: readonly ReadingRow[],
): ReadFile {
  const { receptionId, receivedAt } = file.reception;
  const isWhole = role === 'first' && outcomes.every((outcome) => outcome === 'new');
  const read = { fileNo, receptionId, receivedAt, touched: [...touched, ...stillGiven] };
  const { station } = file;
  return { ...read, all: isWhole && station !== undefined ? { station, rows } : undefined };
}

function countOf({ outcomes, withdrawn }: KeptReadings): Omit<Brought, 'deliveries'> {
  const count = (wanted: ReadingOutcome) => outcomes.filter((outcome) => outcome === wanted).length;
  const superseded = count('superseded');
  return {
    newReadings: count('new'),
    corrections: count('correction'),
    repeats: count('repeat') + superseded,
    superseded,
    withdrawn,
  };
}

interface Received {
  readonly reception: Reception;
}

/**
 * The files without those whose reception the ledger has, or that stand before them already: the
 * event log handed such a message over again, as it may after it was replaced, put back or has
 * forgotten a position. Only the very same reception counts: an id that comes with another spool or
 * sequence is a fault, on which the ledger's unique keys insist.
 */
async function withoutKnown<F extends Received>(
  tx: Session,
  files: readonly F[],
): Promise<readonly F[]> {
  const times = files.map(({ reception }) => ({
    instant: new Date(reception.receivedAt).toISOString(),
  }));
  const rows = await tx.query<{ name: string }>(selectKnown, [
    files.map(({ reception }) => reception.receptionId),
    ...boundsOf(times),
  ]);
  const known = new Set(rows.map(({ name }) => name));
  return files.filter(({ reception }) => {
    const name = nameOf(reception);
    if (known.has(name)) return false;
    known.add(name);
    return true;
  });
}

function nameOf({ receptionId, spoolId, spoolSequence }: Reception): string {
  return `${receptionId} ${spoolSequence} ${spoolId}`;
}

// The same reception always has the same time, which leads to its month.
const selectKnown = `
  SELECT concat_ws(' ', reception_id, spool_sequence, spool_id) AS name FROM receptions
  WHERE reception_id = ANY($1::text[]) AND received_at BETWEEN $2 AND $3`;
