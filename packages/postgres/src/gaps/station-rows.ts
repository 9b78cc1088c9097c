import {
  type Coverage,
  type Decided,
  type GapChangeReason,
  groupBy,
  seriesKey,
  type SeriesKey,
  type GapKind,
  type GapLevel,
  type Silence,
  type Silences,
  type StationCoverage,
  type StationState,
  type TakenOut,
  unknownStation,
} from '@envigate/domain';
import { numbers, parametersOf, texts, type Column } from '../connection/columns.ts';
import { numberArray, statement, type Session } from '../connection/session.ts';

/** From the first to the last instant, UTC milliseconds; infinite where there is no bound. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** What is known of the silences of a station. */
export interface KnownStation {
  readonly state: StationState;
  /** By what the registry said of its gaps when they were judged; undefined: not noted. */
  readonly judgedBy: string | undefined;
}

/** A station whose rows nobody else changes until the end of the transaction. */
export interface LockedStation extends KnownStation {
  readonly stationId: number;
  readonly station: string;
  /** Numbers of the rows by series and `from`. */
  readonly gapIds: ReadonlyMap<string, number>;
}

/**
 * Locks stations in the order of their numbers and reads what is known of them, each with its open silences
 * and the closed ones that its span touches; without a span only with the open ones.
 */
export async function lockStations(
  tx: Session,
  stationIds: readonly number[],
  spanOf: (station: string) => Span | undefined,
): Promise<readonly LockedStation[]> {
  const keys = await tx.query<StationKey>(lockKeys, [numberArray(stationIds)]);
  const ids = numberArray(keys.map(numberOf));
  const coverage = await tx.query<CoverageRow>(selectCoverage, [ids]);
  const spans = keys.map(({ station }) => spanOf(station) ?? noSpan);
  const rows = await tx.query<GapRow>(selectTouched, [ids, ...parametersOf(spanColumns, spans)]);
  const coverageOf = new Map(coverage.map((row) => [row.station_id, row]));
  const rowsOf = groupBy(rows, numberOf);
  return keys.map(({ station_id: stationId, station }) => {
    const own = rowsOf.get(stationId) ?? [];
    const known = coverageOf.get(stationId);
    return {
      ...{ stationId, station, judgedBy: known?.judged_by ?? undefined },
      state: { ...stationCoverage(known), silences: silencesOf(own) },
      gapIds: new Map(
        own.map((row) => [placeOf(seriesKeyOf(row), row.from_instant.getTime()), row.gap_id]),
      ),
    };
  });
}

/** Kept silences of stations that touch their spans, closed ones only. */
export async function readSilences(
  tx: Session,
  spans: readonly (Span & { readonly stationId: number })[],
): Promise<ReadonlyMap<number, Silences>> {
  if (spans.length === 0) return new Map();
  const ids = numberArray(spans.map(({ stationId }) => stationId));
  const rows = await tx.query<GapRow>(selectClosed, [ids, ...parametersOf(spanColumns, spans)]);
  return new Map(
    Array.from(groupBy(rows, numberOf), ([stationId, own]) => [stationId, silencesOf(own)]),
  );
}

/** What was decided of a locked station. */
export interface StationWrite {
  readonly locked: LockedStation;
  readonly decided: Decided;
  readonly judgedBy: string;
  /** The file that brought an instant, as hexadecimal. */
  readonly fileOf: (instant: number) => string | undefined;
}

export async function saveStations(
  tx: Session,
  writes: readonly StationWrite[],
  changedBy: GapChangeReason,
): Promise<void> {
  const changed = writes.filter(({ locked, decided }) => decided.station !== locked.state);
  const covered = changed.flatMap(({ locked: { stationId }, decided: { station }, judgedBy }) =>
    station.coverage === undefined
      ? []
      : [{ ...station, coverage: station.coverage, stationId, judgedBy }],
  );
  if (covered.length > 0) await tx.execute(upsertCoverage, parametersOf(coverageColumns, covered));
  const emptied = changed.filter(({ decided }) => decided.station.coverage === undefined);
  if (emptied.length > 0)
    await tx.execute(deleteCoverage, [numberArray(emptied.map(({ locked }) => locked.stationId))]);
  const silences = writes.flatMap((write) => silenceWritesOf(write, changedBy));
  await saveSilences(tx, silences, changedBy);
}

