import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Page } from '@envigate/contracts';
import fc from 'fast-check';
import type { Session } from '../connection/session.ts';
import { listDeliveries } from '../deliveries/list-deliveries.ts';
import { listGaps } from '../gaps/list-gaps.ts';
import { listQuarantine } from '../record/quarantine.ts';
import { listReadings } from '../readings/list-readings.ts';
import { listReceptions } from '../record/list-receptions.ts';
import { listRegistryChanges } from '../registry/registry-desk.ts';
import type { LookLimits } from '../connection/looks.ts';
import { RecordScene } from './testing/record-scene.ts';

jest.setTimeout(240_000);

let scene: RecordScene;
beforeAll(async () => {
  scene = await RecordScene.create();
  let state = 7;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  for (let i = 0; i < 240; i += 1) {
    const [station, account, name] = [`S${random(4)}`, `A${random(3)}`, `f${random(60)}.txt`];
    const receivedAt = new Date(Date.UTC(2026, 0, 1, 0, 0, random(90))).toISOString();
    if (random(6) === 0) {
      await scene.quarantine({ name, account, receivedAt, ...(random(2) === 0 && { station }) });
      continue;
    }
    const instant = new Date(Date.UTC(2026, 0, 1, 0, random(40))).toISOString();
    const values = Object.fromEntries(
      ['pH', 'TSS', 'COD']
        .slice(0, 1 + random(3))
        .map((code) => [code, random(4) === 0 ? null : random(3)]),
    );
    const rejected = [...Array(random(4)).keys()].map((line) => ({
      ...{ line: line + 1, reason: random(2) === 0 ? 'time-unreadable' : 'wrong-column-count' },
    })) as { line: number; reason: 'time-unreadable' }[];
    const targets = ['T1', 'T2', 'T3'].slice(0, random(4));
    await scene.record(
      [scene.file({ station, account, name, receivedAt, instant, values, rejected })],
      targets,
    );
  }
  const { database } = scene;
  await database.execute(
    `UPDATE deliveries SET state = (ARRAY['due','sent','refused','withheld'])[1 + delivery_id % 4],
       ended_at = CASE WHEN delivery_id % 4 = 0 THEN NULL ELSE now() END`,
  );
  await database.execute(
    `UPDATE quarantine SET resolved_at = now(), resolution = 'understood',
       resolved_by = reception_id WHERE quarantine_id % 3 = 0`,
  );
  await database.execute(
    `INSERT INTO gaps (station_id, kind, from_instant, to_instant, level, opened_at, removed_at)
     SELECT station_id, 'transmission', '2026-01-01Z'::timestamptz + n * interval '1 minute',
            CASE WHEN n % 5 > 0 THEN '2026-01-01Z'::timestamptz + n * interval '90 seconds' END,
            (ARRAY['15min','1h','12h'])[1 + n % 3], now(), CASE WHEN n % 7 = 0 THEN now() END
     FROM station_keys, generate_series(1, 40) n`,
  );
  await database.execute(
    `INSERT INTO reading_assessments (station_id, instant, parameter_id, revision, flag, reasons)
     SELECT station_id, instant, parameter_id, revision, 3 + line % 2, '{}' FROM readings
     WHERE extract(minute FROM instant)::int % 3 = 0`,
  );
  await database.execute(
    `INSERT INTO registry_items (kind, code, version, valid_from, valid_to, actor, body)
     SELECT kind, 'C' || code, n, '2026-01-01Z'::timestamptz + n * interval '2 minutes',
            -- Every other version is removed before the next begins.
            '2026-01-01Z'::timestamptz + (2 * n + 1 + n % 2) * interval '1 minute', 'a', '{}'
     FROM unnest(ARRAY['station', 'account']) kind, generate_series(1, 5) code,
          generate_series(1, 20) n`,
  );
});
afterAll(() => scene.close());

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const station = maybe(fc.constantFrom('S0', 'S1', 'S3', 'none'));
const account = maybe(fc.constantFrom('A0', 'A1', 'none'));
/** Half an hour around the data, or none. */
const times = fc.record({
  from: maybe(fc.integer({ min: 0, max: 30 }).map(minute)),
  to: maybe(fc.integer({ min: 31, max: 60 }).map(minute)),
});
function minute(n: number): Date {
  return new Date(Date.UTC(2026, 0, 1, 0, n));
}

