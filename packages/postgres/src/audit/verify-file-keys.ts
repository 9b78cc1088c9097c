import { isArchivedFile } from '../archived/archived-months.ts';
import type { Session } from '../connection/session.ts';
import {
  readFaultyOf,
  readLatest,
  type FileKeysCheckpoint,
  type NewCheckpoint,
} from './checkpoints.ts';
import { addFaults, noFaults, type AuditFault, type FileKeyFault, type Faults } from './faults.ts';
import { mostFaulty, type AuditWatch, type CheckpointWriter } from './follow-chain.ts';
import { firstNumberOf, monthOf } from '../months/make-months.ts';
import { Pace } from './pace.ts';
import { tableBegin, type TablePlace, type TableStep } from './verify-contents.ts';

// `file_keys` keeps the identity of files unique: the recorder knows a file that comes again by it. A file
// without its key would be recorded twice; a key without its file would have a new file taken for known.

const subject = 'file keys';

/** The last number that a file or a key has. */
export async function lastFileNumber(session: Session): Promise<number> {
  const [row] = await session.query<{ last: number }>(
    `SELECT greatest((SELECT max(file_no) FROM files), (SELECT max(file_no) FROM file_keys), 0) AS last`,
  );
  if (row === undefined) throw new Error('a SELECT without FROM gave no row');
  return row.last;
}

/** Files and keys with numbers up to `last`: each file has one key with its number, and each key its file. */
export async function* verifyFileKeys(
  session: Session,
  from: TablePlace,
  last: number,
): AsyncGenerator<TableStep> {
  const pace = new Pace();
  let place = from;
  while (!place.isDone) {
    const after = Number(place.after[0] ?? 0);
    const { upto, faults } = await pace.run(async (rows) => {
      const end = await endOfPiece(session, after, last, rows);
      return { upto: end, faults: await verifyRange(session, after, end) };
    });
    place = { ...place, after: [`${upto}`], isDone: upto >= last };
    yield { place, faults };
  }
}

/** So that no more than `rows` files and, but for doubled ones, `rows` keys are in the piece. */
async function endOfPiece(
  session: Session,
  after: number,
  last: number,
  rows: number,
): Promise<number> {
  const nth = (table: string): string =>
    `(SELECT file_no FROM ${table} WHERE file_no > $1 AND file_no <= $2
      ORDER BY file_no OFFSET $3 - 1 LIMIT 1)`;
  const [row] = await session.query<{ upto: number }>(
    `SELECT least(${nth('files')}, ${nth('file_keys')}, $2) AS upto`,
    [after, last, rows],
  );
  if (row === undefined) throw new Error('a SELECT without FROM gave no row');
  return row.upto;
}

/** A file or a key that has no counterpart with the same number and identity. */
interface Unmatched {
  readonly fileNo: number;
  readonly fileId: string;
  readonly isFile: boolean;
  /** Of a file: the number that the key of its identity has; null where there is no such key. */
  readonly keyedNo: number | null;
}

async function verifyRange(
  session: Session,
  after: number,
  upto: number,
): Promise<readonly FileKeyFault[]> {
  const unmatched = await session.query<Unmatched>(
    `SELECT odd."fileNo", encode(odd.file_id, 'hex') AS "fileId", odd."isFile", key.file_no AS "keyedNo"
     FROM (SELECT coalesce(f.file_no, k.file_no) AS "fileNo", coalesce(f.file_id, k.file_id) AS file_id,
                  f.file_no IS NOT NULL AS "isFile"
           FROM (SELECT file_no, file_id FROM files WHERE file_no > $1 AND file_no <= $2) f
           FULL JOIN (SELECT file_no, file_id FROM file_keys WHERE file_no > $1 AND file_no <= $2) k
             ON f.file_no = k.file_no AND f.file_id = k.file_id
           WHERE (f.file_no IS NULL OR k.file_no IS NULL)
             -- Files of archived months have left their keys here.
             AND NOT (f.file_no IS NULL AND ${isArchivedFile('k.file_no')})) odd
     LEFT JOIN file_keys key ON odd."isFile" AND key.file_id = odd.file_id
     ORDER BY odd."fileNo", odd.file_id`,
    [after, upto],
  );
  const ofFiles = new Set(unmatched.filter(({ isFile }) => isFile).map(({ fileId }) => fileId));
  return unmatched.flatMap(({ fileNo, fileId, isFile, keyedNo }): readonly FileKeyFault[] => {
    const item = { kind: 'file-key', fileNo, fileId } as const;
    if (isFile)
      return [
        keyedNo === null ? { ...item, what: 'missing' } : { ...item, what: 'wrong', keyedNo },
      ];
    // A key with a wrong number was named with its file.
    return ofFiles.has(fileId) ? [] : [{ ...item, what: 'extra' }];
  });
}

