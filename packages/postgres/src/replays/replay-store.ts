import { createHash } from 'node:crypto';
import { maxCounted } from '@envigate/contracts';
import {
  RegistryView,
  type ReplayableFile,
  type QuarantinedName,
  maxUnknownSymbols,
  type UnknownSymbol,
} from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import { exportRegistry, registryRevision } from '../registry/registry-store.ts';
import { expandBatch } from './batches.ts';
import { type SelectedFile, stepLimits, upToBytes, type StepLimits } from './selection.ts';
import type { Session } from '../connection/session.ts';
import { readOriginals, requestReplays, stationFileOf, ulid } from './request-replays.ts';

/** One step of the look for what the registry cured; all of it happens, with its move, or nothing does. */
export interface ScanStep {
  readonly scan: Scan;
  quarantined(reason: string, after: number): Promise<readonly QuarantinedFile[]>;
  symbolPairs(): Promise<readonly SymbolPair[]>;
  filesOfPair(pair: SymbolPair, after: string | null): Promise<readonly FileOfPair[]>;
  /**
   * Has those of the files replayed on which `isCured` says yes. It may look at the first of them
   * only: so many bytes at once.
   */
  requestCured(
    files: readonly SelectedFile[],
    isCured: (file: ReplayableFile) => boolean,
  ): Promise<{ readonly looked: number; readonly requested: number }>;
  move(position: ScanPosition | null): Promise<void>;
}

/** What the recorder needs to put recorded files on their way again. Safe to use by several at once. */
export interface ReplayStore {
  /** A step of the oldest open request; undefined where there is none, else the replays asked for. */
  expandRequest(): Promise<number | undefined>;
  registryRevision(): Promise<number>;
  /** At least as new as the revision says. */
  readRegistry(): Promise<{ readonly revision: number; readonly view: RegistryView }>;
  beginScan(scan: Scan): Promise<void>;
  settledPass(): ReturnType<typeof settledPass>;
  /** Undefined where another instance is at it. */
  scanStep<T>(work: (step: ScanStep) => Promise<T>): Promise<T | undefined>;
}

/** Rows of quarantine looked at in a step by account and name; of readings, by their symbol. */
const rowsOfStep = 1_000;

export function replayStore(database: Database): ReplayStore {
  return {
    expandRequest: () => database.transaction((tx) => expandBatch(tx)),
    registryRevision: () => registryRevision(database),
    async readRegistry() {
      const revision = await registryRevision(database);
      return { revision, view: new RegistryView(await exportRegistry(database), revision) };
    },
    beginScan: (scan) => beginScan(database, scan),
    settledPass: () => settledPass(database),
    scanStep: (work) =>
      database.transaction(async (tx) => {
        const scan = await lockScan(tx);
        if (scan === undefined) return undefined;
        return work({
          scan,
          quarantined: (reason, after) => nextQuarantined(tx, { reason, after, limit: rowsOfStep }),
          symbolPairs: () => listSymbolPairs(tx),
          filesOfPair: (pair, after) => nextFilesOfPair(tx, pair, { after, limit: rowsOfStep }),
          requestCured: (files, isCured) => requestCured(tx, scan, files, isCured),
          move: (position) => moveScan(tx, { ...scan, position }),
        });
      }),
  };
}

/** How far the look for what a registry revision cured has come. */
export type ScanPosition =
  | { readonly stage: 'quarantine'; readonly reason: string; readonly after: number }
  | {
      readonly stage: 'symbols';
      /** The last pair of station and symbol looked at, and the last of its instants; null at the start. */
      readonly pair: { readonly stationId: number; readonly parameterId: number } | null;
      readonly after: string | null;
    };

export interface Scan {
  readonly revision: number;
  /** 1, 2 …: what was put on its way may meet a normaliser that has not seen the revision yet. */
  readonly pass: number;
  /** Null when done. */
  readonly position: ScanPosition | null;
}

/** Begins a pass, unless another instance has begun it or a later one. */
async function beginScan(session: Session, { revision, pass, position }: Scan): Promise<void> {
  await session.execute(
    `UPDATE replay_scan SET revision = $1, pass = $2, position = $3, finished_at = NULL
     WHERE (revision, pass) < ($1, $2)`,
    [revision, pass, JSON.stringify(position)],
  );
}

