import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Database } from '../connection/database.ts';
import { ReceptionsOfDay, type ReceptionsOfLastDay } from './receptions-of-day.ts';
import { RecordScene } from './testing/record-scene.ts';

jest.setTimeout(60_000);

let scene: RecordScene;
let counting: CountingDatabase;
let day: ReceptionsOfDay;
beforeEach(async () => {
  scene = await RecordScene.create();
  counting = countRows(scene.database);
  day = new ReceptionsOfDay(counting.database);
});
afterEach(() => scene.close());

const minuteMs = 60_000;
const ago = (minutes: number): string => new Date(Date.now() - minutes * minuteMs).toISOString();

/** What each minute of a test brings: stations, a correction, a file again, one that is not understood. */
async function record(minutes: number, station = 'S1'): Promise<void> {
  const at = ago(minutes);
  const file = scene.file({ station, receivedAt: at, instant: at, values: { pH: 7, TSS: 1 } });
  await scene.record([file]);
  await scene.record([
    scene.file({ station, receivedAt: at, instant: at, values: { pH: 8, TSS: 1 } }),
  ]);
  const again = scene.file({ station, receivedAt: at, instant: at, values: { pH: 8, TSS: 1 } });
  await scene.record([again]);
  await scene.quarantine({ name: `${station} ${minutes}.txt`, receivedAt: at });
}

/** As the tables have it, counted in one statement. */
async function asStored(): Promise<ReceptionsOfLastDay> {
  const rows = await scene.database.query<{ stationId: number | null } & Figures>(
    `SELECT station_id AS "stationId", count(*) FILTER (WHERE outcome = 'stored') AS stored,
            count(*) FILTER (WHERE outcome = 'duplicate') AS duplicates,
            count(*) FILTER (WHERE outcome = 'quarantined') AS quarantined,
            sum(new_readings)::bigint AS readings, sum(corrections)::bigint AS corrections
     FROM receptions WHERE received_at > now() - interval '24 hours' AND received_at < now() + interval '1 hour'
     GROUP BY GROUPING SETS ((station_id), ()) ORDER BY grouping(station_id)`,
  );
  const { stationId: _, ...all } = rows.at(-1)!;
  const ofStations = rows.slice(0, -1).filter(({ stationId }) => stationId !== null);
  return {
    all,
    byStation: new Map(ofStations.map(({ stationId, ...figures }) => [stationId!, figures])),
  };
}

type Figures = ReceptionsOfLastDay['all'];

test('what is recorded after the first question is added, however late it comes', async () => {
  await record(5, 'S1');
  await record(125, 'S2');
  await record(24 * 60 + 20, 'S1');
  expect(await day.read()).toEqual(await asStored());
  expect((await day.read()).all).toEqual({
    ...{ stored: 4, duplicates: 2, quarantined: 2, readings: 4, corrections: 2 },
  });

  // Of now, of hours before, of the hour with which the day begins, of before the day; a chain that begins.
  for (const [minutes, station] of [
    [1, 'S1'],
    [300, 'S3'],
    [24 * 60 - 2, 'S2'],
    [24 * 60 + 2, 'S2'],
    [-30, 'S4'],
    [-90, 'S4'],
  ] as const) {
    await record(minutes, station);
    expect(await day.read()).toEqual(await asStored());
  }
});

test('a question reads what came since the one before, not the day', async () => {
  for (let minute = 0; minute < 10; minute++) await record(100 + minute);
  await day.read();
  await record(2);
  counting.rows = 0;
  expect((await day.read()).all.stored).toBe(22);
  // Each reception once.
  expect(counting.rows).toBe(4);
  counting.rows = 0;
  await day.read();
  expect(counting.rows).toBe(0);
});

test('all is counted anew where the ledger is not as it was', async () => {
  await record(5);
  const before = await day.read();
  await scene.database.execute(`UPDATE receptions SET outcome = 'quarantined'`);
  expect(await day.read()).toEqual(before);
  await scene.database.execute(
    `UPDATE ledger_chains SET hash = '\\x00' WHERE chain = 'station.readings/0'`,
  );
  expect(await day.read()).toEqual(await asStored());
  await scene.database.execute(`DELETE FROM receptions WHERE chain = 'station.readings/0'`);
  await scene.database.execute(
    `UPDATE ledger_chains SET sequence = 1 WHERE chain = 'station.readings/0'`,
  );
  expect(await day.read()).toEqual(await asStored());
});

test('an error is not kept, and questions that come together share a look', async () => {
  await record(5);
  counting.failing = true;
  await expect(day.read()).rejects.toThrow('gone');
  counting.failing = false;
  counting.statements = 0;
  const [first, second] = await Promise.all([day.read(), day.read()]);
  expect(second).toBe(first);
  expect(first).toEqual(await asStored());
  expect(counting.statements).toBe(2);
});

interface CountingDatabase {
  readonly database: Database;
  /** Receptions that statements outside of a transaction read. */
  rows: number;
  statements: number;
  failing: boolean;
}

function countRows(database: Database): CountingDatabase {
  const counting: CountingDatabase = {
    ...{ rows: 0, statements: 0, failing: false },
    database: new Proxy(database, {
      get(target, property) {
        if (property === 'query')
          return async (sql: string | { readonly text: string }, params?: readonly unknown[]) => {
            if (counting.failing) throw new Error('gone');
            counting.statements += 1;
            const rows = await target.query<{ stored?: number }>(sql as string, params);
            const ofFigures = rows as readonly Partial<Figures>[];
            for (const { stored = 0, duplicates = 0, quarantined = 0 } of ofFigures)
              counting.rows += stored + duplicates + quarantined;
            return rows;
          };
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    }),
  };
  return counting;
}
