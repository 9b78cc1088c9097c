import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type {
  ConsoleQueries,
  ListedDelivery,
  ListedGap,
  ListedReading,
  ListedReception,
  Page,
  QuarantinedItem,
  ReadingPlace,
  ReceptionPlace,
} from '@envigate/contracts';
import { RecordScene } from './testing/record-scene.ts';

jest.setTimeout(240_000);

let scene: RecordScene;
let queries: ConsoleQueries;
const rowCount = 1_000;
let added = 0;

beforeAll(async () => {
  scene = await RecordScene.create();
  queries = scene.queries;
  for (let i = 0; i < rowCount; i += 100) await add(100);
});
afterAll(() => scene.close());

const firstInstant = Date.UTC(2026, 0, 1);

/** Files of five stations, each with a reading, a line in quarantine, a delivery and a gap. */
async function add(count: number): Promise<void> {
  const files = Array.from({ length: count }, () => {
    added += 1;
    return scene.file({
      station: `S${added % 5}`,
      name: `${added}.txt`,
      instant: new Date(firstInstant + Math.floor(added / 5) * 300_000).toISOString(),
      // Several in a millisecond, and some received long before those that are recorded already.
      receivedAt: new Date(firstInstant + ((added * 7) % 1009) * 10).toISOString(),
      rejected: [{ line: 9, reason: 'time-unreadable' }],
    });
  });
  await scene.record(files, ['ministry']);
  await scene.database.execute(
    `INSERT INTO gaps (station_id, kind, from_instant, to_instant, level, opened_at)
     SELECT station_id, 'transmission', data_from, data_from + interval '1 minute', '15min', data_from
     FROM files WHERE name = ANY($1)`,
    [files.map(({ reception }) => reception.name)],
  );
}

interface List<Row, Place> {
  readonly read: (after: Place | undefined, limit: number) => Promise<Page<Row, Place>>;
  readonly idOf: (row: Row) => string;
}

/** Every row of the list as pages give it, while `between` happens after each page. */
async function walk<Row, Place>(
  { read, idOf }: List<Row, Place>,
  limit: number,
  between: () => Promise<void>,
) {
  const ids: string[] = [];
  for (let after: Place | undefined; ;) {
    const { rows, next } = await read(after, limit);
    ids.push(...rows.map(idOf));
    if (next === undefined) return ids;
    after = next;
    await between();
  }
}

const all = async <Row, Place>(list: List<Row, Place>): Promise<readonly string[]> =>
  walk(list, 100_000, async () => undefined);

async function expectWholePaging<Row, Place>(list: List<Row, Place>): Promise<void> {
  const before = await all(list);
  expect(before.length).toBeGreaterThanOrEqual(rowCount);
  const paged = await walk(list, 37, () => add(2));
  expect(new Set(paged).size).toBe(paged.length);
  expect(before.filter((id) => !paged.includes(id))).toEqual([]);
  // What was there keeps its order.
  expect(paged.filter((id) => before.includes(id))).toEqual(before);
}

describe('paging through a thousand rows loses and repeats none while rows are added', () => {
  test.each([{}, { station: 'S3' }, { account: 'A1' }, { outcome: 'stored' as const }])(
    'receptions %j',
    async (filter) => {
      const list: List<ListedReception, ReceptionPlace> = {
        read: (after, limit) => queries.receptions({ ...filter, limit, after }),
        idOf: ({ receptionId }) => receptionId,
      };
      if (filter.station === undefined) return expectWholePaging(list);
      const before = await all(list);
      const paged = await walk(list, 13, () => add(5));
      expect(paged.filter((id) => before.includes(id))).toEqual(before);
      expect(new Set(paged).size).toBe(paged.length);
    },
  );

  test('readings', () =>
    expectWholePaging<ListedReading, ReadingPlace>({
      read: (after, limit) => queries.readings({ revisions: false, limit, after }),
      idOf: readingId,
    }));

  test('quarantine', () =>
    expectWholePaging<QuarantinedItem, number>({
      read: (after, limit) => queries.quarantine({ limit, after }),
      idOf: ({ quarantineId }) => String(quarantineId),
    }));

  test('gaps', () =>
    expectWholePaging<ListedGap, number>({
      read: (after, limit) => queries.gaps({ limit, after }),
      idOf: ({ gapId }) => String(gapId),
    }));

  test('deliveries', () =>
    expectWholePaging<ListedDelivery, number>({
      read: (after, limit) => queries.deliveries({ limit, after }),
      idOf: ({ deliveryId }) => String(deliveryId),
    }));
});

