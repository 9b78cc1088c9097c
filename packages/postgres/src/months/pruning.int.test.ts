import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import type { Database } from '../connection/database.ts';
import type { Session, Sql } from '../connection/session.ts';
import { consoleQueries } from '../console/console-queries.ts';
import { RecordScene } from '../console/testing/record-scene.ts';
import { PostgresDeliveryStore } from '../deliveries/delivery-store.ts';
import { makeMonths, monthlyTables } from './make-months.ts';

jest.setTimeout(120_000);

/** Far more than the test's few partitions. */
const monthsAhead = 24;

let on: TestDatabase;
let noted: ReturnType<typeof noting>;
let scene: RecordScene;
beforeAll(async () => {
  on = await testDatabase();
  while ((await makeMonths(on.database, monthsAhead)).made.length > 0) continue;
  noted = noting(on.database);
  scene = RecordScene.on({ ...on, database: noted.database });
});
afterAll(() => on.drop());

interface Asked {
  readonly text: string;
  readonly params: readonly unknown[] | undefined;
}

/** A database that notes every statement, also those of its transactions. */
function noting(database: Database): { readonly database: Database; readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const note = (session: Session): Session => {
    const noted = (sql: Sql, params: readonly unknown[] | undefined): void => {
      asked.push({ text: typeof sql === 'string' ? sql : sql.text, params });
    };
    return {
      query: (sql, params) => (noted(sql, params), session.query(sql, params)),
      execute: (sql, params) => (noted(sql, params), session.execute(sql, params)),
    };
  };
  const proxy = new Proxy(database, {
    get(target, property) {
      if (property === 'query' || property === 'execute') return note(target)[property];
      if (property === 'transaction')
        return (work: (tx: Session) => Promise<unknown>, options: object) =>
          target.transaction((tx) => work(note(tx)), options);
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { database: proxy, asked };
}

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

const monthly = new RegExp(
  `^(${monthlyTables.map(({ table }) => table).join('|')})_(before|after|\\d{4}_\\d{2})$`,
);

/** The partitions that a statement plans to look into, by table. */
async function plannedPartitions(
  session: Session,
  { text, params }: Asked,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const [row] = await session.query<{ 'QUERY PLAN': readonly [{ Plan: PlanNode }] }>(
    `EXPLAIN (FORMAT JSON) ${text}`,
    params,
  );
  const found = new Map<string, Set<string>>();
  const visit = (node: PlanNode): void => {
    const [name, table] = monthly.exec(node['Relation Name'] ?? '') ?? [];
    if (name !== undefined && table !== undefined)
      found.set(table, (found.get(table) ?? new Set()).add(name));
    node.Plans?.forEach(visit);
  };
  visit(row!['QUERY PLAN'][0].Plan);
  return found;
}

const explainable = /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)/;
const isLock = /pg_advisory|set_config|pg_notify/;

/** Statements that plan more than `most` partitions of a table, with how many. */
async function wide(asked: readonly Asked[], most: number): Promise<string[]> {
  const found: string[] = [];
  for (const each of asked.filter(({ text }) => explainable.test(text) && !isLock.test(text))) {
    const partitions = await plannedPartitions(on.database, each);
    for (const [table, { size }] of partitions)
      if (size > most)
        found.push(`${table} ${size}: ${each.text.replace(/\s+/g, ' ').trim().slice(0, 60)}`);
  }
  return [...new Set(found)].sort();
}

describe('with years of months', () => {
  test('the recorder plans and locks the months of its batch alone', async () => {
    const { asked } = noted;
    const file = (instant: string, pH = 7) =>
      scene.file({ instant, receivedAt: instant, values: { pH } });
    const first = '2026-01-10T00:00:00.000Z';
    await scene.record([file(first)], ['ministry']);
    // A correction, a repeat, a duplicate, and another file of a moment.
    await scene.record([file(first, 8), file(first, 9)], ['ministry']);
    await scene.record([file(first, 8)], ['ministry']);
    expect(asked.length).toBeGreaterThan(30);
    expect(await wide(asked, 1)).toEqual([]);
  });

  test('the forwarder looks into the months in which something is due', async () => {
    const instant = '2026-01-10T00:05:00.000Z';
    await scene.record([scene.file({ instant })], ['ministry']);
    const { database, asked } = noting(on.database);
    const store = new PostgresDeliveryStore(database);
    const [lane] = await store.lanesWithWork();
    const { deliveries } = await store.begin(lane!, 50);
    await store.settle(
      lane!,
      deliveries.map((delivery) => ({
        kind: 'sent',
        delivery,
        at: new Date(),
        receipt: 'r',
        presumed: false,
      })),
      undefined,
    );
    await store.close();
    expect(deliveries.length).toBeGreaterThan(0);
    const ofDeliveries = (await wide(asked, 1)).filter((each) => each.startsWith('deliveries'));
    // The look for these months is one step into each.
    expect(ofDeliveries).toEqual([expect.stringContaining('SELECT min(month.from_time)')]);
  });

  test("the API's lists of a range look into its months", async () => {
    const { database, asked } = noting(on.database);
    const { receptions, readings } = consoleQueries(database);
    const range = { from: new Date('2026-01-10Z'), to: new Date('2026-01-20Z'), limit: 10 };
    await receptions(range);
    await readings({ ...range, station: 'S1', parameter: 'pH', revisions: true });
    expect(asked.length).toBeGreaterThan(1);
    // Name, reason and verdict of each listed row are looked up by its number or key, one month at a time.
    const lists = (await wide(asked, 1)).filter(
      (each) => !/^(files|quarantine|reading_assessments) /.test(each),
    );
    expect(lists).toEqual([]);
  });
});
