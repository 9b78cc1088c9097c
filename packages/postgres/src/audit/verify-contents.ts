import {
  agreesWithRawText,
  decodeText,
  type DecodedText,
  type StoredNumber,
} from '@envigate/domain';
import { readAbsentTimes } from '../archived/archived-months.ts';
import { numberArray, textArray, type Session } from '../connection/session.ts';
import type { AuditFault, PlacedFault } from './faults.ts';
import { Pace } from './pace.ts';

/** A reception that brought readings, and where they are to be found. */
interface Bringing {
  readonly sequence: number;
  readonly receptionId: string;
  readonly fileNo: number;
  readonly brought: number;
  readonly size: number;
  readonly stationId: number;
  readonly dataFrom: Date;
  readonly dataTo: Date;
}

const selectBringing = `
  SELECT chain_sequence AS sequence, reception_id AS "receptionId", file_no AS "fileNo",
         new_readings + corrections AS brought, length(content) AS size,
         files.station_id AS "stationId", data_from AS "dataFrom", data_to AS "dataTo"
  FROM receptions JOIN files USING (file_no)
  WHERE chain = $1 AND chain_sequence > $2 AND chain_sequence <= $3 AND outcome = 'stored'
    AND new_readings + corrections > 0 AND files.station_id IS NOT NULL AND data_from IS NOT NULL
  ORDER BY chain_sequence`;

/**
 * The readings of the files of a stretch of a chain: so many are kept as the ledger says that they brought, each number
 * is the one of its raw text, and the original has that text.
 */
export async function verifyContents(
  session: Session,
  chain: string,
  from: number,
  to: number,
): Promise<readonly PlacedFault[]> {
  const bringing = await session.query<Bringing>(selectBringing, [chain, from, to]);
  const kept = new Map<number, number>();
  const faults: PlacedFault[] = [];
  const sequences = new Map(bringing.map(({ fileNo, sequence }) => [fileNo, sequence]));
  for (const windows of groupWindows(bringing.flatMap(windowsOf))) {
    const readings = await session.query<KeptReading>(selectKept, [
      numberArray(windows.map(({ fileNo }) => fileNo)),
      numberArray(windows.map(({ stationId }) => stationId)),
      textArray(windows.map((window) => window.from.toISOString())),
      textArray(windows.map((window) => window.before.toISOString())),
    ]);
    const originals = await readOriginals(session, windows);
    for (const { fileNo } of readings) kept.set(fileNo, (kept.get(fileNo) ?? 0) + 1);
    const wrong = readings.filter(
      (reading) => !agreesWithRawText(reading) || !isInOriginal(reading, originals),
    );
    for (const reading of await nameReadings(session, wrong))
      faults.push({ sequence: sequences.get(reading.fileNo) ?? to, fault: valueFault(reading) });
  }
  const fewer = bringing.filter(({ fileNo, brought }) => (kept.get(fileNo) ?? 0) < brought);
  const archived = fewer.length === 0 ? [] : await readAbsentTimes(session);
  // Readings of such a file are in an archive.
  const reachesIn = ({ dataFrom, dataTo }: Bringing) =>
    archived.some(({ from, to }) => dataFrom < to && (from === null || dataTo >= from));
  const short = fewer.filter((file) => !reachesIn(file));
  const readAgain = await findReadAgain(session, short);
  for (const { sequence, receptionId, fileNo, brought } of short) {
    if (readAgain.has(fileNo)) continue;
    const place = { chain, sequence, receptionId, fileNo };
    const found = kept.get(fileNo) ?? 0;
    const fault = { kind: 'readings-gone', ...place, expected: brought, found } as const;
    faults.push({ sequence, fault });
  }
  return faults;
}

/** A part of the time of a file's readings, short enough that one statement reads all that its station has there. */
interface Window extends Bringing {
  readonly from: Date;
  /** Exclusive. */
  readonly before: Date;
}

const dayMs = 86_400_000;
const mostDays = 31;

function windowsOf(file: Bringing): readonly Window[] {
  const windows: Window[] = [];
  const end = file.dataTo.getTime() + 1;
  for (let from = file.dataFrom.getTime(); from < end; from += mostDays * dayMs) {
    const before = new Date(Math.min(end, from + mostDays * dayMs));
    windows.push({ ...file, from: new Date(from), before });
  }
  return windows;
}

/** What one statement takes. */
const most = { windows: 2_000, readings: 30_000, bytes: 8 * 1024 * 1024, days: mostDays };

function* groupWindows(windows: readonly Window[]): Iterable<readonly Window[]> {
  let group: Window[] = [];
  let [readings, bytes, days] = [0, 0, 0];
  for (const window of windows) {
    const length = (window.before.getTime() - window.from.getTime()) / dayMs;
    const isFull =
      group.length === most.windows ||
      readings + window.brought > most.readings ||
      bytes + window.size > most.bytes ||
      days + length > most.days;
    if (isFull && group.length > 0) {
      yield group;
      group = [];
      [readings, bytes, days] = [0, 0, 0];
    }
    group.push(window);
    readings += window.brought;
    bytes += window.size;
    days += length;
  }
  if (group.length > 0) yield group;
}