const readingId = ({ station, parameter, instant, revision }: ListedReading): string =>
  `${instant.toISOString()} ${station} ${parameter} ${revision}`;

test('a reading that is corrected between two pages is not shown twice', async () => {
  const read = (after?: ListedReading) =>
    queries.readings({ station: 'S1', revisions: false, limit: 1, after });
  const [first] = (await read()).rows;
  await scene.record([
    scene.file({
      station: 'S1',
      name: 'correction.txt',
      values: { pH: 1 },
      instant: first!.instant.toISOString(),
    }),
  ]);
  const [second] = (await read(first)).rows;
  expect(second!.instant.getTime()).toBeGreaterThan(first!.instant.getTime());
  expect((await read()).rows[0]).toMatchObject({ instant: first!.instant, revision: 2, value: 1 });
});

describe('readings of all stations', () => {
  /** Stations that began and stopped at different times, some with more parameters, some corrected. */
  beforeAll(async () => {
    let state = 42;
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    const files = Array.from({ length: 400 }, (_, i) => {
      const station = random(12);
      const values = Object.fromEntries(
        Array.from({ length: 1 + random(4) }, (_, p) => [`P${p}`, random(5) === 0 ? null : i]),
      );
      const minute = station * 20 + random(60);
      const instant = new Date(Date.UTC(2025, 0, 1, 0, minute)).toISOString();
      return scene.file({ station: `R${station}`, name: `r${i}.txt`, values, instant });
    });
    for (let i = 0; i < files.length; i += 50) await scene.record(files.slice(i, i + 50));
  });

  const end = new Date('2025-06-01T00:00:00Z');
  const filters = [
    {},
    { flag: 9 },
    { flag: 1 },
    { parameter: 'P3' },
    { parameter: 'P1', flag: 9 },
    { from: new Date('2025-01-01T01:00:00Z') },
    { station: 'R5' },
    { station: 'R5', flag: 9 },
  ];

  test.each(filters.flatMap((filter) => [false, true].map((revisions) => ({ filter, revisions }))))(
    'are in one order, whatever the size of the page: %j',
    async ({ filter, revisions }) => {
      const read = (after: ReadingPlace | undefined, limit: number) =>
        queries.readings({ to: end, ...filter, revisions, limit, after });
      const { rows: all, next } = await read(undefined, 100_000);
      expect(next).toBeUndefined();
      const sorted = all.toSorted((a, b) => a.instant.getTime() - b.instant.getTime());
      expect(all).toEqual(sorted);
      expect(all.length).toBe(await countReadings(filter, revisions));
      for (const limit of [1, 5, 12, 100]) {
        if (limit === 1 && all.length > 200) continue;
        const paged = await walk({ read, idOf: readingId }, limit, async () => undefined);
        expect({ limit, paged }).toEqual({ limit, paged: all.map(readingId) });
      }
    },
  );

  /** Counted without any index, order or page. */
  async function countReadings(
    filter: { flag?: number; parameter?: string; from?: Date; station?: string },
    revisions: boolean,
  ): Promise<number> {
    const keys = 'station_id, parameter_id, instant, flag';
    const [row] = await scene.database.query<{ count: number }>(
      `SELECT count(*) FROM (
         SELECT ${keys} FROM readings UNION ALL SELECT ${keys} FROM reading_revisions WHERE $1
       ) r JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id)
       WHERE instant < $2 AND ($3::int IS NULL OR flag = $3)
         AND ($4::text IS NULL OR parameter = $4) AND ($5::timestamptz IS NULL OR instant >= $5)
         AND ($6::text IS NULL OR station = $6)`,
      [
        revisions,
        end,
        filter.flag ?? null,
        filter.parameter ?? null,
        filter.from ?? null,
        filter.station ?? null,
      ],
    );
    return row!.count;
  }
});
