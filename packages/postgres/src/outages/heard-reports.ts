import {
  compareWithReported,
  type Door,
  type DoorUse,
  type HeardDoor,
  type HeardReport,
  type HeardReports,
  type Outage,
} from '@envigate/domain';
import { numbers, parametersOf, texts, type Column } from '../connection/columns.ts';
import type { Database } from '../connection/database.ts';
import { statement, type Session } from '../connection/session.ts';
import { noteStretchesDue } from './note-stretches-due.ts';

/**
 * What receivers report of themselves. Everything of a report is in one transaction, and each row has a key of
 * the receiver's own, so a report whose answer was lost may come again.
 */
export function heardReports(database: Database): HeardReports {
  return {
    report: (report) => database.transaction((tx) => keepReport(tx, report)),
  };
}

async function keepReport(
  tx: Session,
  { receiver, host, record, uses }: HeardReport,
): Promise<void> {
  const { doors, closed, unreported, setBackTo } = record;
  const rows = await tx.query<{ door: Door; heard_until: Date }>(selectOpenDoors, [receiver]);
  const reported = rows.map((row) => ({ door: row.door, heardUntil: row.heard_until.getTime() }));
  const { lost, heardAfterAll } = compareWithReported(reported, record);
  if (setBackTo !== undefined) {
    const to = new Date(setBackTo);
    await tx.execute(setBackDoors, [receiver, to]);
    await tx.execute(setBackOutages, [receiver, to]);
  }
  const outages = [...lost, ...unreported];
  if (outages.length > 0)
    await tx.execute(upsertOutages, [receiver, ...parametersOf(outageColumns, outages)]);
  if (doors.length > 0)
    await tx.execute(upsertDoors, [receiver, host, ...parametersOf(doorColumns, doors)]);
  if (closed.length > 0)
    await tx.execute(closeDoors, [receiver, ...parametersOf(closedColumns, closed)]);
  if (uses.length > 0) await tx.execute(upsertUses, [...parametersOf(useColumns, uses)]);
  await noteStretchesDue(tx, 'all', heardAfterAll);
}

const iso = (instant: number): string => new Date(instant).toISOString();

const outageColumns: readonly Column<Outage>[] = [
  texts(({ door }) => door),
  texts(({ from }) => iso(from)),
  texts(({ to }) => (to === undefined ? null : iso(to))),
  texts(({ cause }) => cause),
  texts(({ evidence }) => evidence),
  numbers(({ isPlanned }) => (isPlanned ? 1 : 0)),
  texts(({ detail }) => detail),
];
const doorColumns: readonly Column<HeardDoor>[] = [
  texts(({ door }) => door),
  texts(({ since }) => iso(since)),
  texts(({ heardUntil }) => iso(heardUntil)),
];
const closedColumns: readonly Column<HeardReport['record']['closed'][number]>[] = [
  texts(({ door }) => door),
  texts(({ at }) => iso(at)),
];
const useColumns: readonly Column<DoorUse>[] = [
  texts(({ account }) => account),
  texts(({ protocol }) => protocol),
  texts(({ lastUsedAt }) => iso(lastUsedAt)),
];

const selectOpenDoors = statement(
  'heard-doors-select',
  `SELECT door, heard_until FROM reception_doors
   WHERE receiver = $1 AND closed_at IS NULL ORDER BY door FOR UPDATE`,
);

const setBackDoors = statement(
  'heard-doors-set-back',
  `UPDATE reception_doors SET since = least(since, $2), heard_until = least(heard_until, $2)
   WHERE receiver = $1 AND closed_at IS NULL AND heard_until > $2`,
);

const setBackOutages = statement(
  'heard-outages-set-back',
  `UPDATE reception_outages SET to_instant = $2
   WHERE receiver = $1 AND from_instant < $2 AND to_instant > $2`,
);

// A report of a process that has died since may come late: what has ended does not begin again.
const upsertOutages = statement(
  'heard-outages-upsert',
  `INSERT INTO reception_outages AS known
     (receiver, door, from_instant, to_instant, cause, evidence, planned, detail)
   SELECT $1, door, from_instant, to_instant, cause, evidence, planned = 1, detail
   FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[],
               $7::integer[], $8::text[])
     AS given (door, from_instant, to_instant, cause, evidence, planned, detail)
   ON CONFLICT (receiver, door, from_instant) DO UPDATE SET
     to_instant = coalesce(excluded.to_instant, known.to_instant)`,
);

const upsertDoors = statement(
  'heard-doors-upsert',
  `INSERT INTO reception_doors AS known (receiver, host, door, since, heard_until)
   SELECT $1, $2, * FROM unnest($3::text[], $4::timestamptz[], $5::timestamptz[])
   ON CONFLICT (receiver, door) WHERE closed_at IS NULL DO UPDATE SET
     host = excluded.host, heard_until = greatest(known.heard_until, excluded.heard_until)`,
);

const closeDoors = statement(
  'heard-doors-close',
  `UPDATE reception_doors known SET closed_at = greatest(given.at, known.heard_until)
   FROM unnest($2::text[], $3::timestamptz[]) AS given (door, at)
   WHERE known.receiver = $1 AND known.door = given.door AND known.closed_at IS NULL`,
);

const upsertUses = statement(
  'door-uses-upsert',
  `INSERT INTO door_uses AS known (account, protocol, last_used_at)
   SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
   ORDER BY 1, 2
   ON CONFLICT (account, protocol) DO UPDATE SET
     last_used_at = greatest(known.last_used_at, excluded.last_used_at)`,
);
