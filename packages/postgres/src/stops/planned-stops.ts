import type { Page } from '@envigate/contracts';
import {
  applyStopChange,
  changedStretches,
  objectionToStop,
  overlapping,
  RegistryView,
  scopesOfStation,
  stationsOfScope,
  type EnteredStop,
  type PlannedStopDesk,
  type RecordedStop,
  type StopEntry,
  type StopFilter,
  type StopReason,
  type StopScope,
  type Stretch,
} from '@envigate/domain';
import type { Clock } from '@envigate/runtime';
import type { Database } from '../connection/database.ts';
import { Conditions, lookLimits, readPage, type LookLimits } from '../connection/looks.ts';
import { statement, textArray, type Session } from '../connection/session.ts';
import { noteStretchesDue } from '../outages/note-stretches-due.ts';
import { exportRegistry } from '../registry/registry-store.ts';

/** Planned stops and their history. What changes the past has its gaps judged anew, in the same transaction. */
export function plannedStopDesk(database: Database, clock: Clock): PlannedStopDesk {
  return {
    enter: (entry, actor) =>
      database.transaction(async (tx) => {
        const view = new RegistryView(await exportRegistry(tx));
        const reason = objectionToStop(entry, view, clock());
        if (reason !== undefined) return { kind: 'refused', reason };
        const [next] = await tx.query<{ id: number }>(`SELECT nextval('planned_stop_ids') AS id`);
        const named = { stopId: next?.id ?? 0, version: 1, actor, note: '', isCancelled: false };
        return keepVersion(tx, view, undefined, { ...entry, ...named });
      }),

    change: (stopId, change, actor, note) =>
      database.transaction(async (tx) => {
        const before = await lockNewest(tx, stopId);
        if (before === undefined) return { kind: 'not-found' };
        const changed = applyStopChange(before, change);
        if ('vi' in changed) return { kind: 'refused', reason: changed };
        const view = new RegistryView(await exportRegistry(tx));
        // What is taken back need not be possible any more: its station may be gone.
        const reason =
          change.kind === 'correct' ? objectionToStop(changed, view, clock()) : undefined;
        if (reason !== undefined) return { kind: 'refused', reason };
        const version = before.version + 1;
        await tx.execute(supersede, [stopId, before.version]);
        return keepVersion(tx, view, before, { ...changed, stopId, version, actor, note });
      }),

    list: (filter) => listStops(database, filter),

    async versions(stopId) {
      const rows = await database.query<StopRow>(
        `SELECT ${columns} FROM planned_stops WHERE stop_id = $1 ORDER BY version DESC`,
        [stopId],
      );
      return rows.map(stopOf);
    },

    during: (within) => stopsDuring(database, within),
  };
}

async function keepVersion(
  tx: Session,
  view: RegistryView,
  before: RecordedStop | undefined,
  version: Omit<RecordedStop, 'recordedAt'>,
): Promise<EnteredStop> {
  const { scope, parameters, from, to, expectedRestart, reason, words } = version;
  const [row] = await tx.query<StopRow>(insertVersion, [
    ...[version.stopId, version.version, scope.kind, scope.code],
    ...[parameters === undefined ? null : textArray(parameters), from, to, expectedRestart ?? null],
    ...[reason, words, version.isCancelled, version.actor, version.note],
  ]);
  if (row === undefined) throw new Error('the version of a planned stop was not kept');
  const stop = stopOf(row);
  const stations = new Set(stationsOfScope(scope, view));
  for (const station of before === undefined ? [] : stationsOfScope(before.scope, view))
    stations.add(station);
  await noteStretchesDue(tx, [...stations], changedStretches(before, version));
  if (stop.isCancelled) return { kind: 'recorded', stop, overlaps: [] };
  const others = await stopsDuring(tx, { from: from.getTime(), to: to.getTime() });
  return { kind: 'recorded', stop, overlaps: overlapping(stop, others, view) };
}

async function lockNewest(tx: Session, stopId: number): Promise<RecordedStop | undefined> {
  const [row] = await tx.query<StopRow>(selectNewest, [stopId]);
  return row && stopOf(row);
}

