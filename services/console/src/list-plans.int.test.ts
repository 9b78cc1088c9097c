import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { validateConfiguration } from '@envigate/contracts';
import { RegistryView } from '@envigate/domain';
import { migrate, monthlyTables, type Database, type Session } from '@envigate/postgres';
import { Health, Telemetry, silentLogger, systemClock } from '@envigate/runtime';
import {
  expandSql,
  listQuestions,
  makeBigRecord,
  randomFrom,
  readDashboards,
  registryOf,
  testDatabase,
  type TestDatabase,
} from '@envigate/test-support';
import { console as service } from './compose.ts';

// What the lists of the API cost does not grow with the months that are kept: each question is put over HTTP, and
// every statement that it runs is explained on a record of 14 months.
jest.setTimeout(600_000);

const size = { stations: 60, months: 14, receptions: 20_000 };
const pageRows = 100;

interface Asked {
  readonly text: string;
  readonly params: readonly unknown[] | undefined;
}

let on: TestDatabase;
let questions: Database;
let console: { readonly value: { readonly url: string }; stop(): Promise<void> };
let asked: Asked[] = [];
let bounds: { readonly from: Date; readonly to: Date };

beforeAll(async () => {
  on = await testDatabase({ migrated: false });
  await migrate(on.database);
  await makeBigRecord(on.database, size);
  const [row] = await on.database.query<{ from: Date; to: Date }>(
    'SELECT min(received_at) AS from, max(received_at) AS to FROM receptions',
  );
  bounds = row!;
  const view = new RegistryView(registryOf(size));
  console = (await service
    .compose({
      config: validateConfiguration({ console: { port: 0 } }),
      ...{ logger: silentLogger(), telemetry: new Telemetry(), health: new Health() },
      ...{ clock: systemClock, database: noting(on.database) },
      registry: { current: () => view },
      eventLog: { check: async () => undefined },
    })
    .start()) as typeof console;
  // As the console reads.
  questions = on.database.withLimits({ readsByIndex: true, poolSize: 2 });
});
afterAll(async () => {
  await console?.stop();
  await questions?.close();
  await on?.drop();
});

