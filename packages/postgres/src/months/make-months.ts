import type { Database } from '../connection/database.ts';
import { readTime } from '../connection/server-time.ts';
import { DatabaseError, lockNotAvailable, type Session } from '../connection/session.ts';

/** Where nobody says otherwise: as the configuration has it. */
export const defaultMonthsAhead = 3;

const byNumber = {
  isByNumber: true,
  boundOf: (month: Month) => String(firstNumberOf(month)),
  monthOfBound: '(bound::bigint >> 36)::integer',
};
const byTime = {
  isByNumber: false,
  boundOf: (month: Month) => startOf(month).toISOString(),
  monthOfBound: 'month_number(bound::timestamptz)::integer',
};

/**
 * The tables of the record that are partitioned by month, and what by. Each consists of
 *
 * - `<table>_before`: all before its first month. Of an installation that was taken over by migration 0027
 *   it has what was there then.
 * - `<table>_2026_11` and so on, without a hole. Time alone makes them, one after the other. Data never do:
 *   what a clock or a file says is not ours to trust.
 * - `<table>_after`: all after its last month. Only clocks that are ahead write there. It is no DEFAULT
 *   partition; the next month takes its rows over when it is made.
 */
export const monthlyTables = [
  { table: 'files', key: 'file_no', ...byNumber },
  { table: 'quarantine', key: 'quarantine_id', ...byNumber },
  { table: 'receptions', key: 'received_at', ...byTime },
  { table: 'readings', key: 'instant', ...byTime },
  { table: 'reading_revisions', key: 'instant', ...byTime },
  { table: 'reading_assessments', key: 'instant', ...byTime },
  { table: 'reading_assessment_history', key: 'instant', ...byTime },
  { table: 'deliveries', key: 'data_instant', ...byTime },
] as const;

type MonthlyTable = (typeof monthlyTables)[number];

/**
 * Of a table, in one call: a clock that is decades ahead for an hour makes a few months too many, not
 * hundreds. The next call goes on.
 */
const maxMonthsAtOnce = 6;

/**
 * Readers and writers of a table wait while a month is put into it, and for as long while that waits for a
 * long query. After this time it gives way; the months ahead leave weeks for the next try.
 */
const lockTimeout = '1s';

export interface MadeMonth {
  readonly partition: string;
  /** Rows of a clock that was ahead, which waited for this month. */
  readonly movedRows: number;
}

export interface MonthsLook {
  readonly made: readonly MadeMonth[];
  /** Tables that were in use for too long; the next look tries again. */
  readonly busy: readonly string[];
}

/**
 * Makes what is missing of the months up to `monthsAhead` after the present one, each in a transaction of
 * its own. Several processes may call it at once.
 */
export async function makeMonths(database: Database, monthsAhead: number): Promise<MonthsLook> {
  // Without limits: where no month was made for long, many rows may have to be moved.
  const connection = await database.connectDedicated({ statementTimeoutMs: 0, lockTimeoutMs: 0 });
  const made: MadeMonth[] = [];
  const busy: string[] = [];
  try {
    const { session } = connection;
    const upto = monthOf(await readTime(session)) + monthsAhead;
    for (const table of monthlyTables) {
      try {
        for (let count = 0; count < maxMonthsAtOnce; count++) {
          const month = await session.transaction((tx) => makeNextMonth(tx, table, upto));
          if (month === undefined) break;
          made.push(month);
        }
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.code !== lockNotAvailable) throw error;
        busy.push(table.table);
      }
    }
  } finally {
    await connection.close();
  }
  return { made, busy };
}

/** Whole months that follow the present one, of the table that has the fewest. */
export async function countMonthsAhead(session: Session): Promise<number> {
  const now = monthOf(await readTime(session));
  const partitions = await readPartitions(
    session,
    monthlyTables.map(({ table }) => table),
  );
  const lasts = monthlyTables.map(({ table }) =>
    lastMonthOf(partitions.filter((each) => each.table === table)),
  );
  return Math.min(...lasts.map((last) => last ?? now)) - now;
}

