import type { NormalisedFile, QuarantinedFile } from '@envigate/contracts';
import {
  releaseWarnings,
  replayWarnings,
  rereadWarnings,
  stationFolder,
  supersededWarnings,
} from '@envigate/domain';
import {
  keepReplayedReadings,
  type KeptReadings,
  type ReplayedFile,
} from './keep-replayed-readings.ts';
import type { Session } from '../connection/session.ts';
import { canonicalInstants, stateOf, type Arrival } from './arrivals.ts';
import type { RecordableFile } from './file-identities.ts';
import type { LedgerEntry } from './ledger-chain.ts';
import { deliverMoments, type PlanMoment, type ReadFile } from '../deliveries/moment-deliveries.ts';
import { noteAssessmentsDue } from '../assessments/note-assessments-due.ts';
import { noteGapsDue } from '../gaps/note-gaps-due.ts';
import type { QuarantineRow } from './quarantine.ts';
import { keepReadings } from '../readings/keep-readings.ts';
import type { ReadingRow } from '../readings/readings.ts';
import type { ReadingOutcome } from '../readings/resolve-readings.ts';

/** What a file brought. */
export interface Brought {
  readonly newReadings: number;
  readonly corrections: number;
  /** Readings that were known with the same value, superseded ones among them. */
  readonly repeats: number;
  /** Readings that the same bytes brought before, and that were corrected since. */
  readonly superseded: number;
  /** Readings that it gave before and gives no longer. */
  readonly withdrawn: number;
  /** That fell due by it, or changed before they were sent. */
  readonly deliveries: number;
}

export const nothingBrought: Brought = {
  newReadings: 0,
  corrections: 0,
  repeats: 0,
  superseded: 0,
  withdrawn: 0,
  deliveries: 0,
};

/**
 * Readings with their revisions, and the deliveries that fall due by them. One answer per arrival,
 * of which none is a duplicate.
 */
export async function keepContents(
  tx: Session,
  arrivals: readonly Arrival<NormalisedFile>[],
  parameters: ReadonlyMap<string, number>,
  plan: PlanMoment,
): Promise<readonly Brought[]> {
  const rows = arrivals.map((arrival) => readingRows(arrival, parameters));
  const firsts = rows.filter((_, i) => arrivals[i]?.role === 'first');
  const ofFirsts = await keepReadings(tx, firsts.flat());
  const kept: KeptReadings[] = [];
  let next = 0;
  for (const [i, arrival] of arrivals.entries()) {
    const own = rows[i] ?? [];
    switch (arrival.role) {
      case 'again':
        kept.push(await keepReplayedReadings(tx, replayedFileOf(arrival), own));
        break;
      case 'first':
        kept.push(keptOf(own, ofFirsts.slice(next, (next += own.length))));
        break;
      default:
        kept.push(nothingKept);
    }
  }
  return followUp(tx, arrivals, kept, rows, plan);
}

/**
 * What files gave until now that are not understood any more. Only a reread takes it back: else a file
 * keeps what it brought. One answer per arrival.
 */
export async function withdrawContents(
  tx: Session,
  arrivals: readonly Arrival<QuarantinedFile>[],
  plan: PlanMoment,
): Promise<readonly Brought[]> {
  const kept: KeptReadings[] = [];
  for (const arrival of arrivals) {
    const isReread = arrival.role === 'again' && arrival.file.reception.replay?.reread === true;
    kept.push(isReread ? await keepReplayedReadings(tx, replayedFileOf(arrival), []) : nothingKept);
  }
  return followUp(tx, arrivals, kept, [], plan);
}

/** Assessments, gaps and deliveries follow what was kept of each arrival, and of which rows. */
async function followUp(
  tx: Session,
  arrivals: readonly Arrival<RecordableFile>[],
  kept: readonly KeptReadings[],
  rows: readonly (readonly ReadingRow[])[],
  plan: PlanMoment,
): Promise<readonly Brought[]> {
  await noteAssessmentsDue(
    tx,
    kept.flatMap(({ touched }) => touched),
  );
  await noteGapsDue(
    tx,
    kept.flatMap(({ removed }) => removed),
  );
  const read = arrivals.map((arrival, i) =>
    readFileOf(arrival, kept[i] ?? nothingKept, rows[i] ?? []),
  );
  const delivered = await deliverMoments(tx, read, plan);
  return kept.map((each, i) => ({ ...countOf(each), deliveries: delivered[i] ?? 0 }));
}

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

