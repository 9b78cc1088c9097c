import { statement, type Session } from '../session.ts';
import type { TouchedReading } from '../stores/note-assessments-due.ts';
import type { ReadingOutcome } from '../stores/resolve-readings.ts';
import {
  applyCorrections,
  columns,
  columnsOf,
  expectRows,
  groupByKey,
  insertReadings,
  insertRevisions,
  keysOf,
  valueOf,
  type ValueColumns,
  type ReadingRow,
} from '../stores/readings.ts';
import type { FileBefore } from './replayed-files.ts';
import {
  resolveReplayed,
  type CurrentReading,
  type PassedReading,
  type ReplayedOutcome,
} from './resolve-replayed.ts';

/** What became of readings that were kept. */
export interface KeptReadings {
  /** One per row. */
  readonly outcomes: readonly ReadingOutcome[];
  /** Where the current readings are not what they were: to be judged over time again. */
  readonly touched: readonly TouchedReading[];
}

/**
 * Keeps what a file brings that was recorded before and is read again: what was not understood then
 * is new, what was is known. Readings that the file gave under another parameter or station, and
 * gives no longer, go to the revisions.
 */
export async function keepReplayedReadings(
  tx: Session,
  { fileNo, before }: { readonly fileNo: number; readonly before?: FileBefore | undefined },
  rows: readonly ReadingRow[],
): Promise<KeptReadings> {
  if (before === undefined) throw new Error(`file ${fileNo} was replayed without being known`);
  // The normaliser gives one reading per key; more would be refused by the table for ever.
  const firsts = groupByKey(rows).firsts;
  const known = await findKnown(
    tx,
    fileNo,
    firsts.map(({ row }) => row),
  );
  const file = { fileNo, receivedAt: before.receivedAt };
  const decided = firsts.map(({ row, index }, i) => {
    const { current, passed } = known[i] ?? nothingKnown;
    return { row, index, current, outcome: resolveReplayed(row.reading, file, current, passed) };
  });
  const of = (wanted: ReplayedOutcome) => decided.filter(({ outcome }) => outcome === wanted);

  await keepNew(
    tx,
    of('new').map(({ row }) => row),
  );
  await applyCorrections(
    tx,
    of('correction').map(({ row, current }) => ({
      revision: current?.revision ?? 1,
      accepted: [row],
    })),
  );
  await keepOutdated(
    tx,
    of('outdated').map(({ row, current }) => ({ row, revision: current?.revision ?? 1 })),
  );
  const superseded =
    before.state === 'stored' ? await supersedeOthers(tx, fileNo, before, rows) : [];
  // To the ledger an outdated value is one that changed nothing current.
  const outcomes = rows.map((): ReadingOutcome => 'repeat');
  for (const { index, outcome } of decided) if (outcome !== 'outdated') outcomes[index] = outcome;
  const changed = decided.filter(({ outcome }) => outcome !== 'repeat').map(({ row }) => row);
  return { outcomes, touched: [...changed, ...superseded] };
}

interface Known {
  readonly current: (CurrentReading & { readonly revision: number }) | undefined;
  readonly passed: readonly PassedReading[];
}

const nothingKnown: Known = { current: undefined, passed: [] };

/** One per row. */
async function findKnown(
  tx: Session,
  fileNo: number,
  rows: readonly ReadingRow[],
): Promise<readonly Known[]> {
  if (rows.length === 0) return [];
  const keys = keysOf(rows);
  const currents = await tx.query<
    ValueColumns<CurrentReading> & { place: number; revision: number }
  >(selectCurrent, keys);
  if (currents.length === 0) return rows.map(() => nothingKnown);
  const passed = await tx.query<ValueColumns<PassedReading> & { place: number }>(selectPassed, [
    ...keys,
    fileNo,
  ]);
  const currentOf = new Map(currents.map(({ place, ...current }) => [place, valueOf(current)]));
  return rows.map((_, i) => ({
    current: currentOf.get(i + 1),
    passed: passed.filter(({ place }) => place === i + 1).map(valueOf),
  }));
}

