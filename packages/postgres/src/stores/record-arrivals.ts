import type { NormalisedFile, QuarantinedFile } from '@envigate/contracts';
import {
  describeForm,
  releaseWarnings,
  replayWarnings,
  supersededWarnings,
  type PlannedDelivery,
} from '@envigate/domain';
import { keepReplayedReadings, type KeptReadings } from '../replays/keep-replayed-readings.ts';
import { lockReplayedFiles, type FileBefore } from '../replays/replayed-files.ts';
import type { Session } from '../session.ts';
import { insertDeliveries, type NewDelivery } from './deliveries.ts';
import { keepFiles, type FileKnowledge, type OriginalFile } from './files.ts';
import type { LedgerEntry } from './ledger-chain.ts';
import { noteAssessmentsDue, type TouchedReading } from './note-assessments-due.ts';
import type { QuarantineRow } from './quarantine.ts';
import { keepReadings } from './keep-readings.ts';
import type { ReadingRow } from './readings.ts';
import type { ReadingOutcome } from './resolve-readings.ts';

export type RecordableFile = NormalisedFile | QuarantinedFile;

/** Asked for each file that brought at least one new or corrected reading. */
export type PlanDeliveries = (file: NormalisedFile) => readonly PlannedDelivery[];

/** A reception whose original is in the database by now. */
export interface Arrival<F extends RecordableFile> {
  readonly file: F;
  readonly fileNo: number;
  readonly stationId: number | undefined;
  /**
   * - first: the file was not known.
   * - again: it was kept before and is read anew, by a replay, or because it came again and is
   *   understood now: its station is registered, or its upload was whole this time.
   * - duplicate: it was kept before, in an earlier batch or earlier in this one.
   */
  readonly role: 'first' | 'again' | 'duplicate';
  /** Of one that is read again: the file as it was until now. */
  readonly before?: FileBefore | undefined;
}

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

/** Keeps the originals, each once, and tells which receptions are the first of their file. */
export async function arrivalsOf<F extends RecordableFile>(
  tx: Session,
  files: readonly F[],
  stations: ReadonlyMap<string, number>,
): Promise<readonly Arrival<F>[]> {
  const stationOf = ({ station }: F) => (station === undefined ? undefined : stations.get(station));
  const distinct = new Map<string, F>();
  for (const file of files) {
    const { fileId } = file.reception;
    if (!distinct.has(fileId)) distinct.set(fileId, file);
  }
  const kept = await keepFiles(
    tx,
    Array.from(distinct.values(), (file) => originalOf(file, stationOf(file))),
  );
  const arrivals = files.map((file): Arrival<F> => {
    const { fileId } = file.reception;
    const at = kept.get(fileId);
    if (at === undefined) throw new Error(`file ${fileId} was neither kept nor found`);
    const isFirstHere = distinct.get(fileId) === file;
    const isFirst = at.isNew && isFirstHere;
    const isUnderstoodNow =
      isFirstHere && at.state === 'quarantined' && file.type === 'normalised-file.v1';
    const isAgain = isReplay(file) || isUnderstoodNow;
    const role = isFirst ? 'first' : isAgain ? 'again' : 'duplicate';
    return { file, fileNo: at.fileNo, stationId: stationOf(file), role };
  });
  const before = await lockReplayedFiles(
    tx,
    arrivals.filter(({ role }) => role === 'again').map(({ fileNo }) => fileNo),
  );
  return arrivals.map((arrival) =>
    arrival.role === 'again'
      ? { ...arrival, before: asOf(arrival.file, before.get(arrival.fileNo)) }
      : arrival,
  );
}

/** A replay speaks as of its first reception; what was sent again, as of now. */
function asOf(file: RecordableFile, before: FileBefore | undefined): FileBefore | undefined {
  if (before === undefined || isReplay(file)) return before;
  return { ...before, receivedAt: new Date(file.reception.receivedAt) };
}

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

/** What the file tells of its logger's clock. One that was known already, or is replayed, is old. */
export function newestTimeOf({ file, role }: Arrival<RecordableFile>): string | undefined {
  return role === 'duplicate' || isReplay(file) ? undefined : file.newestTime;
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
  return [{ ...place, reason, expected, filePrefix }, ...lines];
}

/** A file that is in the database by the time of its replay; else, after a loss, it is the first. */
function isReplay({ reception }: RecordableFile): boolean {
  return reception.replay !== undefined;
}

function originalOf(file: RecordableFile, stationId: number | undefined): OriginalFile {
  const { fileId, contentHash, account, name } = file.reception;
  const content = Buffer.from(file.content, 'base64');
  return { fileId, contentHash, account, name, content, ...knowledgeOf(file, stationId) };
}

export function knowledgeOf(file: RecordableFile, stationId: number | undefined): FileKnowledge {
  const state = stateOf(file);
  if (file.type === 'quarantined-file.v1') {
    return { state, stationId, dataFrom: undefined, dataTo: undefined, form: undefined };
  }
  const instants = canonicalInstants(file).toSorted();
  const form = file.form === undefined ? undefined : describeForm(file.form);
  return { state, stationId, dataFrom: instants.at(0), dataTo: instants.at(-1), form };
}

function stateOf(file: RecordableFile): OriginalFile['state'] {
  switch (file.type) {
    case 'normalised-file.v1':
      return 'stored';
    case 'quarantined-file.v1':
      return 'quarantined';
  }
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

/** One per reading, in the one form that makes equal instants equal texts. */
function canonicalInstants({ readings }: NormalisedFile): readonly string[] {
  // Most readings have the instant of the one before.
  let last = { text: '', canonical: '' };
  return readings.map(({ instant: text }) => {
    if (last.text !== text) last = { text, canonical: new Date(text).toISOString() };
    return last.canonical;
  });
}