/** Holds the scan until the end of the transaction; undefined where another instance does. */
async function lockScan(tx: Session): Promise<Scan | undefined> {
  const [row] = await tx.query<Scan>(
    'SELECT revision, pass, position FROM replay_scan FOR UPDATE SKIP LOCKED',
  );
  return row;
}

async function moveScan(tx: Session, { revision, pass, position }: Scan): Promise<void> {
  await tx.execute(
    `UPDATE replay_scan SET position = $1, finished_at = CASE WHEN $2 THEN now() END`,
    [JSON.stringify(position), position === null],
  );
  if (position !== null) return;
  await tx.execute('UPDATE replay_batches SET expanded_at = now() WHERE batch_id = $1', [
    automaticBatchId(revision, pass),
  ]);
}

/** A finished pass that put files on their way which have all arrived, and since when. */
export async function settledPass(
  session: Session,
): Promise<(Pick<Scan, 'revision' | 'pass'> & { readonly finishedSeconds: number }) | undefined> {
  const [scan] = await session.query<{ revision: number; pass: number; finishedSeconds: number }>(
    `SELECT revision, pass, CASE WHEN finished_at > now() THEN 'infinity' -- by a clock that was ahead
            ELSE extract(epoch FROM now() - finished_at) END::float8 AS "finishedSeconds"
     FROM replay_scan WHERE finished_at IS NOT NULL`,
  );
  if (scan === undefined) return undefined;
  const [row] = await session.query<{ requested: number; underWay: number }>(
    `SELECT count(*) AS requested, count(*) FILTER (WHERE recorded_at IS NULL) AS "underWay"
     FROM replays WHERE batch_id = $1`,
    [automaticBatchId(scan.revision, scan.pass)],
  );
  return row === undefined || row.requested === 0 || row.underWay > 0 ? undefined : scan;
}

interface QuarantinedFile extends QuarantinedName, SelectedFile {}

/** Open rows of one reason, in order, after a position. */
function nextQuarantined(
  session: Session,
  { reason, after, limit }: { reason: string; after: number; limit: number },
): Promise<readonly QuarantinedFile[]> {
  return session.query<QuarantinedFile>(
    `SELECT quarantine_id AS position, file.file_no AS "fileNo", length(content) AS size, reason,
            q.account, name, folder
     FROM quarantine q JOIN files file USING (file_no) JOIN receptions USING (reception_id)
     WHERE resolved_at IS NULL AND reason = $1 AND quarantine_id > $2
     ORDER BY quarantine_id LIMIT $3`,
    [reason, after, limit],
  );
}

/**
 * Asks for the replay of those of the files on which `isCured` says yes, in the name of the
 * registry's revision. Reads no more than the limit at once: returns how many were looked at.
 */
async function requestCured(
  tx: Session,
  scan: Pick<Scan, 'revision' | 'pass'>,
  files: readonly SelectedFile[],
  isCured: (file: ReplayableFile) => boolean,
  limits: StepLimits = stepLimits,
): Promise<{ readonly looked: number; readonly requested: number }> {
  const taken = upToBytes(files.slice(0, limits.files), limits.bytes);
  const fileNos = [...new Set(taken.map(({ fileNo }) => fileNo))];
  const cured = (await readOriginals(tx, fileNos)).filter(({ fileNo, open, reception, content }) =>
    isCured({ fileNo, open, file: stationFileOf(reception, content) }),
  );
  if (cured.length === 0) return { looked: taken.length, requested: 0 };
  const order = await automaticOrder(tx, scan);
  const requested = await requestReplays(
    tx,
    order,
    cured.map(({ fileNo }) => fileNo),
  );
  return { looked: taken.length, requested };
}

const automaticActor = 'registry';

async function automaticOrder(tx: Session, { revision, pass }: Pick<Scan, 'revision' | 'pass'>) {
  const batch = automaticBatchId(revision, pass);
  const note = `registry revision ${revision}`;
  await tx.execute(
    `INSERT INTO replay_batches (batch_id, actor, requested_at, note, automatic, selection, upto)
     VALUES ($1, $2, now(), $3, true, $4, 0) ON CONFLICT DO NOTHING`,
    [batch, automaticActor, note, JSON.stringify({ kind: 'registry', revision })],
  );
  const [row] = await tx.query<{ requested_at: Date }>(
    'SELECT requested_at FROM replay_batches WHERE batch_id = $1',
    [batch],
  );
  if (row === undefined) throw new Error(`batch ${batch} was neither made nor found`);
  return {
    ...{ batch, actor: automaticActor, note, automatic: true as const },
    requestedAt: row.requested_at.toISOString(),
  };
}