/** Nobody else may have brought them meanwhile: their transaction is tried again then. */
async function keepNew(tx: Session, rows: readonly ReadingRow[]): Promise<void> {
  if (rows.length === 0) return;
  await expectRows(tx.execute(insertReadings, columnsOf(rows)), rows.length);
}

/** The current value stays and gets the next revision; the outdated one takes the one before. */
async function keepOutdated(
  tx: Session,
  outdated: readonly { readonly row: ReadingRow; readonly revision: number }[],
): Promise<void> {
  if (outdated.length === 0) return;
  const rows = outdated.map(({ row }) => row);
  const revisions = outdated.map(({ revision }) => revision);
  await expectRows(tx.execute(raiseRevisions, [...keysOf(rows), revisions]), rows.length);
  await tx.execute(insertRevisions, [...columnsOf(rows), revisions]);
}

/** What the file gave until now and gives no longer: under an unknown symbol, for another station. */
async function supersedeOthers(
  tx: Session,
  fileNo: number,
  { stationId, dataFrom, dataTo }: FileBefore,
  rows: readonly ReadingRow[],
): Promise<readonly TouchedReading[]> {
  if (stationId === null || dataFrom === null || dataTo === null) return [];
  const params = [...keysOf(rows), fileNo, stationId, dataFrom, dataTo];
  const moved = await tx.query<{ instant: Date }>(moveToRevisions, params);
  return moved.map(({ instant }) => ({ stationId, instant: instant.toISOString() }));
}

const given = `unnest($1::integer[], $2::integer[], $3::timestamptz[])`;

// A file of this very batch has no reception yet: it came after any that is replayed.
const selectCurrent = statement(
  'replay-current',
  `SELECT given.place, known.value, known.unit, known.status, known.flag, known.reasons,
          known.censored AS relation, known.censored_limit AS "limit",
          known.revision, known.file_no AS "fileNo",
          coalesce((SELECT min(received_at) FROM receptions WHERE file_no = known.file_no),
                   now()) AS "receivedAt"
   FROM ${given} WITH ORDINALITY AS given (station_id, parameter_id, instant, place)
   JOIN readings known USING (station_id, parameter_id, instant)`,
);

const selectPassed = statement(
  'replay-passed',
  `SELECT given.place, known.value, known.unit, known.status, known.censored AS relation,
          known.censored_limit AS "limit", known.file_no AS "fileNo"
   FROM ${given} WITH ORDINALITY AS given (station_id, parameter_id, instant, place)
   JOIN reading_revisions known USING (station_id, parameter_id, instant)
   JOIN files USING (file_no)
   WHERE files.content_hash = (SELECT content_hash FROM files WHERE file_no = $4)`,
);

const raiseRevisions = statement(
  'replay-raise',
  `UPDATE readings SET revision = readings.revision + 1
   FROM unnest($1::integer[], $2::integer[], $3::timestamptz[], $4::integer[])
        AS given (station_id, parameter_id, instant, revision)
   WHERE (readings.station_id, readings.parameter_id, readings.instant, readings.revision)
       = (given.station_id, given.parameter_id, given.instant, given.revision)`,
);

const moveToRevisions = statement(
  'replay-move',
  `WITH moved AS (
     DELETE FROM readings
     WHERE station_id = $5 AND instant BETWEEN $6 AND $7 AND file_no = $4
       AND NOT EXISTS (SELECT FROM ${given} AS given (station_id, parameter_id, instant)
                       WHERE (given.station_id, given.parameter_id, given.instant)
                           = (readings.station_id, readings.parameter_id, readings.instant))
     RETURNING ${columns}, revision, recorded_at
   )
   INSERT INTO reading_revisions (${columns}, revision, recorded_at)
   SELECT ${columns}, revision, recorded_at FROM moved
   RETURNING instant`,
);
