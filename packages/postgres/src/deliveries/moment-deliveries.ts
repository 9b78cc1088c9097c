import {
  followMoment,
  groupBy,
  sentence,
  statusCodeOf,
  storedSentence,
  type Moment,
  type MomentChange,
  type MomentDelivery,
  type MomentPlan,
  type MomentReading,
} from '@envigate/domain';
import {
  statement,
  type Session,
  byteaArray,
  numberArray,
  textArray,
} from '../connection/session.ts';
import { insertDeliveries, type NewDelivery } from './deliveries.ts';
import { boundsOf, type ReadingRow, type TouchedReading } from '../readings/readings.ts';

/** Asked for each moment of which a reading came or changed; undefined: nothing is to be forwarded. */
export type PlanMoment = (moment: Moment) => MomentPlan | undefined;

/** A file that was read in this transaction, after its readings were kept. */
export interface ReadFile {
  readonly fileNo: number;
  readonly receptionId: string;
  /** UTC, ISO 8601: when it was safe in the spool. */
  readonly receivedAt: string;
  /** Where the current readings, or what the registry says of their delivery, may not be what they were. */
  readonly touched: readonly TouchedReading[];
  /** All that it gave, where every reading of it is new. */
  readonly all: { readonly station: string; readonly rows: readonly ReadingRow[] } | undefined;
}

/**
 * Brings the deliveries of every touched moment to what the record says of it now: whatever changes
 * readings only has to name where. Returns of each file how many deliveries fell due or changed by it.
 */
export async function deliverMoments(
  tx: Session,
  files: readonly ReadFile[],
  plan: PlanMoment,
): Promise<readonly number[]> {
  const moments = momentsOf(files);
  const delivered = files.map(() => 0);
  if (moments.length === 0) return delivered;
  const alone = await aloneAmong(tx, moments);
  const others = moments.filter((moment) => !alone.has(moment));
  const records = await readMoments(tx, others, { lock: true });
  const changes: Changes = { due: [], changed: [], ended: [] };
  for (const moment of moments) {
    const record = records.get(moment) ?? alone.get(moment);
    const planned = record && plan(record.moment);
    if (planned === undefined) continue;
    const own = followMoment(planned, record?.present ?? []);
    for (const change of own) noteChange(changes, moment, planned, change);
    const count = own.filter(({ kind }) => kind === 'due' || kind === 'change').length;
    for (const { index } of moment.files) delivered[index] = (delivered[index] ?? 0) + count;
  }
  await apply(tx, changes);
  return delivered;
}

/** A station and an instant at which readings changed. */
export interface TouchedMoment {
  readonly stationId: number;
  /** UTC, ISO 8601 in its canonical form. */
  readonly instant: string;
}

interface MomentInHand extends TouchedMoment {
  /** Those that touched it, in the order of their arrival; never empty. */
  readonly files: { readonly index: number; readonly file: ReadFile }[];
}

export interface MomentOnRecord {
  readonly moment: Moment;
  readonly present: readonly MomentDelivery[];
}

function momentsOf(files: readonly ReadFile[]): readonly MomentInHand[] {
  const moments = new Map<string, MomentInHand>();
  for (const [index, file] of files.entries()) {
    // The readings of a file are nearly always of one moment.
    let before: TouchedMoment | undefined;
    for (const { stationId, instant } of file.touched) {
      if (before?.instant === instant && before.stationId === stationId) continue;
      const key = `${stationId} ${instant}`;
      const known = moments.get(key);
      if (known === undefined) moments.set(key, { stationId, instant, files: [{ index, file }] });
      else if (known.files.at(-1)?.index !== index) known.files.push({ index, file });
      before = { stationId, instant };
    }
  }
  return [...moments.values()];
}

/**
 * Most moments are of one file that is all new, and nothing else is known of them: the file has all
 * their rows, and the readings need not be read back.
 */
