import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import type { Database } from '../../connection/database.ts';
import { RecordScene } from '../../console/testing/record-scene.ts';
import { monthlyTables, monthOf, nameOf, startOf } from '../../months/make-months.ts';
import { archiveUnit, type ArchiveOptions, type ArchivedResult } from '../archive-month.ts';
import { archivedTables, unitOf, type Unit } from '../archived-tables.ts';

const thisMonth = monthOf(new Date());
/** The first month of an installation; the one after it. Both are over for longer than an archive waits, on any day. */
export const month = unitOf(thisMonth - 3);
export const nextMonth = unitOf(thisMonth - 2);

/** A moment of a month, ISO 8601. */
export function moment({ month: number }: Unit, day: number, minute = 0): string {
  if (number === undefined) throw new Error('before the first month');
  const start = startOf(number).getTime();
  return new Date(start + (day - 1) * 86_400_000 + minute * 60_000).toISOString();
}

/** A record with two months that are over, and a folder for archives. What is recorded gets numbers of `at`. */
export class ArchiveScene {
  readonly record: RecordScene;
  readonly folder: string;
  readonly #test: TestDatabase;

  private constructor(test: TestDatabase, folder: string) {
    this.#test = test;
    this.record = RecordScene.on(test);
    this.folder = folder;
  }

  static async create(): Promise<ArchiveScene> {
    const test = await testDatabase();
    await beginEarlier(test.database);
    const scene = new ArchiveScene(test, await mkdtemp(join(tmpdir(), 'envigate-archive-')));
    await scene.at(month);
    return scene;
  }

  get database(): Database {
    return this.#test.database;
  }

  get url(): string {
    return this.#test.url;
  }

  async close(): Promise<void> {
    await this.#test.drop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The month in which files and rows of quarantine are numbered. */
  async at({ month: number }: Unit): Promise<void> {
    await this.database.execute('UPDATE month_of_test SET month = $1', [number]);
  }

  /** The first month with some of everything, and a file of the next month that was there before. */
  async fill(): Promise<void> {
    const { record } = this;
    const at = (day: number, minute?: number) => moment(month, day, minute);
    const received = (instant: string) => ({ instant, receivedAt: instant });
    for (let day = 1; day <= 3; day++)
      await record.record(
        [
          record.file({ ...received(at(day)), values: { pH: 7.1, TSS: -0, COD: null } }),
          record.file({ ...received(at(day, 5)), values: { pH: 6.9e-300 } }),
          record.file({ ...received(at(day, 6)), rejected: [{ line: 3, reason: 'bad-time' }] }),
        ],
        ['ministry'],
      );
    // Corrections.
    await record.record([record.file({ ...received(at(1)), values: { pH: 7.3 } })]);
    await record.quarantine({ name: 'ai, "b"\n.txt', receivedAt: at(4) });
    const twice = received(at(5));
    await record.record([record.file(twice)]);
    await this.database.execute(
      `UPDATE deliveries SET state = 'sent', ended_at = now(), receipt = E'226 "ok",\\n' WHERE state = 'due'`,
    );
    await this.database.execute(
      `UPDATE quarantine SET resolved_at = now(), resolution = 'understood' WHERE scope = 'line'`,
    );
    await this.database.execute(
      `INSERT INTO reading_assessments (station_id, instant, parameter_id, revision, flag, reasons)
       SELECT station_id, instant, parameter_id, revision, 3, '{"spike@1[a: \\"1,5\\"]"}' FROM readings LIMIT 2`,
    );
    await this.database.execute(
      `INSERT INTO reading_assessment_history (station_id, instant, parameter_id, revision, flag, reasons, assessed_at)
       SELECT station_id, instant, parameter_id, revision, 4, '{}', now() FROM readings LIMIT 2`,
    );
    await this.database.execute(
      `UPDATE readings SET value = CASE WHEN value = 0 THEN '-0'::float8 END,
                           raw_value = CASE WHEN value IS NULL THEN 'null' ELSE raw_value END
       WHERE value = 0 OR value IS NULL`,
    );
    await this.at(nextMonth);
    const next = moment(nextMonth, 1);
    await record.record([
      record.file({ ...twice, receivedAt: next }),
      record.file({ instant: next, receivedAt: next }),
    ]);
    await this.settle();
  }

  /** Nothing waits for assessor or gap detector. */
  async settle(): Promise<void> {
    for (const table of ['assessment_due', 'gaps_due'])
      await this.database.execute(`DELETE FROM ${table}`);
  }

  archive(unit: Unit = month, options: Partial<ArchiveOptions> = {}): Promise<ArchivedResult> {
    const given = { to: this.folder, actor: 'officer', program: 'test', ...options };
    return archiveUnit(this.database, unit, given);
  }

  /** Every row of every table of the record, by table. */
  async digests(): Promise<Record<string, string>> {
    const digests: Record<string, string> = {};
    for (const { table, order } of archivedTables) {
      const [row] = await this.database.query<{ digest: string }>(
        `SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY ${order}, t::text)), '') AS digest
         FROM ${table} t`,
      );
      digests[table] = row?.digest ?? '';
    }
    return digests;
  }

  async count(sql: string, params: readonly unknown[] = []): Promise<number> {
    const [row] = await this.database.query<{ n: number }>(`SELECT count(*) AS n ${sql}`, params);
    return row?.n ?? -1;
  }
}

/** Months of files and quarantine as an installation has that ran at that time. */
async function beginEarlier(database: Database): Promise<void> {
  await database.execute('CREATE TABLE month_of_test (month bigint)');
  await database.execute('INSERT INTO month_of_test VALUES (NULL)');
  await database.execute(
    `CREATE OR REPLACE FUNCTION number_in_month(sequence regclass) RETURNS bigint LANGUAGE sql VOLATILE
     AS $$ SELECT (coalesce((SELECT month FROM month_of_test), month_number(now())) << 36) | nextval(sequence) $$`,
  );
  for (const { table, boundOf, isByNumber } of monthlyTables) {
    // What ends where the months of a new installation begin: those by number now, the others two months ago.
    const [last, upto] = isByNumber ? [`${table}_before`, 0] : [`${table}_1970_04`, 2];
    const [{ bound } = { bound: '' }] = await database.query<{ bound: string }>(
      `SELECT pg_get_expr(relpartbound, oid) AS bound FROM pg_class WHERE oid = $1::regclass`,
      [last],
    );
    await database.execute(`ALTER TABLE ${table} DETACH PARTITION ${last}`);
    for (let number = thisMonth - 3; number < thisMonth - upto; number++)
      await database.execute(
        `CREATE TABLE ${table}_${nameOf(number)} (LIKE ${last} INCLUDING ALL EXCLUDING IDENTITY);
         ALTER TABLE ${table} ATTACH PARTITION ${table}_${nameOf(number)}
           FOR VALUES FROM ('${boundOf(number)}') TO ('${boundOf(number + 1)}')`,
      );
    await database.execute(
      `ALTER TABLE ${table} ATTACH PARTITION ${last}
         ${bound.replace(/TO \(.*\)$/, `TO ('${boundOf(thisMonth - 3)}')`)}`,
    );
  }
}
