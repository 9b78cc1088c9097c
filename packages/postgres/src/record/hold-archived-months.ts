import type { NormalisedFile } from '@envigate/contracts';
import { quarantineFile, sentence } from '@envigate/domain';
import { isAbsent, type AbsentMonth } from '../archived/archived-months.ts';
import { numberArray, textArray, type Session } from '../connection/session.ts';
import type { RecordableFile } from './files.ts';

/**
 * The same files; those with a reading of an archived month as files for the quarantine, whole. Whether such a reading
 * is new, known or a correction only the archive says: recorded here it would count as new, and would go to the ministry
 * once more. Of a file that is read again by a changed registry only the readings of other months count: what it gave
 * to an archived month remains there as it is.
 */
export function holdArchivedMonths(
  files: readonly RecordableFile[],
  absent: readonly AbsentMonth[],
): readonly RecordableFile[] {
  if (absent.length === 0) return files;
  return files.map((file) =>
    file.type === 'normalised-file.v2' ? heldOrSame(file, absent) : file,
  );
}

function heldOrSame(file: NormalisedFile, absent: readonly AbsentMonth[]): RecordableFile {
  const { readings, station, newestTime, reception } = file;
  const archived = new Map<string, string | undefined>();
  for (const { instant } of readings)
    if (!archived.has(instant)) {
      const ms = Date.parse(instant);
      archived.set(instant, absent.find((month) => isAbsent(ms, month))?.name);
    }
  const names = new Set([...archived.values()].filter((name) => name !== undefined));
  if (names.size === 0) return file;
  if (reception.replay?.reread === true)
    return {
      ...file,
      readings: readings.filter(({ instant }) => archived.get(instant) === undefined),
    };
  const detail = sentence('in-archived-months@1', [...names].sort().join(', '));
  const newestMs = newestTime === undefined ? undefined : Date.parse(newestTime);
  return quarantineFile(file, 'archived-month', detail, { station, newestMs }).message;
}

/** The files without those whose reception is in an archive: the event log handed them over again. */
export async function withoutArchived<F extends RecordableFile>(
  tx: Session,
  files: readonly F[],
  absent: readonly AbsentMonth[],
): Promise<readonly F[]> {
  const old = files.filter(({ reception }) => {
    const ms = Date.parse(reception.receivedAt);
    return absent.some((month) => isAbsent(ms, month));
  });
  if (old.length === 0) return files;
  const rows = await tx.query<{ place: number }>(selectArchived, [
    textArray(old.map(({ reception }) => reception.spoolId)),
    numberArray(old.map(({ reception }) => reception.spoolSequence)),
  ]);
  const known = new Set(rows.map(({ place }) => old[place - 1]));
  return files.filter((file) => !known.has(file));
}

const selectArchived = `
  SELECT place FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS given (spool_id, sequence, place)
  WHERE EXISTS (SELECT FROM archived_sequences a
                WHERE a.spool_id = given.spool_id AND given.sequence BETWEEN from_sequence AND to_sequence)`;