async function aloneAmong(
  tx: Session,
  moments: readonly MomentInHand[],
): Promise<ReadonlyMap<MomentInHand, MomentOnRecord>> {
  const plain = moments.filter(
    ({ files }) => files.length === 1 && files[0]?.file.all !== undefined,
  );
  if (plain.length === 0) return new Map();
  const known = await tx.query<{ place: number }>(selectKnown, [
    ...keysOf(plain),
    numberArray(plain.map(({ files: [first] }) => first?.file.fileNo ?? null)),
    ...boundsOf(plain),
  ]);
  const isKnown = new Set(known.map(({ place }) => place));
  const byFile = new Map<ReadFile, ReadonlyMap<string, readonly ReadingRow[]>>();
  const alone = new Map<MomentInHand, MomentOnRecord>();
  for (const [index, moment] of plain.entries()) {
    const file = moment.files[0]?.file;
    if (isKnown.has(index + 1) || file?.all === undefined) continue;
    const { instant } = moment;
    const { station } = file.all;
    let rows = byFile.get(file);
    if (rows === undefined) byFile.set(file, (rows = groupBy(file.all.rows, instantOf)));
    const readings = (rows.get(instant) ?? []).map(({ reading }) => reading);
    alone.set(moment, { moment: { station, instant, readings }, present: [] });
  }
  return alone;
}

const instantOf = ({ instant }: ReadingRow): string => instant;
const placeOf = ({ place }: { readonly place: number }): number => place;

/**
 * What is on record of moments, and their deliveries. Locked, no attempt at one of these begins before
 * the caller's transaction has ended.
 */
export async function readMoments<M extends TouchedMoment>(
  tx: Session,
  moments: readonly M[],
  { lock }: { readonly lock: boolean },
): Promise<ReadonlyMap<M, MomentOnRecord>> {
  if (moments.length === 0) return new Map();
  const keys = [...keysOf(moments), ...boundsOf(moments)];
  const present = await tx.query<MomentDelivery & { place: number }>(
    lock ? lockPresent : presentDeliveries,
    keys,
  );
  const readings = await tx.query<Omit<MomentReading, 'statusCode'> & { place: number }>(
    selectReadings,
    keys,
  );
  const stations = await tx.query<{ place: number; station: string }>(selectStations, [keys[0]]);
  const readingsAt = groupBy(readings, placeOf);
  const presentAt = groupBy(present, placeOf);
  return new Map(
    stations.map(({ place, station }) => {
      const moment = moments[place - 1];
      if (moment === undefined) throw new Error(`no moment at place ${place}`);
      const { instant } = moment;
      const own = (readingsAt.get(place) ?? []).map(withStatusCode);
      const record = {
        moment: { station, instant, readings: own },
        present: presentAt.get(place) ?? [],
      };
      return [moment, record];
    }),
  );
}

function withStatusCode(reading: Omit<MomentReading, 'statusCode'>): MomentReading {
  const statusCode = statusCodeOf(reading.reasons);
  return statusCode === undefined ? reading : { ...reading, statusCode };
}

interface Changes {
  readonly due: Omit<NewDelivery, 'resend'>[];
  readonly changed: {
    instant: string;
    deliveryId: number;
    payload: Uint8Array;
    fileNos: readonly number[];
  }[];
  readonly ended: {
    readonly instant: string;
    readonly change: Extract<MomentChange, { kind: 'withhold' | 'withdrawn' | 'reinstated' }>;
    readonly receptionId: string;
  }[];
}

function noteChange(
  { due, changed, ended }: Changes,
  { stationId, instant, files }: MomentInHand,
  { payload }: MomentPlan,
  change: MomentChange,
): void {
  const fileNos = files.map(({ file }) => file.fileNo);
  const first = files[0]?.file;
  if (first === undefined) throw new Error('a moment was touched by no file');
  const { fileNo, receivedAt, receptionId } = first;
  switch (change.kind) {
    case 'due': {
      const { target, fileName, gatherMs } = change;
      const moreFiles = fileNos.slice(1);
      due.push({
        target,
        stationId,
        fileNo,
        moreFiles,
        dataInstant: instant,
        receivedAt,
        fileName,
        payload,
        gatherMs,
      });
      return;
    }
    case 'change':
      changed.push({ instant, deliveryId: change.deliveryId, payload, fileNos });
      return;
    default:
      ended.push({ instant, change, receptionId });
  }
}

async function apply(tx: Session, { due, changed, ended }: Changes): Promise<void> {
  // Where the same bytes are those of another moment now, the ministry has them.
  const withdrawn = new Set(
    ended.flatMap(({ change }) =>
      change.kind === 'withdrawn' ? [`${change.target}/${change.fileName}`] : [],
    ),
  );
  await insertDeliveries(
    tx,
    due.map((each) => ({ ...each, resend: withdrawn.has(`${each.target}/${each.fileName}`) })),
  );
  if (changed.length > 0) {
    await tx.execute(changePayloads, [
      numberArray(changed.map(({ deliveryId }) => deliveryId)),
      byteaArray(changed.map(({ payload }) => Buffer.from(payload))),
      textArray(changed.map(({ fileNos }) => numberArray(fileNos))),
      ...boundsOf(changed),
    ]);
  }
  if (ended.length > 0) {
    await tx.execute(endDeliveries, [
      numberArray(ended.map(({ change }) => change.deliveryId)),
      textArray(ended.map(({ change }) => change.kind)),
      textArray(
        ended.map(({ change }) => (change.kind === 'withhold' ? withheldWhy[change.why] : null)),
      ),
      textArray(ended.map(({ receptionId }) => receptionId)),
      ...boundsOf(ended),
    ]);
  }
}

