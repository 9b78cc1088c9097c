import type { Session } from '../connection/session.ts';
import {
  monthlyTables,
  monthNamed,
  monthOf,
  nameOf,
  readPartitions,
  startOf,
  type Month,
} from '../months/make-months.ts';

/** All before the first month, `<table>_before`, is archived as one. */
export const beforeAll = 'before';

/** What is archived as a whole: a month, or all before the first one. */
export interface Unit {
  /** `2026-03` or `before`; the archive is named after it. */
  readonly name: string;
  /** Undefined: before the first month. */
  readonly month: Month | undefined;
}

const monthForm = /^(\d{4})-(0[1-9]|1[0-2])$/;

/** Undefined where the text is no month. */
export function parseUnit(text: string): Unit | undefined {
  if (text === beforeAll) return { name: beforeAll, month: undefined };
  const [, year] = monthForm.exec(text) ?? [];
  if (year === undefined || Number(year) < 1970) return undefined;
  return { name: text, month: monthOf(new Date(`${text}-01T00:00:00Z`)) };
}

export const unitOf = (month: Month): Unit => ({ name: nameOf(month).replace('_', '-'), month });

type MonthlyTableName = (typeof monthlyTables)[number]['table'];

/** How a table is written: a row of the archive is a row of it, in this order. */
export interface WrittenTable {
  readonly table: string;
  readonly order: string;
  /** Rows that are read at once: those of some tables have up to 2 MiB of text. */
  readonly rowsAtOnce: number;
}

export interface ArchivedTable extends WrittenTable {
  readonly table: MonthlyTableName;
}

export const archivedTables: readonly ArchivedTable[] = [
  { table: 'files', order: 'file_no', rowsAtOnce: 64 },
  { table: 'receptions', order: 'chain, chain_sequence', rowsAtOnce: 2_000 },
  { table: 'readings', order: 'station_id, instant, parameter_id', rowsAtOnce: 2_000 },
  {
    table: 'reading_revisions',
    order: 'station_id, instant, parameter_id, revision, superseded_at',
    rowsAtOnce: 2_000,
  },
  { table: 'reading_assessments', order: 'station_id, instant, parameter_id', rowsAtOnce: 2_000 },
  {
    table: 'reading_assessment_history',
    order: 'station_id, instant, parameter_id, revision, superseded_at, assessed_at, flag, reasons',
    rowsAtOnce: 2_000,
  },
  { table: 'quarantine', order: 'quarantine_id', rowsAtOnce: 64 },
  { table: 'deliveries', order: 'delivery_id', rowsAtOnce: 64 },
];

/** Numbers in the archive, and the codes that people know. */
export const keyTables = [
  { table: 'station_keys', file: 'stations.csv', id: 'station_id', code: 'station' },
  { table: 'parameter_keys', file: 'parameters.csv', id: 'parameter_id', code: 'parameter' },
] as const;

/** Where detached months are until their archive was verified, and restored ones until they are attached. */
export const archivingSchema = 'archiving';

/** A partition of a unit. */
export interface UnitPartition {
  readonly table: MonthlyTableName;
  readonly key: string;
  readonly partition: string;
  /** `FOR VALUES FROM … TO …`. */
  readonly bound: string;
}

/**
 * The partitions of a unit that there are. An installation that was taken over has months of files and of quarantine
 * that no other table has.
 */
export async function partitionsOf(
  session: Session,
  { month }: Unit,
): Promise<readonly UnitPartition[]> {
  const suffix = month === undefined ? beforeAll : nameOf(month);
  const rows = await session.query<{ table: string; bound: string }>(
    `SELECT parent.relname AS table, pg_get_expr(child.relpartbound, child.oid) AS bound
     FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
     WHERE inhparent = ANY($1::regclass[]) AND child.relname = parent.relname || '_' || $2`,
    [monthlyTables.map(({ table }) => table), suffix],
  );
  const bounds = new Map(rows.map(({ table, bound }) => [table, bound]));
  return monthlyTables.flatMap(({ table, key }) => {
    const bound = bounds.get(table);
    return bound === undefined ? [] : [{ table, key, partition: `${table}_${suffix}`, bound }];
  });
}

/** A unit with its partitions of files and of receptions. */
export interface LedgerUnit extends Unit {
  readonly partitions: readonly string[];
}

/** All units that there are, the oldest first. */
export async function listUnits(session: Session): Promise<readonly LedgerUnit[]> {
  const units = new Map<string, LedgerUnit>();
  for (const { table, name } of await readPartitions(session, ['files', 'receptions'])) {
    const month = monthNamed(name);
    if (month === undefined && name !== `${table}_${beforeAll}`) continue;
    const unit = month === undefined ? { name: beforeAll, month } : unitOf(month);
    const partitions = units.get(unit.name)?.partitions ?? [];
    units.set(unit.name, { ...unit, partitions: [...partitions, name] });
  }
  return [...units.values()].sort((one, other) => (one.month ?? -1) - (other.month ?? -1));
}

/** Whether there are files or receptions in a unit. */
export async function hasRows(session: Session, { partitions }: LedgerUnit): Promise<boolean> {
  const rows = partitions.map((partition) => `EXISTS (SELECT FROM ${partition})`);
  const [row] = await session.query<{ isFilled: boolean }>(
    `SELECT ${rows.join(' OR ')} AS "isFilled"`,
  );
  return row?.isFilled === true;
}

/** The same as `key >= … AND key < …`. */
export function conditionOf({ key, bound }: Pick<UnitPartition, 'key' | 'bound'>): string {
  const [, from, to] = /^FOR VALUES FROM \((.+)\) TO \((.+)\)$/.exec(bound) ?? [];
  if (from === undefined || to === undefined)
    throw new Error(`'${bound}' is not the bound of a range`);
  return [
    `${key} IS NOT NULL`,
    ...(from === 'MINVALUE' ? [] : [`${key} >= ${from}`]),
    ...(to === 'MAXVALUE' ? [] : [`${key} < ${to}`]),
  ].join(' AND ');
}

/** First and last number of a partition by number, the last exclusive; none is below 1. */
export function numbersOf({ bound }: Pick<UnitPartition, 'bound'>): readonly [number, number] {
  const [, from = '1', to] =
    /^FOR VALUES FROM \((?:MINVALUE|'(\d+)')\) TO \('(\d+)'\)$/.exec(bound) ?? [];
  if (to === undefined) throw new Error(`'${bound}' is not a range of numbers`);
  return [Number(from), Number(to)];
}

/** Of the instants and receptions of a unit; `from` is undefined before the first month. */
export async function timesOf(
  session: Session,
  { month }: Unit,
): Promise<{ readonly from: Date | undefined; readonly to: Date }> {
  if (month !== undefined) return { from: startOf(month), to: startOf(month + 1) };
  const [row] = await session.query<{ to: Date }>(
    `SELECT substring(pg_get_expr(relpartbound, oid) FROM $$TO \\('(.+)'\\)$$)::timestamptz AS to
     FROM pg_class WHERE oid = 'receptions_before'::regclass`,
  );
  if (row === undefined) throw new Error('receptions_before is no partition');
  return { from: undefined, to: row.to };
}

export interface ColumnType {
  readonly name: string;
  /** As PostgreSQL writes it. */
  readonly type: string;
}

/** Of a table, in the order in which they are written. */
export async function columnsOf(session: Session, table: string): Promise<readonly ColumnType[]> {
  return session.query<ColumnType>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [table],
  );
}