/** A database whose own questions, and those of what `withLimits` makes of it, are noted. */
function noting(database: Database): Database {
  return new Proxy(database, {
    get(target, property) {
      if (property === 'query')
        return (text: string | { readonly text: string }, params?: readonly unknown[]) => {
          asked.push({ text: typeof text === 'string' ? text : text.text, params });
          return target.query(text as string, params);
        };
      if (property === 'withLimits')
        return (...limits: Parameters<Database['withLimits']>) =>
          noting(target.withLimits(...limits));
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

const monthly = new RegExp(
  `^(${monthlyTables.map(({ table }) => table).join('|')})_(before|after|\\d{4}_\\d{2})$`,
);

interface Cost {
  /** Months that are read from their first page to their last. */
  readonly sequential: readonly string[];
  /** Months of each table that were looked into. */
  readonly months: ReadonlyMap<string, ReadonlySet<string>>;
  /** The most rows that were sorted at once. */
  readonly sorted: number;
  /** Rows of deliveries that were read from their tables; what an index has is not counted. */
  readonly fetched: number;
}

async function costOf(session: Session, { text, params }: Asked): Promise<Cost> {
  const [row] = await session.query<{ 'QUERY PLAN': readonly [{ Plan: PlanNode }] }>(
    `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
    params,
  );
  const sequential: string[] = [];
  const months = new Map<string, Set<string>>();
  let sorted = 0;
  let fetched = 0;
  const visit = (node: PlanNode): void => {
    const [name, table] = monthly.exec(node['Relation Name'] ?? '') ?? [];
    const isRun = node['Actual Loops'] > 0;
    if (name !== undefined && table !== undefined && isRun) {
      months.set(table, (months.get(table) ?? new Set()).add(name));
      if (node['Node Type'] === 'Seq Scan') sequential.push(name);
      if (table === 'deliveries' && node['Node Type'] !== 'Index Only Scan')
        fetched +=
          (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
    }
    if (node['Node Type'] === 'Sort' && isRun)
      sorted = Math.max(sorted, ...(node.Plans ?? []).map((child) => child['Actual Rows']));
    node.Plans?.forEach(visit);
  };
  visit(row!['QUERY PLAN'][0].Plan);
  return { sequential, months, sorted, fetched };
}

/** Puts a question, and explains each statement that it ran. */
async function costsOf(path: string): Promise<readonly (Cost & Asked)[]> {
  asked = [];
  const response = await fetch(`${console.value.url}${path}`);
  expect([path, response.status]).toEqual([path, 200]);
  const statements = asked.filter(({ text }) => /^\s*(SELECT|WITH)/.test(text));
  const costs: (Cost & Asked)[] = [];
  for (const statement of statements) {
    const explain = (tx: Session): Promise<Cost> => costOf(tx, statement);
    const cost = isOfStation(path)
      ? await questions.transaction(async (tx) => {
          // The few rows that a station has here are sooner sorted; of a large record they are not.
          await tx.execute('SET LOCAL enable_incremental_sort = off');
          return explain(tx);
        })
      : await explain(questions);
    costs.push({ ...statement, ...cost });
  }
  return costs;
}

const isOfStation = (path: string): boolean => /deliveries\?.*station=/.test(path);

const shortened = ({ text }: Asked): string => text.replace(/\s+/g, ' ').trim().slice(0, 80);

/** What of the costs breaks the rules, in words. */
function faultsOf(path: string, costs: readonly (Cost & Asked)[]): string[] {
  const faults: string[] = [];
  for (const cost of costs) {
    if (cost.sequential.length > 0)
      faults.push(
        `${path}: reads ${cost.sequential.join(', ')} from end to end: ${shortened(cost)}`,
      );
    // Sorted are at most the pages of each slice that is read side by side: a state, a station.
    if (cost.sorted > mostSorted)
      faults.push(`${path}: sorts ${cost.sorted} rows: ${shortened(cost)}`);
    // The rows of a station lie on as many pages of the table: only those of the page are read there.
    if (isOfStation(path) && cost.fetched > pageRows + 1)
      faults.push(`${path}: reads ${cost.fetched} rows of deliveries: ${shortened(cost)}`);
    const most = mostMonths(path);
    for (const table of ['receptions', 'readings', 'reading_revisions']) {
      const size = cost.months.get(table)?.size ?? 0;
      if (size > most)
        faults.push(`${path}: looks into ${size} months of ${table}: ${shortened(cost)}`);
    }
  }
  return faults;
}

const mostSorted = 10 * (pageRows + 1);
const dayMs = 24 * 3_600_000;

/** Of a range its own months, of which a look ends within; of others any number. */
function mostMonths(path: string): number {
  const { searchParams } = new URL(path, 'http://localhost');
  const [from, to] = [searchParams.get('from'), searchParams.get('to')];
  if (from === null || to === null || /quarantine|deliveries|gaps/.test(path)) return Infinity;
  return Math.floor((Date.parse(to) - Date.parse(from)) / (28 * dayMs)) + 2;
}

const source = () => ({ size, random: randomFrom('plans'), ...bounds });

describe('with 14 months', () => {
  test('no list reads a month from end to end, sorts more than its pages, or leaves its range', async () => {
    const faults: string[] = [];
    for (const { path } of listQuestions(source())) {
      const text = path();
      faults.push(...faultsOf(text, await costsOf(text)));
    }
    expect(faults).toEqual([]);
  });

  test.each([
    ['receptions_by_station', '/api/v1/files?station=S1'],
    ['receptions_by_time', '/api/v1/files'],
    ['deliveries_by_target', '/api/v1/deliveries?target=ministry&state=sent'],
    ['deliveries_by_station', '/api/v1/deliveries?station=S1&state=refused'],
    ['deliveries_by_station', `/api/v1/deliveries?station=S1&to=${new Date().toISOString()}`],
    ['quarantine_by_reason', '/api/v1/quarantine?reason=empty-file'],
  ])('a missing index shows: %s', async (index, path) => {
    await on.database
      .transaction(async (tx) => {
        const found = await costsOf(path);
        expect(faultsOf(path, found)).toEqual([]);
        await tx.execute(`DROP INDEX ${index}`);
        await tx.execute(byIndex);
        const costs: (Cost & Asked)[] = [];
        for (const statement of found)
          costs.push({ ...statement, ...(await costOf(tx, statement)) });
        expect(faultsOf(path, costs)).not.toEqual([]);
        throw new Undo();
      })
      .catch((error: unknown) => {
        if (!(error instanceof Undo)) throw error;
      });
  });
});

/** Of the newest day, of some stations, as the role of dashboards asks it. */
test('no query of a dashboard reads a month from end to end, or leaves its range', async () => {
  const time = {
    ...{ from: new Date(bounds.to.getTime() - dayMs), to: bounds.to },
    ...{ intervalMs: 300_000, scrapeMs: 5_000 },
  };
  const choices = new Map([
    ['station', ['S1', 'S2', 'S3']],
    ['parameter', registryOf(size).parameters.map(({ code }) => code)],
    ['target', ['ministry']],
  ]);
  const written = readDashboards().flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, targets }) =>
      targets.flatMap(({ rawSql }) =>
        rawSql === undefined ? [] : [{ of: `${uid}: ${title}`, rawSql }],
      ),
    ),
  );
  const faults: string[] = [];
  let read = 0;
  await on.database
    .transaction(async (tx) => {
      await tx.execute(
        `INSERT INTO registry_items (kind, code, version, valid_from, actor, body)
         SELECT 'station', station, 1, now(), 'test', '{"facility": "FACT", "name": "Trạm"}' FROM station_keys
         ON CONFLICT DO NOTHING`,
      );
      await tx.execute('SET LOCAL enable_seqscan = off');
      for (const { of, rawSql } of written) {
        const text = expandSql(rawSql, time, choices);
        const { sequential, months } = await costOf(tx, { text, params: undefined });
        if (sequential.length > 0)
          faults.push(`${of}: reads ${sequential.join(', ')} from end to end`);
        for (const table of ['receptions', 'readings', 'reading_assessments']) {
          const looked = months.get(table)?.size ?? 0;
          read += looked;
          if (looked > 2) faults.push(`${of}: looks into ${looked} months of ${table}`);
        }
      }
      throw new Undo();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undo)) throw error;
    });
  expect(written.length).toBeGreaterThan(20);
  expect(read).toBeGreaterThan(5);
  expect(faults).toEqual([]);
});

class Undo extends Error {}

/** As connections of the console have it. */
const byIndex = ['seqscan', 'sort', 'hashjoin', 'mergejoin']
  .map((way) => `SET LOCAL enable_${way} = off`)
  .join('; ');