const withheldWhy = {
  replaced: storedSentence(sentence('delivery-replaced@1')),
  withdrawn: storedSentence(sentence('delivery-withdrawn@1')),
} as const;

function keysOf(moments: readonly TouchedMoment[]): [stations: string, instants: string] {
  return [
    numberArray(moments.map(({ stationId }) => stationId)),
    textArray(moments.map(({ instant }) => instant)),
  ];
}

const given = `unnest($1::integer[], $2::timestamptz[]) WITH ORDINALITY AS given (station_id, instant, place)`;

const selectKnown = `
  SELECT given.place
   FROM unnest($1::integer[], $2::timestamptz[], $3::bigint[])
        WITH ORDINALITY AS given (station_id, instant, file_no, place)
   WHERE EXISTS (SELECT FROM readings r
                 WHERE r.station_id = given.station_id AND r.instant = given.instant
                   AND r.file_no <> given.file_no AND r.instant BETWEEN $4 AND $5)
      OR EXISTS (SELECT FROM deliveries d
                 WHERE d.station_id = given.station_id AND d.data_instant = given.instant
                   AND d.data_instant BETWEEN $4 AND $5)`;

const presentDeliveries = `
   SELECT given.place, d.delivery_id AS "deliveryId", d.target, d.state, d.attempts,
          d.in_doubt AS "mayHaveArrived", d.withdrawn_at IS NOT NULL AS "isWithdrawn",
          d.file_name AS "fileName", d.payload
   FROM ${given}
   JOIN deliveries d ON d.station_id = given.station_id AND d.data_instant = given.instant
   WHERE d.data_instant BETWEEN $3 AND $4
   ORDER BY d.data_instant, d.delivery_id`;
const lockPresent = `${presentDeliveries} FOR NO KEY UPDATE OF d`;

const selectReadings = `
  SELECT given.place, parameter.parameter, r.value, r.unit, r.raw_value AS "rawValue",
          r.raw_unit AS "rawUnit", r.status, r.flag, r.reasons, r.factor
   FROM ${given}
   JOIN readings r ON r.station_id = given.station_id AND r.instant = given.instant
   JOIN parameter_keys parameter USING (parameter_id)
   WHERE r.instant BETWEEN $3 AND $4
   ORDER BY given.place, r.file_no, r.line`;

const selectStations = statement(
  'moments-stations',
  `SELECT given.place, key.station
   FROM unnest($1::integer[]) WITH ORDINALITY AS given (station_id, place)
   JOIN station_keys key USING (station_id)`,
);

const changePayloads = `
  UPDATE deliveries d
   SET payload = given.payload,
       more_files = (SELECT array_agg(DISTINCT file_no ORDER BY file_no)
                     FROM unnest(coalesce(d.more_files, '{}') || given.files::bigint[]) AS file (file_no)
                     WHERE file_no <> d.file_no)
   FROM unnest($1::bigint[], $2::bytea[], $3::text[]) AS given (delivery_id, payload, files)
   WHERE d.delivery_id = given.delivery_id AND d.data_instant BETWEEN $4 AND $5`;

const endDeliveries = `
  UPDATE deliveries d
   SET state = CASE given.change WHEN 'withhold' THEN 'withheld' ELSE d.state END,
       ended_at = CASE given.change WHEN 'withhold' THEN now() ELSE d.ended_at END,
       failure = coalesce(given.why, d.failure),
       withdrawn_at = CASE given.change WHEN 'withdrawn' THEN now() WHEN 'reinstated' THEN NULL
                                        ELSE d.withdrawn_at END,
       withdrawn_by = CASE given.change WHEN 'withdrawn' THEN given.reception_id
                                        WHEN 'reinstated' THEN NULL ELSE d.withdrawn_by END
   FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
        AS given (delivery_id, change, why, reception_id)
   WHERE d.delivery_id = given.delivery_id AND d.data_instant BETWEEN $5 AND $6`;
