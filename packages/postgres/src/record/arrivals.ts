import type { NormalisedFile } from '@envigate/contracts';
import { describeForm, type FileReason } from '@envigate/domain';
import {
  lockReplayedFiles,
  type FileBefore,
  apart,
  findAssigned,
  findChangedStations,
  withKeptIdentities,
  type RecordableFile,
  keepFiles,
  type FileKnowledge,
  type KeptFile,
  type OriginalFile,
} from './files.ts';
import type { Session } from '../connection/session.ts';
import type { ReadingRow } from '../readings/readings.ts';

/** A reception whose original is in the database by now. */
export interface Arrival<F extends RecordableFile> {
  /** With the identity under which it is kept. */
  readonly file: F;
  readonly fileNo: number;
  readonly stationId: number | undefined;
  /**
   * - first: the file was not known.
   * - again: it was kept before and is read anew: by a replay; because it came again and is understood
   *   now, as its station is registered, or its upload was whole this time; because it is in
   *   quarantine, where what is wrong with its content may be another thing by now; or because the
   *   registry says otherwise by now how such a file is read.
   * - waiting: it is in quarantine, and this reception says nothing new of it.
   * - duplicate: it was stored before, in an earlier batch or earlier in this one.
   * - outdated: a reread by a registry that is older than was asked for; it changes nothing.
   */
  readonly role: 'first' | 'again' | 'waiting' | 'duplicate' | 'outdated';
  /** Of one that is read again: the file as it was until now. */
  readonly before?: FileBefore | undefined;
}

