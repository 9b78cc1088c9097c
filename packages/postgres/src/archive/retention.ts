import type { Database } from '../connection/database.ts';
import { readTime } from '../connection/server-time.ts';
import type { Session } from '../connection/session.ts';
import { findArchived } from '../archived/archived-months.ts';
import { monthNamed, monthOf, readPartitions, startOf } from '../months/make-months.ts';
import { archiveLock } from './archive-month.ts';
import { hasRows, listUnits, timesOf, type Unit } from './archived-tables.ts';

/** The first moment that is kept: `keepMonths` whole months before the present one (UTC). */
async function keptFrom(session: Session, keepMonths: number): Promise<Date> {
  return startOf(monthOf(await readTime(session)) - keepMonths);
}

/**
 * Months that are older than the record is to keep, and not archived yet; the oldest first. Undefined keeps all. Nothing
 * is removed: that takes an archive.
 */
export async function listDueForArchive(
  session: Session,
  keepMonths: number | undefined,
): Promise<readonly Unit[]> {
  if (keepMonths === undefined) return [];
  const from = await keptFrom(session, keepMonths);
  const due: Unit[] = [];
  for (const unit of await listUnits(session)) {
    const { to } = await timesOf(session, unit);
    // Months that are kept are not looked into: each scrape of the metrics asks.
    if (to > from || !(await hasRows(session, unit))) continue;
    const known = await findArchived(session, unit.name);
    if (known === undefined || known.state === 'writing' || known.state === 'detached')
      due.push(unit);
  }
  return due;
}

export interface RemovedHistory {
  readonly partition: string;
  readonly rows: number;
}

/** Readers of a partition are not waited for: the next look tries again. */
const lockTimeout = '1s';

/**
 * Removes earlier verdicts of rules over time that are older than so many whole months. They can be computed again from
 * what is kept, so that they need no archive. Undefined where an archive or a restore is under way, or another process
 * does it: the next look tries again.
 */
export async function removeAssessmentHistory(
  database: Database,
  afterMonths: number,
): Promise<readonly RemovedHistory[] | undefined> {
  const lock = await database.advisoryLock(archiveLock);
  if (lock === undefined) return undefined;
  try {
    const from = await keptFrom(database, afterMonths);
    const partitions = await readPartitions(database, ['reading_assessment_history']);
    const names = partitions.map(({ name }) => name).sort();
    const removed: RemovedHistory[] = [];
    for (const name of names) {
      const month = monthNamed(name);
      if (month === undefined || startOf(month + 1) > from) continue;
      const rows = await empty(database, name);
      if (rows > 0) removed.push({ partition: name, rows });
    }
    return removed;
  } finally {
    await lock.release();
  }
}

async function empty(database: Database, partition: string): Promise<number> {
  return database.transaction(async (tx) => {
    const [any] = await tx.query(`SELECT FROM ${partition} LIMIT 1`);
    if (any === undefined) return 0;
    await tx.execute(`SET LOCAL lock_timeout = '${lockTimeout}'; SET LOCAL statement_timeout = 0`);
    await tx.execute(`LOCK TABLE ${partition} IN ACCESS EXCLUSIVE MODE`);
    const [row] = await tx.query<{ count: number }>(`SELECT count(*) FROM ${partition}`);
    await tx.execute(`TRUNCATE ${partition}`);
    return row?.count ?? 0;
  });
}