export function automaticBatchId(revision: number, pass: number): string {
  return ulid(0, createHash('sha256').update(`registry ${revision} pass ${pass}`).digest());
}

// As the partial index on them says it.
const hasUnknownSymbol = `reasons <> '{}' AND names_unknown_symbol(reasons)`;

/** A symbol of a station that its readings are kept under, as the registry did not know it. */
interface SymbolPair {
  readonly stationId: number;
  readonly parameterId: number;
  readonly station: string;
  readonly symbol: string;
}

/** A walk from one pair to the next over the index, whatever number of readings each has. */
const pairs = `
  WITH RECURSIVE pairs AS (
    (SELECT station_id, parameter_id FROM readings WHERE ${hasUnknownSymbol}
     ORDER BY station_id, parameter_id LIMIT 1)
    UNION ALL
    SELECT next.station_id, next.parameter_id FROM pairs, LATERAL (
      SELECT station_id, parameter_id FROM readings
      WHERE ${hasUnknownSymbol}
        AND (station_id, parameter_id) > (pairs.station_id, pairs.parameter_id)
      ORDER BY station_id, parameter_id LIMIT 1) next
  )`;

/** By their numbers. */
function listSymbolPairs(session: Session): Promise<readonly SymbolPair[]> {
  return session.query<SymbolPair>(
    `${pairs}
     SELECT pairs.station_id AS "stationId", pairs.parameter_id AS "parameterId", station,
            parameter AS symbol
     FROM pairs JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id)
     ORDER BY pairs.station_id, pairs.parameter_id`,
  );
}

/** By station and symbol: the first so many, whose readings share what is counted at most. */
export function listUnknownSymbols(
  session: Session,
  maxRows = maxCounted,
): Promise<readonly UnknownSymbol[]> {
  const ofPair = (what: string, order: string, limit: string): string =>
    `SELECT ${what} FROM readings r
     WHERE ${hasUnknownSymbol}
       AND r.station_id = pair.station_id AND r.parameter_id = pair.parameter_id
     ORDER BY r.station_id ${order}, r.parameter_id ${order}, r.instant ${order} LIMIT ${limit}`;
  return session.query<UnknownSymbol>(
    `${pairs}, listed AS MATERIALIZED (SELECT * FROM pairs LIMIT ${maxUnknownSymbols})
     SELECT station, parameter AS symbol, readings, first.instant AS "from", latest.instant AS "to",
            json_build_object('rawValue', raw_value, 'rawUnit', raw_unit,
                              'fileId', encode(file_id, 'hex'), 'fileName', name) AS latest
     FROM (SELECT *, count(*) OVER () AS pairs FROM listed) pair
     JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id),
     LATERAL (SELECT count(*) AS readings
              FROM (${ofPair('1', 'ASC', `greatest($1::bigint / pair.pairs, 1)`)}) few) counted,
     LATERAL (${ofPair('r.instant', 'ASC', '1')}) first,
     LATERAL (${ofPair('r.instant, r.raw_value, r.raw_unit, r.file_no', 'DESC', '1')}) latest
     JOIN files USING (file_no)
     ORDER BY station, symbol`,
    [maxRows],
  );
}

interface FileOfPair extends SelectedFile {
  /** Of the reading, as PostgreSQL writes it: with its microseconds. */
  readonly instant: string;
}

/** Files that readings of the pair came with, in order of the readings' time. */
async function nextFilesOfPair(
  session: Session,
  { stationId, parameterId }: Pick<SymbolPair, 'stationId' | 'parameterId'>,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly FileOfPair[]> {
  return session.query(
    `SELECT row_number() OVER (ORDER BY instant) AS position, file_no AS "fileNo",
            length(content) AS size, instant::text AS instant
     FROM (SELECT instant, file_no FROM readings
           WHERE ${hasUnknownSymbol} AND station_id = $1 AND parameter_id = $2
             AND instant > coalesce($3::timestamptz, '-infinity')
           ORDER BY instant LIMIT $4) reading
     JOIN files USING (file_no) ORDER BY instant`,
    [stationId, parameterId, after, limit],
  );
}