/** Keeps the originals, each once, and reports which receptions are the first of their file. */
export async function arrivalsOf<F extends RecordableFile>(
  tx: Session,
  received: readonly F[],
  stations: ReadonlyMap<string, number>,
): Promise<readonly Arrival<F>[]> {
  const stationOf = ({ station }: F) => (station === undefined ? undefined : stations.get(station));
  const keep = (files: Iterable<F>) =>
    keepFiles(
      tx,
      Array.from(files, (file) => originalOf(file, stationOf(file))),
    );
  const named = await withKeptIdentities(tx, received);
  const distinct = firstsById(named);
  const kept = new Map(await keep(distinct.values()));
  const files = await setApart(tx, named, distinct, kept);
  const ofTheirOwn = files.filter((file) => !kept.has(file.reception.fileId));
  for (const [fileId, at] of await keep(ofTheirOwn)) kept.set(fileId, at);

  const firsts = new Set([...distinct.values(), ...ofTheirOwn]);
  const reread = await readOtherwise(tx, files, kept);
  const arrivals = files.map((file): Arrival<F> => {
    const at = keptAs(kept, file);
    const role = roleOf(file, at, firsts.has(file), reread.has(file));
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

function firstsById<F extends RecordableFile>(files: readonly F[]): ReadonlyMap<string, F> {
  const firsts = new Map<string, F>();
  for (const file of files) {
    const { fileId } = file.reception;
    if (!firsts.has(fileId)) firsts.set(fileId, file);
  }
  return firsts;
}

/**
 * A file whose station nobody knows does not count as another one that is equal in everything: it may
 * be another station's. Each reception of such a one becomes a file of its own, which a person can
 * assign by itself. Only where the file is stored for a station that was found without a person, it
 * is known whose it is.
 */
async function setApart<F extends RecordableFile>(
  tx: Session,
  files: readonly F[],
  firsts: ReadonlyMap<string, F>,
  kept: ReadonlyMap<string, KeptFile>,
): Promise<readonly F[]> {
  const doubtful = files.filter((file) => {
    if (isReplay(file) || !reasonsOfStation.has(reasonOf(file))) return false;
    const isFirst = keptAs(kept, file).isNew && firsts.get(file.reception.fileId) === file;
    return !isFirst;
  });
  if (doubtful.length === 0) return files;
  const stored = doubtful
    .map((file) => keptAs(kept, file))
    .filter(({ state }) => state === 'stored');
  const assigned = await findAssigned(
    tx,
    stored.map(({ fileNo }) => fileNo),
  );
  const own = new Set(
    doubtful.filter((file) => {
      const { state, fileNo } = keptAs(kept, file);
      return state === 'quarantined' || assigned.has(fileNo);
    }),
  );
  return files.map((file) => (own.has(file) ? apart(file) : file));
}

/**
 * Stored files that came again, and that are to be read otherwise than they were, by the registry of
 * now. For those that an earlier version of the gateway read, only the station's own entry in the registry
 * counts. A file about which a person decided is not among them.
 */
async function readOtherwise<F extends RecordableFile>(
  tx: Session,
  files: readonly F[],
  kept: ReadonlyMap<string, KeptFile>,
): Promise<ReadonlySet<F>> {
  const again = files.flatMap((file) => {
    const { fileNo, isNew, state, readRevision, readingMark } = keptAs(kept, file);
    const isResend = !isNew && state === 'stored' && !isReplay(file);
    if (!isResend || file.type !== 'normalised-file.v2' || file.registryRevision === undefined)
      return [];
    const isNewer = readRevision === null || file.registryRevision > readRevision;
    if (!isNewer || readingMark === file.readingMark) return [];
    return [{ file, fileNo, station: file.station, isMarked: readingMark !== null }];
  });
  const unmarked = again.filter(({ isMarked }) => !isMarked);
  const changed = await findChangedStations(tx, unmarked);
  const otherwise = again.filter(({ isMarked, fileNo }) => isMarked || changed.has(fileNo));
  const decided = await findAssigned(
    tx,
    otherwise.map(({ fileNo }) => fileNo),
    'station or profile',
  );
  return new Set(otherwise.filter(({ fileNo }) => !decided.has(fileNo)).map(({ file }) => file));
}

function keptAs(kept: ReadonlyMap<string, KeptFile>, { reception }: RecordableFile): KeptFile {
  const at = kept.get(reception.fileId);
  if (at === undefined) throw new Error(`file ${reception.fileId} was neither kept nor found`);
  return at;
}

function roleOf(
  file: RecordableFile,
  at: KeptFile,
  isFirstHere: boolean,
  isReadOtherwise: boolean,
): Arrival<never>['role'] {
  if (at.isNew && isFirstHere) return 'first';
  if (isReplay(file)) return isOutdated(file) ? 'outdated' : 'again';
  if (at.state === 'stored') return isFirstHere && isReadOtherwise ? 'again' : 'duplicate';
  if (!isFirstHere) return file.type === 'normalised-file.v2' ? 'duplicate' : 'waiting';
  return reasonsOfReception.has(reasonOf(file)) ? 'waiting' : 'again';
}

const reasonsOfStation: ReadonlySet<string> = new Set<FileReason>([
  'unknown-station',
  'other-accounts-station',
]);

/** They say how the bytes came or what a person has to decide; the bytes again change nothing of it. */
const reasonsOfReception: ReadonlySet<string> = new Set<FileReason>([
  'interrupted',
  'discarded',
  'clock-reset',
]);

function reasonOf(file: RecordableFile): string {
  return file.type === 'quarantined-file.v2' ? file.reason : '';
}

/** A file that is in the database by the time of its replay; else, after a loss, it is the first. */
function isReplay({ reception }: RecordableFile): boolean {
  return reception.replay !== undefined;
}

/** By a normaliser that has not seen the registry yet by which the file is to be read. */
function isOutdated({ reception: { replay }, registryRevision = -1 }: RecordableFile): boolean {
  return replay?.registryRevision !== undefined && registryRevision < replay.registryRevision;
}

/** What was stored speaks as of its first reception; what is understood since it was sent again, as of now. */
function asOf(file: RecordableFile, before: FileBefore | undefined): FileBefore | undefined {
  if (before === undefined || isReplay(file) || before.state === 'stored') return before;
  return { ...before, receivedAt: new Date(file.reception.receivedAt) };
}

/** What the file shows of its logger's clock. One that was known already, or is replayed, is old. */
export function newestTimeOf({ file, role, before }: Arrival<RecordableFile>): string | undefined {
  const isUnderstoodNow =
    role === 'again' && file.type === 'normalised-file.v2' && before?.state === 'quarantined';
  return (role === 'first' || isUnderstoodNow) && !isReplay(file) ? file.newestTime : undefined;
}

function originalOf(file: RecordableFile, stationId: number | undefined): OriginalFile {
  const { fileId, contentHash, account, name } = file.reception;
  const { content } = file;
  return { fileId, contentHash, account, name, content, ...knowledgeOf(file, stationId) };
}

export function knowledgeOf(file: RecordableFile, stationId: number | undefined): FileKnowledge {
  const state = stateOf(file);
  if (file.type === 'quarantined-file.v2') {
    const unknown = { dataFrom: undefined, dataTo: undefined, form: undefined };
    return { state, stationId, ...unknown, readRevision: undefined, readingMark: undefined };
  }
  const instants = canonicalInstants(file.readings).toSorted();
  const { registryRevision: readRevision, readingMark } = file;
  const form = file.form === undefined ? undefined : describeForm(file.form);
  const data = { dataFrom: instants.at(0), dataTo: instants.at(-1), form };
  return { state, stationId, ...data, readRevision, readingMark };
}

export function stateOf(file: RecordableFile): OriginalFile['state'] {
  switch (file.type) {
    case 'normalised-file.v2':
      return 'stored';
    case 'quarantined-file.v2':
      return 'quarantined';
  }
}

/** A file among the rows of the record: its numbers there, and those of the parameters by their codes. */
interface RowNumbers {
  readonly fileNo: number;
  readonly stationId: number | undefined;
  readonly parameters: ReadonlyMap<string, number>;
}

/** The first `maxRows` readings of a file as rows. Throws where its station or a parameter has no number. */
export function readingRows(
  file: NormalisedFile,
  { fileNo, stationId, parameters }: RowNumbers,
  maxRows = Infinity,
): readonly ReadingRow[] {
  if (stationId === undefined) throw new Error(`station ${file.station} has no number`);
  const { contentHash } = file.reception;
  const readings = file.readings.slice(0, maxRows);
  const instants = canonicalInstants(readings);
  return readings.map((reading, i) => {
    const parameterId = parameters.get(reading.parameter);
    if (parameterId === undefined) throw new Error(`parameter ${reading.parameter} has no number`);
    return { reading, stationId, parameterId, instant: instants[i] ?? '', fileNo, contentHash };
  });
}

/** One per reading, in the one form that makes equal instants equal texts. */
function canonicalInstants(readings: NormalisedFile['readings']): readonly string[] {
  // Most readings have the instant of the one before.
  let last = { text: '', canonical: '' };
  return readings.map(({ instant: text }) => {
    if (last.text !== text) last = { text, canonical: new Date(text).toISOString() };
    return last.canonical;
  });
}
