import type { Session } from '../connection/session.ts';
import { columnsOf, type ColumnType, type WrittenTable } from './archived-tables.ts';
import type { Field } from './csv.ts';

/** Where the rows of a table are read from. */
export interface TableSource {
  readonly of: WrittenTable;
  /** The partition, with its schema; undefined: the unit has none of this table. */
  readonly from: string | undefined;
  /** Tables that have the files of its receptions. */
  readonly files: readonly string[];
}

/** What the chain of the ledger says of a reception's file, which may be in another month. */
const columnsOfFile: readonly ColumnType[] = [
  { name: 'file_name', type: 'text' },
  { name: 'file_id', type: 'bytea' },
  { name: 'file_content_hash', type: 'bytea' },
];

/** The columns of a table in an archive. */
export async function archivedColumns(
  session: Session,
  { table }: WrittenTable,
): Promise<readonly ColumnType[]> {
  const columns = await columnsOf(session, table);
  return table === 'receptions' ? [...columns, ...columnsOfFile] : columns;
}

/** Those that the table itself has, by what it is. */
export function ownColumns(table: string, columns: readonly ColumnType[]): readonly ColumnType[] {
  return table === 'receptions' ? columns.slice(0, -columnsOfFile.length) : columns;
}

/**
 * The rows as PostgreSQL writes them as text: doubles exactly, times to the microsecond in UTC, bytes in hexadecimal.
 * Within a transaction, so that all tables are of one moment. A page at a time is in memory.
 */
export async function* readTable(
  tx: Session,
  { of, from, files }: TableSource,
  columns: readonly ColumnType[],
): AsyncGenerator<readonly (readonly Field[])[]> {
  if (from === undefined) return;
  const names = ownColumns(of.table, columns).map(({ name }) => `r.${name}::text`);
  const isLedger = of.table === 'receptions';
  const more = isLedger ? ['f.name', 'f.file_id::text', 'f.content_hash::text'] : [];
  const list = [...names, ...more].map((name, i) => `${name} AS c${i}`).join(', ');
  const join = isLedger ? `LEFT JOIN LATERAL (${filesOf(files)} LIMIT 1) f ON true` : '';
  const order = of.order.replaceAll(/\w+/g, 'r.$&');
  await tx.execute(
    `DECLARE archived_rows NO SCROLL CURSOR FOR SELECT ${list} FROM ${from} r ${join} ORDER BY ${order}`,
  );
  for (;;) {
    const rows = await tx.query<Record<string, Field>>(`FETCH ${of.rowsAtOnce} FROM archived_rows`);
    if (rows.length === 0) break;
    yield rows.map((row) => columns.map((_, i) => row[`c${i}`] ?? null));
  }
  await tx.execute('CLOSE archived_rows');
}

function filesOf(tables: readonly string[]): string {
  return tables
    .map((table) => `SELECT name, file_id, content_hash FROM ${table} WHERE file_no = r.file_no`)
    .join(' UNION ALL ');
}
