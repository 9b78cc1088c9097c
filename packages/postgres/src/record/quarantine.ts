import {
  type RejectedLine,
  maxReasonsCounted,
  maxTextsLookedAt,
  type Page,
  type QuarantineFilter,
  type QuarantinedItem,
} from '@envigate/contracts';
import {
  stationFolder,
  type QuarantineRows,
  wordsOf,
  type ReasonCount,
  type ReasonCounts,
} from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';
import type { Arrival } from './arrivals.ts';
import type { RecordableFile } from './files.ts';
import {
  Conditions,
  fileNoOf,
  stationIdOf,
  within,
  type Slice,
  lookLimits,
  readPage,
  type LookLimits,
} from '../connection/looks.ts';

/** Something that was not understood, and why. `line` is absent where it is the whole file. */
interface QuarantineRow {
  readonly receptionId: string;
  readonly fileNo: number;
  readonly stationId: number | undefined;
  readonly account: string;
  readonly reason: string;
  readonly expected: string;
  /** Of a whole file whose station is not known, both of them. */
  readonly filePrefix?: string | undefined;
  /** Without days and months. */
  readonly fileFolder?: string | undefined;
  readonly line?: Pick<RejectedLine, 'line' | 'column' | 'text'>;
}

/** The whole file where it was not understood, and each line that was not. */
export function quarantineOf({
  file,
  fileNo,
  stationId,
}: Arrival<RecordableFile>): readonly QuarantineRow[] {
  const { receptionId, account } = file.reception;
  const place = { receptionId, fileNo, stationId, account };
  const lines = file.rejectedLines.map((line): QuarantineRow => {
    const { reason, expected } = line;
    return { ...place, reason, expected, line };
  });
  if (file.type === 'normalised-file.v2') return lines;
  const { reason, detail: expected, filePrefix } = file;
  const fileFolder = filePrefix === undefined ? undefined : stationFolder(file.reception.folder);
  return [{ ...place, reason, expected, filePrefix, fileFolder }, ...lines];
}

export async function keepQuarantine(tx: Session, rows: readonly QuarantineRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute(insertQuarantine, [
    rows.map((row) => row.receptionId),
    rows.map((row) => row.fileNo),
    rows.map((row) => row.stationId ?? null),
    rows.map((row) => (row.line === undefined ? 'file' : 'line')),
    rows.map((row) => row.reason),
    rows.map((row) => row.line?.line ?? null),
    rows.map((row) => row.line?.column ?? null),
    rows.map((row) => row.expected),
    rows.map((row) => row.line?.text ?? ''),
    rows.map((row) => row.account),
    rows.map((row) => row.filePrefix ?? null),
    rows.map((row) => row.fileFolder ?? null),
  ]);
}

const insertQuarantine = statement(
  'quarantine-insert',
  `INSERT INTO quarantine (reception_id, file_no, station_id, scope, reason, line, "column", expected, text, account, file_prefix,
                           file_folder)
   SELECT * FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[],
                        $6::integer[], $7::integer[], $8::text[], $9::text[], $10::text[], $11::text[],
                        $12::text[])`,
);

/**
 * Brings a file's open rows of quarantine to what its replay says. A row for the same reason stays
 * open as it is; one for another reason ends and another begins; what was understood ends.
 */
export async function resolveQuarantine(
  tx: Session,
  receptionId: string,
  fileNo: number,
  now: readonly QuarantineRow[],
): Promise<void> {
  const open = await tx.query<OpenRow>(
    `SELECT quarantine_id AS id, scope, reason, line FROM quarantine
     WHERE file_no = $1 AND resolved_at IS NULL FOR UPDATE`,
    [fileNo],
  );
  const places = new Set(now.map(placeOf));
  const reasons = new Set(now.map(reasonOf));
  const ended = open.filter((row) => !reasons.has(reasonKey(row)));
  if (ended.length > 0) {
    await tx.execute(
      `UPDATE quarantine SET resolved_at = now(), resolved_by = $1, resolution = ended.resolution
       FROM unnest($2::bigint[], $3::text[]) AS ended (quarantine_id, resolution)
       WHERE quarantine.quarantine_id = ended.quarantine_id`,
      [
        receptionId,
        ended.map(({ id }) => id),
        ended.map((row) => (places.has(placeKey(row)) ? 'other-reason' : 'understood')),
      ],
    );
  }
  const stays = new Set(open.map(reasonKey));
  await keepQuarantine(
    tx,
    now.filter((row) => !stays.has(reasonOf(row))),
  );
}

interface OpenRow {
  readonly id: number;
  readonly scope: 'file' | 'line';
  readonly reason: string;
  readonly line: number | null;
}

const placeKey = ({ scope, line }: OpenRow): string => `${scope}/${line ?? ''}`;
const reasonKey = (row: OpenRow): string => `${placeKey(row)}/${row.reason}`;

const placeOf = ({ line }: QuarantineRow): string =>
  line === undefined ? 'file/' : `line/${line.line}`;
const reasonOf = (row: QuarantineRow): string => `${placeOf(row)}/${row.reason}`;