type List<Filter> = (
  session: Session,
  filter: Filter,
  limits: LookLimits,
) => Promise<Page<object, unknown>>;

async function walk<Filter extends object>(
  list: List<Filter>,
  filter: Filter,
  limit: number,
  limits: LookLimits,
) {
  const rows: object[] = [];
  let after: unknown;
  for (let pages = 0; pages < 5_000; pages += 1) {
    const page = await list(scene.database, { ...filter, limit, after }, limits);
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    rows.push(...page.rows);
    if (page.next === undefined) return rows;
    after = page.next;
  }
  throw new Error('the pages do not end');
}

/** The length of an open gap grows while it is asked for. */
const withoutAge = (row: object): object => ({
  ...row,
  ...{ hours: undefined, netHours: undefined },
});

const unlimited = { maxLookedAt: 1_000_000 };

/** Whatever is asked for, pages of any size and looks of any length give each row once, in order. */
async function expectEachOnce<Filter extends object>(
  list: List<Filter>,
  filters: fc.Arbitrary<unknown>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      filters,
      fc.constantFrom(1, 3, 20, 500),
      fc.constantFrom(12, 25, 60, 400),
      async (filter, limit, maxLookedAt) => {
        const all = await walk(list, filter as Filter, 100_000, unlimited);
        const paged = await walk(list, filter as Filter, limit, { maxLookedAt });
        expect(paged.map(withoutAge)).toEqual(all.map(withoutAge));
      },
    ),
    { numRuns: 60 },
  );
}

describe('pages that end early lead to each row once', () => {
  test('receptions', () =>
    expectEachOnce(
      listReceptions as List<object>,
      fc
        .record({
          ...{ station, account },
          name: maybe(fc.constantFrom('f1*', 'f*', 'f7.txt', 'none')),
          outcome: maybe(fc.constantFrom('stored', 'duplicate', 'quarantined')),
          seconds: maybe(fc.integer({ min: 1, max: 80 })),
        })
        .map(({ seconds, ...filter }) => ({
          ...filter,
          ...(seconds !== undefined && { from: new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)) }),
        })),
    ));

  test('readings', () =>
    expectEachOnce(
      listReadings as List<object>,
      fc
        .record({
          ...{ station, times, revisions: fc.boolean() },
          parameter: maybe(fc.constantFrom('pH', 'COD', 'none')),
          flag: maybe(fc.constantFrom(1, 3, 4, 9)),
        })
        .map(({ times: range, ...filter }) => ({ ...filter, ...range })),
    ));

  test('quarantine', () =>
    expectEachOnce(
      listQuarantine as List<object>,
      fc.record({
        ...{ station, account },
        scope: maybe(fc.constantFrom('file', 'line')),
        reason: maybe(fc.constantFrom('unknown-station', 'time-unreadable')),
        state: maybe(fc.constantFrom('open', 'resolved')),
        text: maybe(fc.constantFrom('LINE 1', 'f1', 'nothere')),
        from: maybe(fc.constant(minute(0))),
      }),
    ));

  test('gaps', () =>
    expectEachOnce(
      listGaps as List<object>,
      fc
        .record({
          ...{ station, times, open: maybe(fc.boolean()) },
          level: maybe(fc.constantFrom('15min', '1h', '12h')),
          stations: maybe(fc.constantFrom(['S1', 'S2'], ['S3'], [])),
          probablyOurs: maybe(fc.boolean()),
        })
        .map(({ times: range, ...filter }) => ({ ...filter, ...range })),
    ));

  test('deliveries', () =>
    expectEachOnce(
      listDeliveries as List<object>,
      fc
        .record({
          ...{ station, times, target: maybe(fc.constantFrom('T1', 'T3', 'none')) },
          state: maybe(fc.constantFrom('due', 'sent', 'withheld')),
        })
        .map(({ times: range, ...filter }) => ({ ...filter, ...range })),
    ));

  test('changes of the registry', () =>
    expectEachOnce(
      listRegistryChanges as List<object>,
      fc
        .record({
          ...{ times, kind: maybe(fc.constantFrom('station', 'facility')) },
          code: maybe(fc.constantFrom('C1', 'C4')),
        })
        .map(({ times: range, ...filter }) => ({ ...filter, ...range })),
    ));
});
