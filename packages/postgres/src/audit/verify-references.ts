import { agreesWithRawText } from '@envigate/domain';
import type { Session } from '../connection/session.ts';
import type { AuditFault } from './faults.ts';
import { Pace } from './pace.ts';
import { keptColumns, nameReadings, valueFault, type KeptReading } from './verify-contents.ts';

/** Where a walk through a table is; as JSON it is kept by an audit that may be interrupted. */
export interface TablePlace {
  /** Of a table that is read station by station: of how many stations all rows were looked at. */
  readonly stations: number;
  /** The key of the last row that was looked at, as texts; empty at the beginning. */
  readonly after: readonly string[];
  /** Rows that were looked at. */
  readonly rows: number;
  readonly isDone: boolean;
}

export const tableBegin: TablePlace = { stations: 0, after: [], rows: 0, isDone: false };

export interface TableStep {
  readonly place: TablePlace;
  readonly faults: readonly AuditFault[];
}

const keys = {
  readings: { names: 'instant, parameter_id', types: ['timestamptz', 'integer'] },
  reading_revisions: {
    names: 'instant, parameter_id, revision, superseded_at',
    types: ['timestamptz', 'integer', 'integer', 'timestamptz'],
  },
} as const;

type WalkedReading = KeptReading & { readonly isOrphan: boolean; readonly key: readonly string[] };

/** Every reading of the stations: its file is there, and its number is the one of its raw text. */
export async function* verifyReadings(
  session: Session,
  table: keyof typeof keys,
  from: TablePlace,
  stationIds: readonly number[],
): AsyncGenerator<TableStep> {
  const pace = new Pace();
  const { names, types } = keys[table];
  const behind = `AND (${names}) > (${types.map((type, i) => `$${i + 3}::${type}`).join(', ')})`;
  let place = from;
  for (const stationId of stationIds.slice(from.stations)) {
    let isLast = false;
    while (!isLast) {
      const { stations, after, rows } = place;
      const found = await pace.run(async (limit) => {
        const page = await session.query<WalkedReading>(
          `SELECT ${keptColumns}, ARRAY[${names.replaceAll(/\w+/g, '$&::text')}] AS key,
                  NOT EXISTS (SELECT FROM files f WHERE f.file_no = kept.file_no) AS "isOrphan"
           FROM (SELECT * FROM ${table} WHERE station_id = $1 ${after.length === 0 ? '' : behind}
                 ORDER BY ${names} LIMIT $2) kept
           ORDER BY ${names}`,
          [stationId, limit, ...after],
        );
        isLast = page.length < limit;
        return page;
      });
      const wrong = found.filter((reading) => reading.isOrphan || !agreesWithRawText(reading));
      const faults = (await nameReadings(session, wrong)).map((reading): AuditFault => {
        if (!reading.isOrphan) return valueFault(reading);
        const { station, parameter, instant, fileNo } = reading;
        const item = `${station} ${parameter} ${instant.toISOString()}`;
        return { kind: 'file-gone', table, item, fileNo };
      });
      place = {
        stations: isLast ? stations + 1 : stations,
        after: isLast ? [] : (found.at(-1)?.key ?? []),
        rows: rows + found.length,
        isDone: false,
      };
      yield { place, faults };
    }
  }
  yield { place: { ...place, isDone: true }, faults: [] };
}

const numbers = { quarantine: 'quarantine_id', deliveries: 'delivery_id' } as const;

/** Every row up to the number `last`: its file is there. */
export async function* verifyFileNumbers(
  session: Session,
  table: keyof typeof numbers,
  from: TablePlace,
  last: number,
): AsyncGenerator<TableStep> {
  const pace = new Pace();
  const id = numbers[table];
  let place = from;
  while (!place.isDone) {
    const { after, rows: before } = place;
    const step = await pace.run(async (limit) => {
      const rows = await session.query<{ id: number; fileNo: number; isOrphan: boolean }>(
        `SELECT ${id} AS id, file_no AS "fileNo",
                NOT EXISTS (SELECT FROM files f WHERE f.file_no = kept.file_no) AS "isOrphan"
         FROM (SELECT ${id}, file_no FROM ${table}
               WHERE ${id} > $1 AND ${id} <= $2 ORDER BY ${id} LIMIT $3) kept
         ORDER BY ${id}`,
        [Number(after[0] ?? 0), last, limit],
      );
      return { rows, isLast: rows.length < limit };
    });
    const faults = step.rows
      .filter(({ isOrphan }) => isOrphan)
      .map(({ id: item, fileNo }): AuditFault => ({
        kind: 'file-gone',
        table,
        item: `${item}`,
        fileNo,
      }));
    place = {
      ...place,
      isDone: step.isLast,
      after: [`${step.rows.at(-1)?.id ?? last}`],
      rows: before + step.rows.length,
    };
    yield { place, faults };
  }
}