/** Newest first. */
export async function listQuarantine(
  session: Session,
  filter: QuarantineFilter,
  { maxLookedAt }: LookLimits = lookLimits,
): Promise<Page<QuarantinedItem, number>> {
  const range = await findRange(session, filter);
  if (range === undefined) return { rows: [], next: undefined };
  return readPage({
    limit: filter.limit,
    async findEnd() {
      const end = passesOver(filter)
        ? await nthRow(session, filter, range, mostRows(filter, maxLookedAt))
        : undefined;
      return end === undefined ? undefined : { place: end, isLast: false };
    },
    async read(end, limit) {
      const conditions = new Conditions();
      const order = addIndexed(filter, startingAt(range, end), conditions);
      addOthers(filter, conditions);
      const rows = `(SELECT * FROM quarantine q ${conditions.where}
                     ORDER BY ${order} LIMIT ${conditions.place(limit)})`;
      const stored = await session.query<StoredItem>(
        `${selectFrom(rows)} ORDER BY q.quarantine_id DESC`,
        conditions.params,
      );
      return stored.map(inWords);
    },
    placeOf: ({ quarantineId }) => quarantineId,
  });
}

function mostRows({ text }: Filter, withoutText: number): number {
  return text === undefined ? withoutText : Math.min(withoutText, maxTextsLookedAt);
}

/** Of the newest `maxRows` that the index finds; fewer where a text is searched for. */
export async function countReasons(
  session: Session,
  filter: QuarantineRows,
  maxRows = mostRows(filter, maxReasonsCounted),
): Promise<ReasonCounts> {
  const range = await findRange(session, filter);
  if (range === undefined) return { isComplete: true, items: [] };
  const beyond = await nthRow(session, filter, range, maxRows + 1);
  const conditions = new Conditions();
  const first = beyond === undefined ? undefined : beyond + 1;
  const order = addIndexed(filter, startingAt(range, first), conditions);
  addOthers(filter, conditions);
  const items = await session.query<ReasonCount>(
    // Files first: counting distinct ones within a reason sorts all rows.
    `SELECT of_file.reason, count(*) AS files, sum(of_file.rows)::bigint AS rows
     FROM (SELECT counted.reason, counted.file_no, count(*) AS rows
           FROM (SELECT q.reason, q.file_no FROM quarantine q ${conditions.where}
                 ORDER BY ${order} LIMIT ${conditions.place(maxRows)}) counted
           GROUP BY counted.reason, counted.file_no) of_file
     GROUP BY of_file.reason ORDER BY files DESC, of_file.reason`,
    conditions.params,
  );
  return { isComplete: beyond === undefined, items };
}

export async function readQuarantined(
  session: Session,
  quarantineId: number,
): Promise<QuarantinedItem | undefined> {
  const [row] = await session.query<StoredItem>(
    `${selectFrom('quarantine')} WHERE q.quarantine_id = $1`,
    [quarantineId],
  );
  return row && inWords(row);
}

/** `expected` as it is stored. */
type StoredItem = Omit<QuarantinedItem, 'expectedVi'>;

function inWords(item: StoredItem): QuarantinedItem {
  const { en, vi } = wordsOf(item.expected);
  return { ...item, expected: en, expectedVi: vi };
}

const selectFrom = (rows: string): string => `
  SELECT q.quarantine_id AS "quarantineId", q.reception_id AS "receptionId",
         encode(file.file_id, 'hex') AS "fileId", file.name AS "fileName", q.account,
         station.station, q.scope, q.reason, q.line, q."column", q.expected, q.text,
         q.quarantined_at AS "quarantinedAt", q.resolved_at AS "resolvedAt",
         coalesce(q.resolved_by, q.discarded_by) AS "resolvedBy", q.resolution
  FROM ${rows} q JOIN files file USING (file_no)
  LEFT JOIN station_keys station ON station.station_id = q.station_id`;

const stateIs = { open: 'q.resolved_at IS NULL', resolved: 'q.resolved_at IS NOT NULL' } as const;

