import {
  absentStates,
  hashOfKept,
  listAbsentMonths,
  type ArchivedMonth,
} from '../archived/archived-months.ts';
import type { Session } from '../connection/session.ts';
import { readLatest, subjectOfArchive, type ArchiveCheckpoint } from './checkpoints.ts';
import type { AuditFault } from './faults.ts';

/** What an audit does not recompute, as it is in archives. */
export interface ArchivedScope {
  readonly months: readonly Pick<ArchivedMonth, 'name' | 'folder' | 'host' | 'state'>[];
  readonly receptions: number;
}

export async function readArchivedScope(session: Session): Promise<ArchivedScope> {
  const months = await listAbsentMonths(session);
  const [row] = await session.query<{ receptions: number }>(
    `SELECT coalesce(sum(to_sequence - from_sequence + 1), 0)::bigint AS receptions
     FROM archived_links JOIN archived_months USING (archive_id) WHERE state IN ${absentStates}`,
  );
  return {
    months: months.map(({ name, folder, host, state }) => ({ name, folder, host, state })),
    receptions: row?.receptions ?? 0,
  };
}

/**
 * What the database keeps of each archived month is as it was when the month was removed: its hash is in the chain of
 * the checkpoints. A month that was put in without being archived has no checkpoint.
 */
export async function verifyArchivedMonths(session: Session): Promise<readonly AuditFault[]> {
  const faults: AuditFault[] = [];
  for (const { archiveId, name, state, manifest } of await listAbsentMonths(session)) {
    // A month that is just being taken out gets its checkpoint at the end; its rows are in the schema `archiving`.
    if (state === 'detached') continue;
    const made = await readLatest<ArchiveCheckpoint>(session, subjectOfArchive(name));
    const isAsMade =
      made?.upto === archiveId &&
      made.body.manifest === manifest &&
      made.body.kept === (await hashOfKept(session, archiveId));
    if (!isAsMade) faults.push({ kind: 'archive', month: name, what: 'changed' });
  }
  return faults;
}
