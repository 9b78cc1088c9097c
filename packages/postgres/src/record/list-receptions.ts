import type {
  ListedReception,
  Page,
  ReasonOfReception,
  ReceptionFilter,
  ReceptionPlace,
} from '@envigate/contracts';
import { wordsOf, type ReceptionRecord, type SequenceRange } from '@envigate/domain';
import { readArchivedSequences, subtractRanges } from '../archived/archived-ranges.ts';
import type { Session } from '../connection/session.ts';
import {
  Conditions,
  fileNoOf,
  stationIdOf,
  within,
  type Slice,
  lookLimits,
  readPage,
  type LookEnd,
  type LookLimits,
} from '../connection/looks.ts';
import { newestQuarantineOf } from './quarantine.ts';

type Filter = ReceptionFilter & { readonly fileId?: string | undefined };

/** By time of reception, newest first; equal times by reception id. */
export async function listReceptions(
  session: Session,
  filter: Filter,
  limits: LookLimits = lookLimits,
): Promise<Page<ListedReception, ReceptionPlace>> {
  const driver = await findDriver(session, filter, limits);
  return readPage({
    limit: filter.limit,
    findEnd: () => findEnd(session, filter, driver, limits),
    read: (end, limit) => readReceptions(session, { ...filter, limit }, driver, end),
    placeOf: ({ receivedAt, receptionId }) => ({ receivedAt, receptionId }),
  });
}

async function readReceptions(
  session: Session,
  filter: Filter,
  driver: Driver,
  end: ReceptionPlace | undefined,
): Promise<readonly ListedReception[]> {
  const conditions = new Conditions();
  const { from, order } = addIndexed(filter, driver, end, conditions);
  addOthers(filter, driver, conditions);
  const stored = await session.query<StoredReception>(
    `SELECT r.reception_id AS "receptionId", encode(file.file_id, 'hex') AS "fileId", file.name,
            r.folder, r.account, station.station, r.received_at AS "receivedAt",
            r.recorded_at AS "recordedAt", r.protocol, r.peer, length(file.content) AS size,
            encode(file.content_hash, 'hex') AS "contentHash", r.outcome,
            r.new_readings AS "newReadings", r.corrections, r.repeats,
            r.rejected_lines AS "rejectedLines", r.warnings, file.form,
            coalesce(faults.reasons, '[]') AS "notUnderstood"
     FROM (SELECT * FROM ${from} ${conditions.where}
           ORDER BY ${order} LIMIT ${conditions.place(filter.limit)}) r
     JOIN files file USING (file_no)
     LEFT JOIN station_keys station ON station.station_id = r.station_id
     LEFT JOIN LATERAL (${reasonsOfReception}) faults
       ON r.outcome = 'quarantined' OR r.rejected_lines > 0
     ORDER BY r.received_at DESC, r.reception_id DESC`,
    conditions.params,
  );
  return stored.map(inWords);
}

/** `expected` and `detail` as they are stored. */
type StoredReception = Omit<ListedReception, 'notUnderstood' | 'warnings'> & {
  readonly notUnderstood: readonly Omit<ReasonOfReception, 'expectedVi'>[];
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
};

function inWords({ notUnderstood, warnings, ...reception }: StoredReception): ListedReception {
  return {
    ...reception,
    notUnderstood: notUnderstood.map((why) => {
      const { en, vi } = wordsOf(why.expected);
      return { ...why, expected: en, expectedVi: vi };
    }),
    warnings: warnings.map(({ code, detail }) => {
      const { en, vi } = wordsOf(detail);
      return { code, detail: en, detailVi: vi };
    }),
  };
}

/** Of reception r, as JSON, among the newest rows of its file. */
const reasonsOfReception = `
  SELECT json_agg(json_build_object('reason', reason, 'rows', rows, 'open', open, 'line', line,
                                    'expected', expected)
                  ORDER BY rows DESC, reason) AS reasons
  FROM (SELECT q.reason, count(*) AS rows, count(*) FILTER (WHERE q.resolved_at IS NULL) AS open,
               min(q.line) AS line, (array_agg(q.expected ORDER BY q.line))[1] AS expected
        FROM (${newestQuarantineOf('r')}) q
        WHERE q.reception_id = r.reception_id
        GROUP BY q.reason) AS by_reason`;

async function findEnd(
  session: Session,
  filter: Filter,
  driver: Driver,
  { maxLookedAt }: LookLimits,
): Promise<LookEnd<ReceptionPlace> | undefined> {
  if (!passesOver(filter, driver)) return undefined;
  const conditions = new Conditions();
  const { from, order } = addIndexed(filter, driver, undefined, conditions);
  const [place] = await session.query<ReceptionPlace>(
    `SELECT r.received_at AS "receivedAt", r.reception_id AS "receptionId"
     FROM ${from} ${conditions.where}
     ORDER BY ${order} OFFSET ${conditions.place(maxLookedAt - 1)} LIMIT 1`,
    conditions.params,
  );
  return place && { place, isLast: false };
}