/** A pattern for ILIKE that finds the text as it is. */
export function containing(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

type Filter = QuarantineRows & Pick<QuarantineFilter, 'after'>;

/** `from` inclusive, `to` exclusive. */
interface IdRange {
  readonly from: number;
  readonly to: number;
}

function startingAt({ from, to }: IdRange, first: number | undefined): IdRange {
  return { from: Math.max(from, first ?? from), to };
}

// Rows are numbered in the order of their transactions but for those that ran side by side.
const numberingSlack = `interval '10 minutes'`;

/**
 * The numbers that rows of the filter can have; undefined where there are none. Times are brought to
 * numbers, as those come with every index: rows outside of the time are not walked through.
 */
async function findRange(
  session: Session,
  { from, to, after = Number.MAX_SAFE_INTEGER }: Filter,
): Promise<IdRange | undefined> {
  if (from === undefined && to === undefined) return { from: 0, to: after };
  const [row] = await session.query<{ first: number | null; last: number | null }>(
    `SELECT (SELECT quarantine_id FROM quarantine
             WHERE quarantined_at >= coalesce($1::timestamptz - ${numberingSlack}, '-infinity')
             ORDER BY quarantined_at, quarantine_id LIMIT 1) AS first,
            (SELECT quarantine_id FROM quarantine
             WHERE quarantined_at < coalesce($2::timestamptz + ${numberingSlack}, 'infinity')
             ORDER BY quarantined_at DESC, quarantine_id DESC LIMIT 1) AS last`,
    [from ?? null, to ?? null],
  );
  if (row?.first == null || row.last === null) return undefined;
  return { from: row.first, to: Math.min(after, row.last + 1) };
}

/** The number of the nth row that the index gives; undefined where there are fewer. */
async function nthRow(
  session: Session,
  filter: Filter,
  range: IdRange,
  n: number,
): Promise<number | undefined> {
  const conditions = new Conditions();
  const order = addIndexed(filter, range, conditions);
  const [row] = await session.query<{ number: number }>(
    `SELECT q.quarantine_id AS number FROM quarantine q ${conditions.where}
     ORDER BY ${order} OFFSET ${conditions.place(n - 1)} LIMIT 1`,
    conditions.params,
  );
  return row?.number;
}

/** Adds the part of the filter that an index answers. Returns the order, which is the list's. */
function addIndexed(filter: Filter, range: IdRange, conditions: Conditions): string {
  const slice = sliceOf(filter, conditions);
  const from = conditions.place(range.from);
  const to = conditions.place(range.to);
  if (slice === undefined) {
    conditions.and(`q.quarantine_id >= ${from}`).and(`q.quarantine_id < ${to}`);
    return 'q.quarantine_id DESC';
  }
  conditions
    .and(within(slice, 'q.quarantine_id', '>=', from))
    .and(within(slice, 'q.quarantine_id', '<', to));
  // Those that are open have an index by account and by reason too.
  if (isOpenSlice(filter)) conditions.and(stateIs.open);
  return `${slice.column} DESC, q.quarantine_id DESC`;
}

/** Rows of one of them come from its index; others given are looked for among these. */
const codes = ['fileId', 'station', 'account', 'reason'] as const;
type Code = (typeof codes)[number];

const columnOf = {
  fileId: 'q.file_no',
  station: 'q.station_id',
  account: 'q.account',
  reason: 'q.reason',
} as const satisfies Record<Code, string>;

function valueOf(code: Code, place: string): string {
  switch (code) {
    case 'fileId':
      return fileNoOf(place);
    case 'station':
      return stationIdOf(place);
    case 'account':
    case 'reason':
      return place;
  }
}

function slicedBy(filter: Filter): Code | undefined {
  return codes.find((code) => filter[code] !== undefined);
}

function sliceOf(filter: Filter, conditions: Conditions): Slice | undefined {
  const code = slicedBy(filter);
  if (code === undefined) return undefined;
  return { column: columnOf[code], value: valueOf(code, conditions.place(filter[code])) };
}

function isOpenSlice(filter: Filter): boolean {
  const code = slicedBy(filter);
  return filter.state === 'open' && (code === 'account' || code === 'reason');
}

/** Whether the filter has conditions that rows of the index are looked at for. */
function passesOver(filter: Filter): boolean {
  const { scope, state, text, from, to } = filter;
  const given = codes.filter((code) => filter[code] !== undefined).length;
  const isByIndex = state === undefined || isOpenSlice(filter);
  const isTimed = from !== undefined || to !== undefined;
  return given > 1 || scope !== undefined || text !== undefined || isTimed || !isByIndex;
}

/** Not the one that is sliced by: an equality besides would make the planner forget the slice. */
function addOthers(filter: Filter, conditions: Conditions): void {
  const sliced = slicedBy(filter);
  for (const code of codes) {
    const value = code === sliced ? undefined : filter[code];
    conditions.given(value, (p) => `${columnOf[code]} = ${valueOf(code, p)}`);
  }
  conditions
    .given(filter.scope, (p) => `q.scope = ${p}`)
    .given(filter.from, (p) => `q.quarantined_at >= ${p}`)
    .given(filter.to, (p) => `q.quarantined_at < ${p}`)
    .given(
      containing(filter.text),
      (p) => `(q.text ILIKE ${p} OR (SELECT name FROM files WHERE file_no = q.file_no) ILIKE ${p})`,
    );
  if (filter.state !== undefined) conditions.and(stateIs[filter.state]);
}

// A file of 1 MiB may have half a million lines that nobody understands, and be replayed.
const maxRowsOfFile = 200;

/**
 * The newest rows of quarantine of a reception's file, up to so many. The planner would read equal
 * numbers of files in any order; a range of pairs it reads from the end of the index.
 */
export function newestQuarantineOf(reception: string): string {
  return `SELECT * FROM quarantine
    WHERE (file_no, quarantine_id) >= (${reception}.file_no, 0)
      AND (file_no, quarantine_id) < (${reception}.file_no + 1, 0)
    ORDER BY file_no DESC, quarantine_id DESC LIMIT ${maxRowsOfFile}`;
}