function keptOf(rows: readonly ReadingRow[], outcomes: readonly ReadingOutcome[]): KeptReadings {
  const touched = rows.filter((_, i) => outcomes[i] === 'new' || outcomes[i] === 'correction');
  return { outcomes, touched, stillGiven: [], withdrawn: 0, removed: [] };
}

const nothingKept = keptOf([], []);

function countOf({ outcomes, withdrawn }: KeptReadings): Brought {
  const count = (wanted: ReadingOutcome) => outcomes.filter((outcome) => outcome === wanted).length;
  const superseded = count('superseded');
  return {
    newReadings: count('new'),
    corrections: count('correction'),
    repeats: count('repeat') + superseded,
    superseded,
    withdrawn,
    deliveries: 0,
  };
}

export function entryOf(
  { file, role, before }: Arrival<RecordableFile>,
  { newReadings, corrections, repeats, superseded, withdrawn }: Brought,
  recordedAt: Date,
): LedgerEntry {
  const { reception } = file;
  // A stored file that came again and is read otherwise now: where that changes nothing it is a duplicate.
  const isResend = role === 'again' && reception.replay === undefined && before?.state === 'stored';
  const isChange = newReadings + corrections + withdrawn > 0;
  const isRead = role !== 'duplicate' && (isChange || !isResend);
  const isOutdated = role === 'outdated';
  return {
    receptionId: reception.receptionId,
    spoolId: reception.spoolId,
    spoolSequence: reception.spoolSequence,
    receivedAt: new Date(reception.receivedAt),
    protocol: reception.protocol,
    peer: reception.peer,
    account: reception.account,
    folder: reception.folder,
    name: reception.name,
    fileId: reception.fileId,
    contentHash: reception.contentHash,
    outcome: isRead ? stateOf(file) : 'duplicate',
    newReadings,
    corrections,
    repeats: isRead ? repeats : 0,
    rejectedLines: isRead ? file.rejectedLines.length : 0,
    // Release and replay are of this reception, whatever became of the file.
    warnings: [
      ...releaseWarnings(reception.released),
      ...replayWarnings(reception.replay),
      ...rereadWarnings({ withdrawn, isResend: isResend && isRead, isOutdated }),
      ...supersededWarnings(superseded),
      ...(isRead && file.type === 'normalised-file.v1' ? file.warnings : []),
    ],
    recordedAt,
  };
}

/** The whole file where it was not understood, and each line that was not. */
export function quarantineOf({
  file,
  fileNo,
  stationId,
}: Arrival<RecordableFile>): readonly QuarantineRow[] {
  const { receptionId, account } = file.reception;
  const place = { receptionId, fileNo, stationId, account };
  const lines = file.rejectedLines.map((line): QuarantineRow => {
    const { reason, expected } = line;
    return { ...place, reason, expected, line };
  });
  if (file.type === 'normalised-file.v1') return lines;
  const { reason, detail: expected, filePrefix } = file;
  const fileFolder = filePrefix === undefined ? undefined : stationFolder(file.reception.folder);
  return [{ ...place, reason, expected, filePrefix, fileFolder }, ...lines];
}

function readingRows(
  { file, fileNo, stationId }: Arrival<NormalisedFile>,
  parameters: ReadonlyMap<string, number>,
): readonly ReadingRow[] {
  if (stationId === undefined) throw new Error(`station ${file.station} has no number`);
  const instants = canonicalInstants(file);
  const { contentHash } = file.reception;
  return file.readings.map((reading, i) => {
    const parameterId = parameters.get(reading.parameter);
    if (parameterId === undefined) throw new Error(`parameter ${reading.parameter} has no number`);
    return { reading, stationId, parameterId, instant: instants[i] ?? '', fileNo, contentHash };
  });
}