interface SilenceWrite {
  readonly stationId: number;
  readonly kind: GapKind;
  readonly parameter: string | undefined;
  /** undefined: the silence is new. */
  readonly gapId: number | undefined;
  /** undefined: it is gone. */
  readonly silence: Silence | undefined;
  readonly fileId: string | undefined;
  readonly changedBy: GapChangeReason;
}

function silenceWritesOf(
  { locked, decided, fileOf }: StationWrite,
  changedBy: GapChangeReason,
): SilenceWrite[] {
  return decided.changes.map(({ series: { key, kind, parameter }, before, after }) => {
    const gapId = before && locked.gapIds.get(placeOf(key, before.from));
    if (before !== undefined && gapId === undefined) {
      const from = new Date(before.from).toISOString();
      throw new Error(`${locked.station} has no silence of ${key} from ${from}`);
    }
    const fileId = after?.to === undefined ? undefined : fileOf(after.to);
    const { stationId } = locked;
    return { stationId, kind, parameter, gapId, silence: after, fileId, changedBy };
  });
}

async function saveSilences(
  tx: Session,
  writes: readonly SilenceWrite[],
  changedBy: GapChangeReason,
): Promise<void> {
  const removed = writes.filter((one) => one.silence === undefined);
  if (removed.length > 0)
    await tx.execute(removeGaps, [numberArray(removed.map(({ gapId }) => gapId ?? 0)), changedBy]);
  // A silence may begin where another one began before: those that are there already move first.
  const kept = writes.filter((one): one is Kept => one.silence !== undefined);
  const known = kept.filter(({ gapId }) => gapId !== undefined);
  const found = kept.filter(({ gapId }) => gapId === undefined);
  if (known.length > 0)
    await tx.execute(updateGaps, parametersOf([gapIdColumn, ...silenceColumns], known));
  if (found.length > 0) await tx.execute(insertGaps, parametersOf(silenceColumns, found));
}

/** Every station that ever sent, each with its own open gap only. */
export async function readLastHeard(session: Session): Promise<ReadonlyMap<string, KnownStation>> {
  const rows = await session.query<CoverageRow & Partial<GapRow> & { station: string }>(
    `SELECT station, coverage.*, gap_id, kind, parameter, from_instant, to_instant, level, out_ms, taken_out,
            ours_ms, is_probably_ours, joint_id
     FROM coverage
     JOIN station_keys USING (station_id)
     LEFT JOIN gaps ON gaps.station_id = coverage.station_id AND kind = 'transmission'
       AND parameter IS NULL AND gaps.to_instant IS NULL AND gaps.removed_at IS NULL`,
  );
  return new Map(
    rows.map((row): [string, KnownStation] => {
      const silences = silencesOf(isGapRow(row) ? [row] : []);
      const state = { ...stationCoverage(row), silences };
      return [row.station, { judgedBy: row.judged_by ?? undefined, state }];
    }),
  );
}

interface StationKey {
  readonly station_id: number;
  readonly station: string;
}

interface CoverageRow {
  readonly station_id: number;
  readonly first_instant: Date;
  readonly last_instant: Date;
  readonly since: Date | null;
  readonly followed: readonly string[] | null;
  readonly apart: Readonly<Record<string, readonly [number, number] | null>>;
  readonly judged_by: string | null;
}

interface GapRow {
  readonly gap_id: number;
  readonly station_id: number;
  readonly kind: GapKind;
  readonly parameter: string | null;
  readonly from_instant: Date;
  readonly to_instant: Date | null;
  readonly level: GapLevel | null;
  readonly out_ms: number;
  readonly taken_out: readonly TakenOut[];
  readonly ours_ms: number;
  readonly is_probably_ours: boolean;
  readonly joint_id: number | null;
}

function isGapRow<R extends Partial<GapRow>>(row: R): row is R & GapRow {
  return typeof row.gap_id === 'number';
}

const numberOf = ({ station_id }: Pick<StationKey, 'station_id'>): number => station_id;

function seriesKeyOf({ kind, parameter }: GapRow): SeriesKey {
  return seriesKey(kind, parameter ?? undefined);
}

