import type { RecordSize } from '../big-record/record-size.ts';
import { pick, type Random } from '../simulator/random.ts';
import {
  mostStations,
  outageTarget,
  replayBatch,
  stationCode,
  target,
} from '../big-record/surroundings.ts';

/** Filters of one list by name, each a text of its URL. */
type Filters = Readonly<Record<string, string>>;

export interface Question {
  readonly name: string;
  /** The path with a query, of new random values each time. */
  readonly path: () => string;
}

export interface QuestionSource {
  readonly size: RecordSize;
  /** The time that the record begins with, and the one that it ends with. */
  readonly from: Date;
  readonly to: Date;
  readonly random: Random;
}

const dayMs = 24 * 3_600_000;

/** Every combination of the filters of each list, with values that many and few rows have. */
export function listQuestions(source: QuestionSource): readonly Question[] {
  const { size, random } = source;
  const of = <T>(values: readonly T[]): T => pick(values, random);
  const below = (n: number): number => Math.floor(random() * n);
  // One that sends most, one that sends rarely, one that fell silent, or any.
  const station = (): Filters => ({
    station: stationCode(
      of([1, size.stations, size.stations - mostStations.rare, 1 + below(size.stations)]),
    ),
  });
  const account = (): Filters => ({
    account: of(['hot', 'rare', 'silent', `account-${below(20)}`, 'none']),
  });
  const rangeOf = (days: readonly number[]): Filters => {
    const length = of(days) * dayMs;
    const from =
      source.from.getTime() + random() * (source.to.getTime() - source.from.getTime() - length);
    const to = new Date(Math.max(from, source.from.getTime()) + length);
    return { from: new Date(to.getTime() - length).toISOString(), to: to.toISOString() };
  };
  const range = (): Filters =>
    of([
      () => rangeOf([1, 31, 300]),
      () => ({ from: rangeOf([1])['from']! }),
      () => ({ to: rangeOf([1])['to']! }),
    ])();
  const name = (): Filters => ({
    name: of([
      `HN_FACT_S${1 + below(size.stations)}_*`,
      `HN_FACT_S1_${50 * below(size.receptions / 50)}.txt`,
      'HN_*',
      'none*',
    ]),
  });
  const choice =
    (field: string, ...values: readonly string[]): (() => Filters) =>
    () => ({
      [field]: of(values),
    });
  const state = choice('state', 'due', 'sent', 'refused', 'set-aside', 'withheld');
  const reason = choice(
    'reason',
    'unknown-station',
    'wrong-column-count',
    'empty-file',
    'time-unreadable',
  );
  const text = choice('text', 'HN_FACT_S1_', 'nothere', 'P1 x');
  const outcome = choice('outcome', 'stored', 'duplicate', 'quarantined');
  const combined = (path: string, filters: Readonly<Record<string, () => Filters>>): Question[] =>
    subsetsOf(Object.keys(filters)).map((names) => ({
      name: `${path}: ${names.length === 0 ? 'all' : names.join(' and ')}`,
      path: () =>
        urlOf(path, Object.assign({}, ...names.map((each) => filters[each]!())) as Filters),
    }));
  const parameter = choice('parameter', 'P1', 'P10');
  const flag = choice('flag', '1', '2', '3', '4', '9');
  const revisions = choice('revisions', 'true');
  const registryItem = choice('code', stationCode(1), stationCode(size.stations), 'none');
  return [
    ...combined('/api/v1/files', { station, account, outcome, name, range }),
    ...combined('/api/v1/deliveries', {
      station,
      target: choice('target', target, outageTarget, 'none'),
      state,
      range,
    }),
    ...combined('/api/v1/readings', { station, flag, range, revisions }),
    ...combined('/api/v1/readings', { station, parameter, flag, revisions }).filter(
      ({ name: of }) => /station.*parameter/.test(of),
    ),
    {
      name: '/api/v1/readings: parameter and a day',
      path: () => urlOf('/api/v1/readings', { ...parameter(), ...rangeOf([1]) }),
    },
    ...combined('/api/v1/quarantine', {
      ...{ station, account, reason, text, range },
      scope: choice('scope', 'file', 'line'),
      state: choice('state', 'open', 'resolved'),
    }),
    ...combined('/api/v1/quarantine/reasons', { station, account, range }),
    ...combined('/api/v1/gaps', {
      ...{ station, range },
      open: choice('open', 'true', 'false'),
      level: choice('level', '15min', '1h', '12h'),
    }),
    ...combined('/api/v1/registry/history', {
      code: registryItem,
      kind: choice('kind', 'station', 'account'),
    }),
    {
      name: "/api/v1/readings: a station's day",
      path: () => urlOf('/api/v1/readings', { ...station(), ...rangeOf([1]), limit: '1000' }),
    },
    { name: '/api/v1/stations', path: () => '/api/v1/stations' },
    { name: '/api/v1/stations/{station}', path: () => `/api/v1/stations/${station()['station']}` },
    { name: '/api/v1/overview', path: () => '/api/v1/overview' },
    { name: '/api/v1/pending-stations', path: () => '/api/v1/pending-stations' },
    { name: '/api/v1/unknown-symbols', path: () => '/api/v1/unknown-symbols' },
    { name: '/api/v1/replays/{batch}', path: () => `/api/v1/replays/${replayBatch}` },
  ];
}

interface PagedList {
  readonly path: string;
  /** The same list with few of its rows: its places are places of the list, and it comes far in a few pages. */
  readonly sparse: string;
  /** Of 1,000 rows: so many that 10,000 pages of 100 rows of the list lie before, where it has as many. */
  readonly pages: number;
}

/** Lists with a cursor, for pages far behind the first. */
export function pagedLists({
  from,
  to,
}: Pick<QuestionSource, 'from' | 'to'>): readonly PagedList[] {
  const middle = new Date((from.getTime() + to.getTime()) / 2).toISOString();
  const receptions = { sparse: '/api/v1/files?outcome=quarantined', pages: 30 };
  const deliveries = { sparse: '/api/v1/deliveries?state=withheld', pages: 5 };
  const readings = {
    sparse: `/api/v1/readings?station=${stationCode(1)}&from=${middle}`,
    pages: 1,
  };
  return [
    { path: '/api/v1/files', ...receptions },
    { path: '/api/v1/files?account=hot', ...receptions },
    { path: '/api/v1/files?outcome=stored', ...receptions },
    { path: '/api/v1/deliveries', ...deliveries },
    { path: '/api/v1/deliveries?state=sent', ...deliveries },
    { path: '/api/v1/readings', ...readings },
    { path: `/api/v1/readings?station=${stationCode(1)}`, ...readings },
    { path: '/api/v1/quarantine', sparse: '/api/v1/quarantine?reason=empty-file', pages: 20 },
  ];
}

export function urlOf(path: string, filters: Filters): string {
  const query = new URLSearchParams(filters).toString();
  return query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

function subsetsOf(names: readonly string[]): readonly (readonly string[])[] {
  return names.reduce<readonly (readonly string[])[]>(
    (subsets, name) => [...subsets, ...subsets.map((subset) => [...subset, name])],
    [[]],
  );
}