/** Those that are not cancelled and reach into the time. */
export async function stopsDuring(
  session: Session,
  within: Stretch,
): Promise<readonly RecordedStop[]> {
  const to = within.to === undefined ? 'infinity' : new Date(within.to);
  const rows = await session.query<StopRow>(selectDuring, [new Date(within.from), to]);
  return rows.map(stopOf);
}

function listStops(
  database: Database,
  filter: StopFilter,
  limits: LookLimits = lookLimits,
): Promise<Page<RecordedStop, number>> {
  const { after = Number.MAX_SAFE_INTEGER } = filter;
  return readPage({
    limit: filter.limit,
    async findEnd() {
      const [row] = await database.query<{ place: number }>(
        `SELECT stop_id AS place FROM planned_stops
         WHERE superseded_at IS NULL AND stop_id < $1
         ORDER BY stop_id DESC OFFSET $2 LIMIT 1`,
        [after, limits.maxLookedAt - 1],
      );
      return row && { place: row.place, isLast: false };
    },
    async read(end, limit) {
      const conditions = new Conditions('superseded_at IS NULL');
      conditions.given(after, (p) => `stop_id < ${p}`).given(end, (p) => `stop_id >= ${p}`);
      conditions
        .given(filter.from, (p) => `to_instant > ${p}`)
        .given(filter.to, (p) => `from_instant < ${p}`);
      if (!filter.withCancelled) conditions.and('NOT cancelled');
      if (filter.station !== undefined) {
        const view = new RegistryView(await exportRegistry(database));
        const scopes = scopesOfStation(filter.station, view);
        const [kinds, codes] = [scopes.map(({ kind }) => kind), scopes.map(({ code }) => code)];
        const given = `${conditions.place(textArray(kinds))}::text[], ${conditions.place(textArray(codes))}::text[]`;
        conditions.and(`(scope, code) IN (SELECT * FROM unnest(${given}))`);
      }
      const rows = await database.query<StopRow>(
        `SELECT ${columns} FROM planned_stops ${conditions.where}
         ORDER BY stop_id DESC LIMIT ${conditions.place(limit)}`,
        conditions.params,
      );
      return rows.map(stopOf);
    },
    placeOf: ({ stopId }) => stopId,
  });
}

interface StopRow {
  readonly stop_id: number;
  readonly version: number;
  readonly scope: StopScope['kind'];
  readonly code: string;
  readonly parameters: readonly string[] | null;
  readonly from_instant: Date;
  readonly to_instant: Date;
  readonly expected_restart: Date | null;
  readonly reason: StopReason;
  readonly words: string;
  readonly cancelled: boolean;
  readonly actor: string;
  readonly note: string;
  readonly recorded_at: Date;
}

function stopOf(row: StopRow): RecordedStop {
  const entry: StopEntry = {
    scope: { kind: row.scope, code: row.code },
    parameters: row.parameters ?? undefined,
    from: row.from_instant,
    to: row.to_instant,
    expectedRestart: row.expected_restart ?? undefined,
    reason: row.reason,
    words: row.words,
  };
  const { version, actor, note } = row;
  return {
    ...{ ...entry, stopId: row.stop_id, version, isCancelled: row.cancelled },
    ...{ actor, note, recordedAt: row.recorded_at },
  };
}

const columns = `stop_id, version, scope, code, parameters, from_instant, to_instant,
  expected_restart, reason, words, cancelled, actor, note, recorded_at`;

const insertVersion = statement(
  'planned-stops-insert',
  `INSERT INTO planned_stops (stop_id, version, scope, code, parameters, from_instant, to_instant,
     expected_restart, reason, words, cancelled, actor, note)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
   RETURNING ${columns}`,
);

const supersede = statement(
  'planned-stops-supersede',
  'UPDATE planned_stops SET superseded_at = now() WHERE stop_id = $1 AND version = $2',
);

const selectNewest = statement(
  'planned-stops-newest',
  `SELECT ${columns} FROM planned_stops
   WHERE stop_id = $1 AND superseded_at IS NULL FOR UPDATE`,
);

const selectDuring = statement(
  'planned-stops-during',
  `SELECT ${columns} FROM planned_stops
   WHERE superseded_at IS NULL AND NOT cancelled
     AND to_instant > $1::timestamptz AND from_instant < $2::timestamptz
   ORDER BY stop_id`,
);