function placeOf(series: SeriesKey, from: number): string {
  return `${series} ${from}`;
}

function stationCoverage(row: CoverageRow | undefined): StationCoverage {
  if (row === undefined) return unknownStation;
  const apart = Object.entries(row.apart).map(([key, bounds]): [string, Coverage | undefined] => [
    key,
    bounds === null ? undefined : { first: bounds[0], last: bounds[1] },
  ]);
  return {
    coverage: { first: row.first_instant.getTime(), last: row.last_instant.getTime() },
    since: row.since?.getTime() ?? -Infinity,
    followed: row.followed === null ? undefined : new Set(row.followed),
    apart: new Map(apart),
  };
}

function silencesOf(rows: readonly GapRow[]): Silences {
  const silences = new Map<string, Silence[]>();
  for (const row of rows) {
    const key = seriesKeyOf(row);
    const of = silences.get(key) ?? [];
    silences.set(key, of);
    of.push({
      ...{ from: row.from_instant.getTime(), to: row.to_instant?.getTime() },
      ...{ level: row.level ?? undefined, outMs: row.out_ms, takenOut: row.taken_out },
      ...{ oursMs: row.ours_ms, isProbablyOurs: row.is_probably_ours },
      jointId: row.joint_id ?? undefined,
    });
  }
  return silences;
}

const noSpan: Span = { first: Infinity, last: -Infinity };

const spanColumns: readonly Column<Span>[] = [
  texts(({ first }) => boundOf(first)),
  texts(({ last }) => boundOf(last)),
];

function boundOf(instant: number): string {
  if (Number.isFinite(instant)) return new Date(instant).toISOString();
  return instant > 0 ? 'infinity' : '-infinity';
}

interface Covered extends StationCoverage {
  readonly stationId: number;
  readonly coverage: Coverage;
  readonly judgedBy: string;
}

const coverageColumns: readonly Column<Covered>[] = [
  numbers(({ stationId }) => stationId),
  texts(({ coverage }) => boundOf(coverage.first)),
  texts(({ coverage }) => boundOf(coverage.last)),
  texts(({ since }) => (since === -Infinity ? null : boundOf(since))),
  texts(({ followed }) => (followed === undefined ? null : JSON.stringify([...followed]))),
  texts(({ apart }) => (apart.size === 0 ? '{}' : apartText(apart))),
  texts(({ judgedBy }) => judgedBy),
];

function apartText(apart: StationCoverage['apart']): string {
  const bounds = Array.from(apart, ([key, coverage]) => [
    key,
    coverage === undefined ? null : [coverage.first, coverage.last],
  ]);
  return JSON.stringify(Object.fromEntries(bounds));
}

type Kept = SilenceWrite & { readonly silence: Silence };

const gapIdColumn: Column<Kept> = numbers(({ gapId }) => gapId ?? null);
const silenceColumns: readonly Column<Kept>[] = [
  numbers(({ stationId }) => stationId),
  texts(({ kind }) => kind),
  texts(({ parameter }) => parameter ?? null),
  texts(({ silence }) => boundOf(silence.from)),
  texts(({ silence }) => (silence.to === undefined ? null : boundOf(silence.to))),
  texts(({ silence }) => silence.level ?? null),
  numbers(({ silence }) => silence.outMs),
  texts(({ silence }) => JSON.stringify(silence.takenOut)),
  texts(({ fileId }) => (fileId === undefined ? null : `\\x${fileId}`)),
  texts(({ changedBy }) => changedBy),
  numbers(({ silence }) => silence.oursMs),
  texts(({ silence }) => String(silence.isProbablyOurs)),
  numbers(({ silence }) => silence.jointId ?? null),
];

// A station's lock is its key's row: it is there before its coverage is, and writers of readings,
// who only need it to exist, do not wait for it.
const lockKeys = statement(
  'gaps-lock-stations',
  `SELECT station_id, station FROM station_keys WHERE station_id = ANY($1)
   ORDER BY station_id FOR NO KEY UPDATE`,
);

const selectCoverage = statement(
  'gaps-coverage',
  `SELECT station_id, first_instant, last_instant, since, followed, apart, judged_by
   FROM coverage WHERE station_id = ANY($1)`,
);