async function makeNextMonth(
  tx: Session,
  monthly: MonthlyTable,
  upto: Month,
): Promise<MadeMonth | undefined> {
  const { table, key, boundOf } = monthly;
  // One process at a time; the others find the month.
  await lockMonths(tx);
  const partitions = await readPartitions(tx, [table]);
  const month = (lastMonthOf(partitions) ?? (await lastBefore(tx, monthly))) + 1;
  if (month > upto) return undefined;
  const [before, after, partition] = [
    `${table}_before`,
    `${table}_after`,
    `${table}_${nameOf(month)}`,
  ];
  const [from, to] = [boundOf(month), boundOf(month + 1)];
  await tx.execute(`SET LOCAL lock_timeout = '${lockTimeout}'`);
  await tx.execute(`ALTER TABLE ${table} DETACH PARTITION ${after}`);
  await tx.execute(`CREATE TABLE ${partition} (LIKE ${before} INCLUDING ALL EXCLUDING IDENTITY)`);
  await copyOptions(tx, before, partition);
  const movedRows = await tx.execute(
    `WITH moved AS (DELETE FROM ${after} WHERE ${key} < '${to}' RETURNING *)
     INSERT INTO ${partition} SELECT * FROM moved`,
  );
  await tx.execute(
    `ALTER TABLE ${table} ATTACH PARTITION ${partition} FOR VALUES FROM ('${from}') TO ('${to}')`,
  );
  await tx.execute(
    `ALTER TABLE ${table} ATTACH PARTITION ${after} FOR VALUES FROM ('${to}') TO (MAXVALUE)`,
  );
  return { partition, movedRows };
}

/** Nobody else makes a month until the end of the transaction. */
export async function lockMonths(tx: Session): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('envigate months', 0))`);
}

export interface Partition {
  readonly table: string;
  readonly name: string;
}

/** Of several tables, in no order. */
export function readPartitions(
  session: Session,
  tables: readonly string[],
): Promise<readonly Partition[]> {
  return session.query<Partition>(
    `SELECT parent.relname AS table, child.relname AS name
     FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
       JOIN pg_class parent ON parent.oid = inhparent
     WHERE inhparent = ANY($1::regclass[])`,
    [tables],
  );
}

/** A sub-select of the first time of each partition, and of the first one after it. */
export const timesOfPartitions = (table: string): string =>
  `SELECT coalesce(substring(bound FROM $$FROM \\('(.+)'\\) TO$$), '-infinity')::timestamptz AS from_time,
          coalesce(substring(bound FROM $$TO \\('(.+)'\\)$$), 'infinity')::timestamptz AS to_time
   FROM (SELECT pg_get_expr(relpartbound, child.oid) AS bound
         FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
         WHERE inhparent = '${table}'::regclass) partition`;

function lastMonthOf(partitions: readonly Partition[]): Month | undefined {
  const months = partitions
    .map(({ name }) => monthNamed(name))
    .filter((month) => month !== undefined);
  return months.length === 0 ? undefined : Math.max(...months);
}

/** Where no month was made yet: the one before that at which `<table>_before` ends. */
async function lastBefore(session: Session, { table, monthOfBound }: MonthlyTable): Promise<Month> {
  const [row] = await session.query<{ first: Month | null }>(
    `SELECT ${monthOfBound} AS first
     FROM (SELECT substring(pg_get_expr(relpartbound, oid) FROM $$TO \\('(.+)'\\)$$) AS bound
           FROM pg_class WHERE oid = $1::regclass) partition`,
    [`${table}_before`],
  );
  const first = row?.first ?? undefined;
  if (first === undefined) throw new Error(`${table}_before is no partition with an end`);
  return first - 1;
}

/** LIKE copies all but the storage options. */
export async function copyOptions(tx: Session, from: string, to: string): Promise<void> {
  const [row] = await tx.query<{ options: string | null }>(
    `SELECT array_to_string(reloptions, ', ') AS options FROM pg_class WHERE oid = $1::regclass`,
    [from],
  );
  const options = row?.options ?? '';
  if (options !== '') await tx.execute(`ALTER TABLE ${to} SET (${options})`);
}

/**
 * Months of the record, in UTC, counted from January 1970: 2026-11 is 682.
 *
 * The numbers of files and of rows of quarantine have their month in front, `month << 36 | sequence`, so
 * that their tables are partitioned by the number alone. They stay below 2^53, so that they are exact in
 * JavaScript. `number_in_month` of migration 0027 gives them out.
 */
export type Month = number;

const numbersOfMonth = 2 ** 36;

export function monthOf(time: Date): Month {
  return (time.getUTCFullYear() - 1970) * 12 + time.getUTCMonth();
}

/** Its first moment. */
export function startOf(month: Month): Date {
  return new Date(Date.UTC(1970 + Math.floor(month / 12), month % 12, 1));
}

/** The least number that a row of the month may have. */
export function firstNumberOf(month: Month): number {
  return month * numbersOfMonth;
}

/** `2026_11`, as the names of partitions end. */
export function nameOf(month: Month): string {
  return startOf(month).toISOString().slice(0, 7).replace('-', '_');
}

/** The month that the name of a partition ends with; undefined where it ends otherwise. */
export function monthNamed(partition: string): Month | undefined {
  const [, year, month] = /_(\d{4})_(\d{2})$/.exec(partition) ?? [];
  return year === undefined ? undefined : (Number(year) - 1970) * 12 + Number(month) - 1;
}
