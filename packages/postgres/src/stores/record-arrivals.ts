import type { NormalisedFile } from '@envigate/contracts';
import {
  releaseWarnings,
  replayWarnings,
  stationFolder,
  supersededWarnings,
  type PlannedDelivery,
} from '@envigate/domain';
import { keepReplayedReadings, type KeptReadings } from '../replays/keep-replayed-readings.ts';
import type { Session } from '../session.ts';
import { canonicalInstants, stateOf, type Arrival } from './arrivals.ts';
import { insertDeliveries, type NewDelivery } from './deliveries.ts';
import type { RecordableFile } from './file-identities.ts';
import type { LedgerEntry } from './ledger-chain.ts';
import { noteAssessmentsDue, type TouchedReading } from './note-assessments-due.ts';
import type { QuarantineRow } from './quarantine.ts';
import { keepReadings } from './keep-readings.ts';
import type { ReadingRow } from './readings.ts';
import type { ReadingOutcome } from './resolve-readings.ts';

/** Asked for each file that brought at least one new or corrected reading. */
export type PlanDeliveries = (file: NormalisedFile) => readonly PlannedDelivery[];

/** What a file brought. */
export interface Brought {
  readonly newReadings: number;
  readonly corrections: number;
  /** Readings that were known with the same value, superseded ones among them. */
  readonly repeats: number;
  /** Readings that the same bytes brought before, and that were corrected since. */
  readonly superseded: number;
  readonly deliveries: number;
}

export const nothingBrought: Brought = {
  newReadings: 0,
  corrections: 0,
  repeats: 0,
  superseded: 0,
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
  plan: PlanDeliveries,
): Promise<readonly Brought[]> {
  const rows = arrivals.map((arrival) => readingRows(arrival, parameters));
  const firsts = rows.filter((_, i) => arrivals[i]?.role === 'first');
  const ofFirsts = await keepReadings(tx, firsts.flat());
  const counts = arrivals.map(() => ({ new: 0, correction: 0, repeat: 0, superseded: 0 }));
  const touched: TouchedReading[] = [];
  let next = 0;
  for (const [i, arrival] of arrivals.entries()) {
    const own = rows[i] ?? [];
    const kept =
      arrival.role === 'again'
        ? await keepReplayedReadings(tx, arrival, own)
        : keptOf(own, ofFirsts.slice(next, (next += own.length)));
    const count = counts[i];
    for (const outcome of kept.outcomes) if (count !== undefined) count[outcome] += 1;
    touched.push(...kept.touched);
  }
  await noteAssessmentsDue(tx, touched);
  const deliveries = arrivals.map((arrival, i) => {
    const count = counts[i];
    const isNews = count !== undefined && count.new + count.correction > 0;
    return isNews ? plan(arrival.file).map((planned) => deliveryOf(arrival, planned)) : [];
  });
  await insertDeliveries(tx, deliveries.flat());
  return counts.map((count, i) => ({
    newReadings: count.new,
    corrections: count.correction,
    repeats: count.repeat + count.superseded,
    superseded: count.superseded,
    deliveries: deliveries[i]?.length ?? 0,
  }));
}

function keptOf(rows: readonly ReadingRow[], outcomes: readonly ReadingOutcome[]): KeptReadings {
  return { outcomes, touched: rows.filter((_, i) => isChange(outcomes[i])) };
}

function isChange(outcome: ReadingOutcome | undefined): boolean {
  return outcome === 'new' || outcome === 'correction';
}

export function entryOf(
  { file, role }: Arrival<RecordableFile>,
  { newReadings, corrections, repeats, superseded }: Brought,
  recordedAt: Date,
): LedgerEntry {
  const { reception } = file;
  const isRead = role !== 'duplicate';
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
    repeats,
    rejectedLines: isRead ? file.rejectedLines.length : 0,
    // Release and replay are of this reception, whatever became of the file.
    warnings: [
      ...releaseWarnings(reception.released),
      ...replayWarnings(reception.replay),
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

function deliveryOf(
  { file, fileNo, stationId }: Arrival<NormalisedFile>,
  { target, dataInstant, fileName, payload }: PlannedDelivery,
): NewDelivery {
  if (stationId === undefined) throw new Error(`station ${file.station} has no number`);
  const { receivedAt } = file.reception;
  return { target, stationId, fileNo, dataInstant, receivedAt, fileName, payload };
}