/** What receptions are read by, in the order of the list. */
type Driver =
  | { readonly kind: 'files'; readonly fileNos: readonly number[] }
  | { readonly kind: 'file' | 'station' | 'account' | 'outcome' | 'time' };

// Files that bear a name are read by their numbers up to so many; the names of more are looked at.
const maxNamedFiles = 1_000;

async function findDriver(session: Session, filter: Filter, limits: LookLimits): Promise<Driver> {
  const { fileId, name, station, account, outcome } = filter;
  if (fileId !== undefined) return { kind: 'file' };
  if (name !== undefined) {
    const fileNos = await findFew(session, filter, name, limits);
    if (fileNos !== undefined) return { kind: 'files', fileNos };
  }
  if (station !== undefined) return { kind: 'station' };
  if (account !== undefined) return { kind: 'account' };
  // What was stored is most of all, and has no index of its own.
  return { kind: outcome === undefined || outcome === 'stored' ? 'time' : 'outcome' };
}

/** The files that bear a name; undefined where they or their receptions are too many to be sorted. */
async function findFew(
  session: Session,
  { from, to }: Filter,
  name: string,
  { maxLookedAt }: LookLimits,
): Promise<readonly number[] | undefined> {
  const files = await session.query<{ file_no: number }>(
    // In the order of the index, so that none is looked for in the table.
    `SELECT file_no FROM files WHERE name LIKE $1 ORDER BY name USING ~<~ LIMIT ${maxNamedFiles + 1}`,
    [patternOf(name)],
  );
  if (files.length > maxNamedFiles) return undefined;
  const fileNos = files.map(({ file_no }) => file_no);
  const conditions = new Conditions();
  conditions.given(fileNos, (p) => `r.file_no = ANY(${p})`);
  addMonths(conditions, from, to);
  const [row] = await session.query<{ count: number }>(
    `SELECT count(*) FROM (SELECT FROM receptions r ${conditions.where}
                           LIMIT ${conditions.place(maxLookedAt + 1)}) few`,
    conditions.params,
  );
  return row !== undefined && row.count <= maxLookedAt ? fileNos : undefined;
}

/**
 * Adds the part of the filter that an index answers, up to the end. Returns what is read, and its
 * order.
 */
function addIndexed(
  filter: Filter,
  driver: Driver,
  end: ReceptionPlace | undefined,
  conditions: Conditions,
): { readonly from: string; readonly order: string } {
  const newestFirst = 'r.received_at DESC, r.reception_id DESC';
  if (driver.kind === 'files') {
    const few = conditions.another();
    few.given(driver.fileNos, (p) => `r.file_no = ANY(${p})`);
    addTimes(filter, end, few);
    // Few, to be sorted: OFFSET keeps the planner from walking through all by time instead.
    return { from: `(SELECT * FROM receptions r ${few.where} OFFSET 0) r`, order: newestFirst };
  }
  const from = 'receptions r';
  const slice = sliceOf(filter, driver.kind, conditions);
  if (slice === undefined) {
    addTimes(filter, end, conditions);
    return { from, order: newestFirst };
  }
  const lower = filter.from === undefined ? `'-infinity'` : conditions.place(filter.from);
  const upper = filter.to === undefined ? `'infinity'` : conditions.place(filter.to);
  conditions
    .and(within(slice, 'r.received_at', '>=', lower))
    .and(within(slice, 'r.received_at', '<', upper));
  addMonthsOfPage(filter, end, conditions);
  const byPlace = 'r.received_at, r.reception_id';
  if (filter.after) conditions.and(within(slice, byPlace, '<', placeOf(filter.after, conditions)));
  if (end) conditions.and(within(slice, byPlace, '>=', placeOf(end, conditions)));
  // As the partial index on them says it.
  if (driver.kind === 'outcome') conditions.and(`r.outcome <> 'stored'`);
  return { from, order: `${slice.column} DESC, ${newestFirst}` };
}

function sliceOf(
  { fileId, station, account, outcome }: Filter,
  kind: Exclude<Driver['kind'], 'files'>,
  conditions: Conditions,
): Slice | undefined {
  switch (kind) {
    case 'file':
      return { column: 'r.file_no', value: fileNoOf(conditions.place(fileId)) };
    case 'station':
      return { column: 'r.station_id', value: stationIdOf(conditions.place(station)) };
    case 'account':
      return { column: 'r.account', value: conditions.place(account) };
    case 'outcome':
      return { column: 'r.outcome', value: conditions.place(outcome) };
    case 'time':
      return undefined;
  }
}

function addTimes(filter: Filter, end: ReceptionPlace | undefined, conditions: Conditions): void {
  addMonthsOfPage(filter, end, conditions);
  const byPlace = '(r.received_at, r.reception_id)';
  if (filter.after) conditions.and(`${byPlace} < (${placeOf(filter.after, conditions)})`);
  if (end) conditions.and(`${byPlace} >= (${placeOf(end, conditions)})`);
}