/** Of everything, up to `last`. What is wrong is named by later audits since a checkpoint too, as it may lie before it. */
export async function* proveFileKeys(
  session: Session,
  from: TablePlace,
  last: number,
  { writer, found }: { readonly writer: CheckpointWriter; readonly found: () => Faults },
): AsyncGenerator<TableStep> {
  yield* verifyFileKeys(session, from, last);
  const upto = Math.min(last, await lastSettled(session));
  const faulty = numbersOf(found().list).filter((number) => number <= upto);
  if (faulty.length > 0) await writer.append(checkpointOf(0, upto, faulty));
}

/**
 * The keys of files that came since the last checkpoint, and those at which earlier audits found something wrong.
 * Makes the next checkpoint, unless too much is wrong: then the next audit finds it all again.
 */
export async function auditFileKeysSince(
  session: Session,
  untrusted: readonly number[],
  writer: CheckpointWriter,
  watch: AuditWatch,
): Promise<Faults> {
  const base = await readLatest<FileKeysCheckpoint>(session, subject, untrusted);
  const before = base?.upto ?? 0;
  let faults = noFaults;
  for (const number of await readFaultyOf(session, subject))
    if (number <= before)
      faults = addFaults(faults, await verifyRange(session, number - 1, number));
  const last = await lastFileNumber(session);
  const settled = await lastSettled(session);
  const faulty: number[] = [];
  const begin = { ...tableBegin, after: [`${before}`], isDone: before >= last };
  for await (const step of verifyFileKeys(session, begin, last)) {
    faults = addFaults(faults, step.faults);
    const found = numbersOf(step.faults).filter((number) => number <= settled);
    faulty.push(...found.slice(0, mostFaulty + 1 - faulty.length));
    watch.onProgress({
      part: 'file_keys',
      done: Number(step.place.after[0]) - before,
      total: last - before,
    });
    watch.signal.throwIfAborted();
  }
  await writer.append(checkpointOf(before, Math.min(last, settled), faulty));
  return faults;
}

/**
 * The keys of files of the month before a time, and of all that came later. It makes no checkpoint, and trusts none:
 * a head that was kept elsewhere is to prove also what somebody who could write everything has changed.
 */
export async function auditFileKeysFrom(
  session: Session,
  time: Date,
  watch: AuditWatch,
): Promise<Faults> {
  const first = firstNumberOf(monthOf(time) - 1);
  // Of before the months numbers have no month in front, and say nothing of their time.
  const [older] = await session.query(
    'SELECT FROM file_keys WHERE file_no >= $1 AND file_no < $2 LIMIT 1',
    [firstNumberOf(1), first],
  );
  const before = older === undefined ? 0 : first - 1;
  const last = await lastFileNumber(session);
  let faults = noFaults;
  const begin = { ...tableBegin, after: [`${before}`], isDone: before >= last };
  for await (const step of verifyFileKeys(session, begin, last)) {
    faults = addFaults(faults, step.faults);
    watch.signal.throwIfAborted();
  }
  return faults;
}

const numbersOf = (faults: readonly AuditFault[]): readonly number[] =>
  faults.flatMap((fault) => (fault.kind === 'file-key' ? [fault.fileNo] : []));

/** Numbers are given out before they are committed, by several recorders at once. */
const inFlight = `interval '10 minutes'`;

/** The last number before which none is missing that is still to come. */
async function lastSettled(session: Session): Promise<number> {
  const [row] = await session.query<{ fileNo: number }>(
    `SELECT file_no AS "fileNo" FROM files WHERE recorded_at < now() - ${inFlight}
     ORDER BY file_no DESC LIMIT 1`,
  );
  return row?.fileNo ?? 0;
}

function checkpointOf(
  before: number,
  upto: number,
  faulty: readonly number[],
): NewCheckpoint | undefined {
  if (upto <= before || faulty.length > mostFaulty) return undefined;
  return { subject, upto, body: { from: before, faulty }, faults: faulty.length };
}
