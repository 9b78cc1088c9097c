import {
  monthlyTables,
  monthOf,
  nameOf,
  startOf,
  type Database,
  type Month,
} from '@envigate/postgres';
import type { RecordSize, Segment } from './record-size.ts';
import { insertSurroundings, mostStations } from './surroundings.ts';
import { insertsOfSegment } from './segment-rows.ts';

const dayMs = 24 * 3_600_000;
/** A file every five minutes. */
const filesOfDay = 288;

/**
 * Fills an empty, migrated database by SQL with a record of many months, as the recorder, the gap detector and the
 * forwarder would have left it; but for the hashes of the ledger. A few percent are duplicates or in quarantine. One
 * account sends most; there are stations that send rarely, and stations that fell silent; a target that takes nothing
 * since two months has a backlog. On its last day every station sends every five minutes, where the size allows it.
 *
 * A month is filled before it has indexes, so that millions of rows take minutes. Two months at a time.
 */
export async function makeBigRecord(
  database: Database,
  size: RecordSize,
  onMonth: (month: string) => void = () => undefined,
): Promise<void> {
  if (size.stations < mostStations.rare + mostStations.silent + 10)
    throw new Error(`a record of ${size.stations} stations: expected at least 20`);
  const unlimited = database.withLimits({ poolSize: 2, statementTimeoutMs: 0, lockTimeoutMs: 0 });
  try {
    const [row] = await unlimited.query<{ now: Date }>('SELECT now() AS now');
    const segments = segmentsOf(size, row!.now);
    const months = [...new Set(segments.map(({ month }) => month))];
    await clearMonths(unlimited, months[0]!, months.at(-1)!);
    await unlimited.execute('ALTER TABLE file_keys DROP CONSTRAINT file_keys_pkey');
    const waiting = [...months];
    const work = async (): Promise<void> => {
      for (let month = waiting.shift(); month !== undefined; month = waiting.shift()) {
        const ofMonth = segments.filter((segment) => segment.month === month);
        await fillMonth(unlimited, month, ofMonth, { ...size, now: row!.now });
        onMonth(nameOf(month));
      }
    };
    await Promise.all([work(), work()]);
    await unlimited.execute('ALTER TABLE file_keys ADD PRIMARY KEY (file_id)');
    await insertSurroundings(unlimited, size);
    await unlimited.execute('ANALYZE');
  } finally {
    await unlimited.close();
  }
}

/** The months up to now, the last day by itself. */
function segmentsOf({ stations, months, receptions }: RecordSize, now: Date): readonly Segment[] {
  const present = monthOf(now);
  const dayFrom = new Date(now.getTime() - dayMs);
  const starts = Array.from({ length: months }, (_, i) => startOf(present - months + 1 + i));
  const times = [...starts, dayFrom, now].toSorted((a, b) => a.getTime() - b.getTime());
  const ofDay = Math.min(stations * filesOfDay, Math.floor(receptions / 10));
  const perMs = (receptions - ofDay) / (dayFrom.getTime() - starts[0]!.getTime());
  const segments: Segment[] = [];
  let firstFile = 1;
  for (const [i, from] of times.slice(0, -1).entries()) {
    const to = times[i + 1]!;
    const ms = to.getTime() - from.getTime();
    const files = Math.round(from < dayFrom ? ms * perMs : (ms / dayMs) * ofDay);
    if (files > 0) segments.push({ month: monthOf(from), from, to, firstFile, files });
    firstFile += files;
  }
  return segments;
}

/** Leaves room for the months from `first` to `last`: `<table>_before` ends where they begin. */
async function clearMonths(database: Database, first: Month, last: Month): Promise<void> {
  for (const { table, boundOf } of monthlyTables) {
    const names = await database.query<{ name: string }>(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass`,
      [table],
    );
    const upto = `${table}_${nameOf(last)}`;
    const inTheWay = names
      .map(({ name }) => name)
      .filter((name) => /_\d{4}_\d{2}$/.test(name) && name <= upto);
    await database.transaction(async (tx) => {
      await tx.execute(`ALTER TABLE ${table} DETACH PARTITION ${table}_before`);
      for (const name of inTheWay) await tx.execute(`DROP TABLE ${name}`);
      await tx.execute(
        `ALTER TABLE ${table} ATTACH PARTITION ${table}_before
           FOR VALUES FROM (MINVALUE) TO ('${boundOf(first)}')`,
      );
    });
  }
}

async function fillMonth(
  database: Database,
  month: Month,
  segments: readonly Segment[],
  size: RecordSize & { readonly now: Date },
): Promise<void> {
  const name = nameOf(month);
  await database.transaction(async (tx) => {
    await tx.execute(
      `SET LOCAL maintenance_work_mem = '256MB'; SET LOCAL synchronous_commit = off`,
    );
    await tx.execute(finishMonth);
    for (const { table } of monthlyTables)
      await tx.execute(
        `CREATE TABLE ${table}_${name}
           (LIKE ${table}_before INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY)`,
      );
    for (const segment of segments)
      for (const statement of insertsOfSegment(segment, name, size)) await tx.execute(statement);
    for (const { table } of monthlyTables)
      await tx.query('SELECT pg_temp.finish_month($1, $2)', [
        `${table}_before`,
        `${table}_${name}`,
      ]);
    // Last: the other worker waits for the tables until this one is done.
    for (const { table, boundOf } of monthlyTables)
      await tx.execute(
        `ALTER TABLE ${table} ATTACH PARTITION ${table}_${name}
           FOR VALUES FROM ('${boundOf(month)}') TO ('${boundOf(month + 1)}')`,
      );
  });
  for (const { table } of monthlyTables) await database.execute(`VACUUM ${table}_${name}`);
}

/** Gives a month the indexes and options of another partition. */
const finishMonth = `
  CREATE OR REPLACE FUNCTION pg_temp.finish_month(model text, month text) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    options text;
    index record;
  BEGIN
    SELECT array_to_string(reloptions, ', ') INTO options FROM pg_class WHERE oid = model::regclass;
    IF options IS NOT NULL THEN
      EXECUTE format('ALTER TABLE %I SET (%s)', month, options);
    END IF;
    FOR index IN
      SELECT indisunique, indisprimary,
             substring(pg_get_indexdef(indexrelid) FROM ' USING (.*)$') AS definition,
             substring(pg_get_indexdef(indexrelid) FROM ' USING btree (\\(.*\\))$') AS columns
      FROM pg_index WHERE indrelid = model::regclass
    LOOP
      IF index.indisprimary THEN
        EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY %s', month, index.columns);
      ELSIF index.indisunique THEN
        EXECUTE format('CREATE UNIQUE INDEX ON %I USING %s', month, index.definition);
      ELSE
        EXECUTE format('CREATE INDEX ON %I USING %s', month, index.definition);
      END IF;
    END LOOP;
  END $$`;