/** Ranges of rows lead to no month; these times do, so that a page looks into its own months alone. */
function addMonthsOfPage(
  { from, to, after }: Filter,
  end: ReceptionPlace | undefined,
  conditions: Conditions,
): void {
  addMonths(conditions, from, to);
  conditions
    .given(after?.receivedAt, (p) => `r.received_at <= ${p}`)
    .given(end?.receivedAt, (p) => `r.received_at >= ${p}`);
}

function addMonths(conditions: Conditions, from: Date | undefined, to: Date | undefined): void {
  conditions.given(from, (p) => `r.received_at >= ${p}`).given(to, (p) => `r.received_at < ${p}`);
}

function placeOf({ receivedAt, receptionId }: ReceptionPlace, conditions: Conditions): string {
  return `${conditions.place(receivedAt)}, ${conditions.place(receptionId)}`;
}

/** The part of the filter that rows of the index are looked at for. */
function othersOf(
  { station, account, outcome, name }: Filter,
  { kind }: Driver,
): Pick<Filter, 'station' | 'account' | 'outcome' | 'name'> {
  return {
    ...(kind !== 'station' && { station }),
    ...(kind !== 'account' && { account }),
    ...(kind !== 'outcome' && { outcome }),
    ...(kind !== 'files' && { name }),
  };
}

function passesOver(filter: Filter, driver: Driver): boolean {
  if (driver.kind === 'files') return false;
  return Object.values(othersOf(filter, driver)).some((value) => value !== undefined);
}

function addOthers(filter: Filter, driver: Driver, conditions: Conditions): void {
  const { station, account, outcome, name } = othersOf(filter, driver);
  conditions
    .given(station, (p) => `r.station_id = ${stationIdOf(p)}`)
    .given(account, (p) => `r.account = ${p}`)
    .given(outcome, (p) => `r.outcome = ${p}`)
    // A value instead of EXISTS: the planner would look for all files with such a name instead.
    .given(
      name && patternOf(name),
      (p) => `(SELECT name LIKE ${p} FROM files WHERE file_no = r.file_no)`,
    );
}

/** A name, or the beginning of one with * after it, as a pattern for LIKE. */
function patternOf(name: string): string {
  const text = name.replace(/\*$/, '').replace(/[\\%_]/g, '\\$&');
  return name.endsWith('*') ? `${text}%` : text;
}

export function receptionRecord(session: Session): ReceptionRecord {
  return {
    async missing(spoolId, from, to) {
      const missing = await session.query<SequenceRange>(selectMissing, [spoolId, from, to]);
      if (missing.length === 0) return missing;
      return subtractRanges(missing, await readArchivedSequences(session, spoolId, from - 1, to));
    },
    async last(spoolId) {
      const [row] = await session.query<{ last: number }>(
        `SELECT greatest(
           (SELECT max(spool_sequence) FROM receptions WHERE spool_id = $1),
           (SELECT max(spool_sequence) FROM undecodable_messages
            WHERE spool_id = $1 AND consumer = 'recorder'),
           (SELECT max(to_sequence) FROM archived_sequences WHERE spool_id = $1), 0) AS last`,
        [spoolId],
      );
      return row?.last ?? 0;
    },
  };
}

// The holes between neighbours, with the two ends as if they were known.
const selectMissing = `
  WITH known AS (
    SELECT spool_sequence AS sequence FROM receptions
    WHERE spool_id = $1 AND spool_sequence BETWEEN $2 AND $3
    UNION
    SELECT spool_sequence FROM undecodable_messages
    WHERE spool_id = $1 AND spool_sequence BETWEEN $2 AND $3 AND consumer = 'recorder'
    UNION ALL SELECT $2::bigint - 1
    UNION ALL SELECT $3::bigint + 1
  ), neighbours AS (
    SELECT sequence, lag(sequence) OVER (ORDER BY sequence) AS previous FROM known
  )
  SELECT previous + 1 AS "from", sequence - 1 AS "to" FROM neighbours
  WHERE sequence - previous > 1 ORDER BY sequence`;

/**
 * When a station was heard last, before `end`. Mostly it is one step on the index of a month or two; the
 * other months are asked about stations that have been silent for longer. Written as a range, as a Slice is:
 * a month of few stations would else be walked through by its time.
 */
export function heardLast(stationId: string, end: string): string {
  const newest = (more: string): string =>
    `(SELECT received_at FROM receptions
      WHERE (station_id, received_at) < (${stationId}, ${end}) AND station_id >= ${stationId} ${more}
      ORDER BY station_id DESC, received_at DESC LIMIT 1)`;
  return `coalesce(${newest(`AND received_at >= now() - interval '30 days'`)}, ${newest('')})`;
}