const gapColumns = `gap_id, station_id, kind, parameter, from_instant, to_instant, level, out_ms, taken_out,
   ours_ms, is_probably_ours, joint_id`;
const closedInSpan = `
   FROM unnest($1::integer[], $2::timestamptz[], $3::timestamptz[])
        AS span (station_id, first_instant, last_instant)
   JOIN gaps USING (station_id)
   WHERE removed_at IS NULL AND to_instant IS NOT NULL
     AND coalesce(to_instant, 'infinity') >= first_instant AND from_instant <= last_instant`;

const selectTouched = statement(
  'gaps-touched',
  `SELECT ${gapColumns} ${closedInSpan}
   UNION ALL
   SELECT ${gapColumns} FROM gaps
   WHERE station_id = ANY($1) AND removed_at IS NULL AND to_instant IS NULL
   ORDER BY station_id, from_instant`,
);

const selectClosed = statement(
  'gaps-closed',
  `SELECT ${gapColumns} ${closedInSpan} ORDER BY station_id, from_instant`,
);

const upsertCoverage = statement(
  'gaps-save-coverage',
  `INSERT INTO coverage (station_id, first_instant, last_instant, since, followed, apart, judged_by)
   SELECT station_id, first_instant, last_instant, since,
          (SELECT array_agg(name) FROM jsonb_array_elements_text(followed::jsonb) AS name),
          apart::jsonb, judged_by
   FROM unnest($1::integer[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::text[],
               $6::text[], $7::text[])
        AS given (station_id, first_instant, last_instant, since, followed, apart, judged_by)
   ON CONFLICT (station_id) DO UPDATE
     SET first_instant = excluded.first_instant, last_instant = excluded.last_instant,
         followed = excluded.followed, apart = excluded.apart,
         judged_by = coalesce(coverage.judged_by, excluded.judged_by)`,
);

const deleteCoverage = statement(
  'gaps-forget-coverage',
  'DELETE FROM coverage WHERE station_id = ANY($1::integer[])',
);

const removeGaps = statement(
  'gaps-remove',
  'UPDATE gaps SET removed_at = now(), changed_by = $2 WHERE gap_id = ANY($1::bigint[])',
);

const updateGaps = statement(
  'gaps-update',
  `UPDATE gaps SET
     from_instant = given.from_instant, to_instant = given.to_instant, level = given.level,
     out_ms = given.out_ms, taken_out = given.taken_out::jsonb, changed_by = given.changed_by,
     ours_ms = given.ours_ms, is_probably_ours = given.is_probably_ours, joint_id = given.joint_id,
     closed_at = CASE WHEN given.to_instant IS NULL THEN NULL ELSE coalesce(closed_at, now()) END,
     closed_by = CASE WHEN gaps.to_instant IS DISTINCT FROM given.to_instant
                      THEN given.file_id ELSE closed_by END
   FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], $5::timestamptz[],
               $6::timestamptz[], $7::text[], $8::bigint[], $9::text[], $10::bytea[], $11::text[],
               $12::bigint[], $13::boolean[], $14::bigint[])
        AS given (gap_id, station_id, kind, parameter, from_instant, to_instant, level, out_ms,
                  taken_out, file_id, changed_by, ours_ms, is_probably_ours, joint_id)
   WHERE gaps.gap_id = given.gap_id`,
);

const insertGaps = statement(
  'gaps-insert',
  `INSERT INTO gaps (station_id, kind, parameter, from_instant, to_instant, level, out_ms, taken_out,
                     opened_at, closed_at, closed_by, changed_by, ours_ms, is_probably_ours, joint_id)
   SELECT station_id, kind, parameter, from_instant, to_instant, level, out_ms, taken_out::jsonb,
          now(), CASE WHEN to_instant IS NULL THEN NULL ELSE now() END,
          CASE WHEN to_instant IS NULL THEN NULL ELSE file_id END, changed_by, ours_ms,
          is_probably_ours, joint_id
   FROM unnest($1::integer[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[],
               $6::text[], $7::bigint[], $8::text[], $9::bytea[], $10::text[], $11::bigint[],
               $12::boolean[], $13::bigint[])
        AS given (station_id, kind, parameter, from_instant, to_instant, level, out_ms, taken_out,
                  file_id, changed_by, ours_ms, is_probably_ours, joint_id)`,
);