/** A row of readings or of their revisions. */
export interface KeptReading extends StoredNumber {
  readonly fileNo: number;
  readonly stationId: number;
  readonly parameterId: number;
  readonly instant: Date;
  readonly revision: number;
}

const keptColumns = `station_id AS "stationId", parameter_id AS "parameterId", instant, revision, value,
  raw_value AS "rawValue", flag, factor, censored_limit AS "limit", file_no AS "fileNo"`;

const keptOf = (table: string) => `
  SELECT ${keptColumns} FROM ${table} r
  WHERE r.station_id = given.of_station AND r.instant >= given.since AND r.instant < given.before
    AND r.file_no = given.of_file`;

const selectKept = `
  SELECT kept.* FROM unnest($1::bigint[], $2::integer[], $3::timestamptz[], $4::timestamptz[])
                     AS given (of_file, of_station, since, before)
  CROSS JOIN LATERAL (${keptOf('readings')} UNION ALL ${keptOf('reading_revisions')}) kept`;

async function readOriginals(
  session: Session,
  files: readonly Pick<Bringing, 'fileNo'>[],
): Promise<ReadonlyMap<number, Original>> {
  const rows = await session.query<{ fileNo: number; content: Buffer }>(
    'SELECT file_no AS "fileNo", content FROM files WHERE file_no = ANY($1::bigint[])',
    [numberArray([...new Set(files.map(({ fileNo }) => fileNo))])],
  );
  return new Map(rows.map(({ fileNo, content }) => [fileNo, { content, at: 0 }]));
}

/** Printable ASCII without quotes: any encoding of a station file has it as it is, but for what is between the characters. */
const plain = /^[\x23-\x26\x28-\x7e]+$/;

interface Original {
  readonly content: Buffer;
  /** Where the text of the last reading was: that of the next one follows, in files of many lines. */
  at: number;
  /** Made where bytes did not have a text. */
  decoded?: DecodedText;
}

function isInOriginal(
  { fileNo, rawValue }: KeptReading,
  originals: ReadonlyMap<number, Original>,
): boolean {
  const original = originals.get(fileNo);
  if (original === undefined || !plain.test(rawValue)) return true;
  const { content } = original;
  const next = content.indexOf(rawValue, original.at);
  const place = next === -1 ? content.indexOf(rawValue) : next;
  if (place !== -1) {
    original.at = place;
    return true;
  }
  // In two bytes a character, or with characters in between that cannot be seen.
  const decoded = (original.decoded ??= decodeText(content));
  return decoded.kind === 'unreadable' || decoded.text.includes(rawValue);
}

/** A reading with the codes that people know it by. */
export type NamedReading = KeptReading & { readonly station: string; readonly parameter: string };

async function nameReadings<R extends KeptReading>(
  session: Session,
  readings: readonly R[],
): Promise<readonly (R & NamedReading)[]> {
  if (readings.length === 0) return [];
  const names = await session.query<{ station: string | null; parameter: string | null }>(
    `SELECT station, parameter FROM unnest($1::integer[], $2::integer[])
            WITH ORDINALITY AS given (station_id, parameter_id, place)
     LEFT JOIN station_keys USING (station_id) LEFT JOIN parameter_keys USING (parameter_id)
     ORDER BY place`,
    [
      numberArray(readings.map(({ stationId }) => stationId)),
      numberArray(readings.map(({ parameterId }) => parameterId)),
    ],
  );
  return readings.map((reading, i) => ({
    ...reading,
    station: names[i]?.station ?? `#${reading.stationId}`,
    parameter: names[i]?.parameter ?? `#${reading.parameterId}`,
  }));
}

function valueFault(reading: NamedReading): AuditFault {
  const { station, parameter, revision, fileNo, value, rawValue } = reading;
  const instant = reading.instant.toISOString();
  return { kind: 'value', station, parameter, instant, revision, fileNo, value, rawValue };
}

/**
 * Which of the files were read again since: then what a reception brought may be under another station or at other
 * times, and what it counted is not what its file gives now.
 */
async function findReadAgain(
  session: Session,
  short: readonly Bringing[],
): Promise<ReadonlySet<number>> {
  if (short.length === 0) return new Set();
  const rows = await session.query<{ fileNo: number }>(
    `SELECT file_no AS "fileNo" FROM unnest($1::bigint[]) AS given (file_no)
     WHERE EXISTS (SELECT FROM replays WHERE replays.file_no = given.file_no)
        OR (SELECT count(*) FROM (SELECT FROM receptions r WHERE r.file_no = given.file_no
                                    AND outcome = 'stored' LIMIT 2) stored) > 1`,
    [numberArray(short.map(({ fileNo }) => fileNo))],
  );
  return new Set(rows.map(({ fileNo }) => fileNo));
}

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
