import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { RegistryView, type JointSilencePolicy } from '@envigate/domain';
import type { EventLog } from '@envigate/event-log';
import type * as postgresPackage from '@envigate/postgres';
import type { Database, GapStore } from '@envigate/postgres';
import { machineLoad, openBenchGround } from '../bench/bench-ground.ts';
import { latency, type Figure } from '../bench/figure.ts';
import { publishFigures } from '../bench/publish-figures.ts';
import { repositoryRoot } from '../gateway.ts';
import { testDatabase } from '../test-database.ts';
import { benchRegistry, fillGaps, fillStations } from './fill-gaps.ts';

// `make bench-gaps`: one look of the gap detector at 1,000 stations of ten parameters with a year behind them, made by
// SQL, at the first and at the last million rows: with nobody silent, as all fall silent at once, and while all are silent.
// `--against DIR`: beside an earlier build of the repository in that folder. Prints a table; appends one JSON line per
// figure to test/bench/results/.

const { values: flags } = parseArgs({
  options: {
    stations: { type: 'string', default: '1000' },
    millions: { type: 'string', default: '4' },
    against: { type: 'string' },
  },
});
const stations = Number(flags.stations);
const millions = Number(flags.millions);
const million = 1_000_000;
const minute = 60_000;
const repetitions = 7;

/** What a look needs, as far as it is known here: the packages under test may not depend on this one. */
interface LookParts {
  readonly registry: { current(): RegistryView };
  readonly store: GapStore;
  readonly graceMinutes: number;
  readonly clock: () => Date;
  readonly emit: () => void;
  readonly pauseMs: number;
  readonly upstreamGroup: string;
  readonly eventLog: Pick<EventLog, 'scan' | 'partitions' | 'groupPositions' | 'identity'>;
  readonly jointSilence: JointSilencePolicy;
}
type Look = (parts: LookParts) => Promise<void>;

/** Nothing is on its way. */
const emptyLog: LookParts['eventLog'] = {
  async *scan() {
    // No record.
  },
  partitions: () => Promise.resolve(1),
  groupPositions: () => Promise.resolve([0]),
  identity: () => Promise.resolve('bench'),
};

/** Of one look: nobody silent, all falling silent, all silent. Milliseconds. */
interface Looks {
  readonly nobody: number;
  readonly falling: number;
  readonly silent: number;
}

const { stops, close } = await openBenchGround();
try {
  const ours = await measure(repositoryRoot);
  const earlier = flags.against === undefined ? undefined : await measure(flags.against);
  await publishFigures(figuresOf(ours, earlier), 'gaps.jsonl');
} finally {
  await close();
}
process.exit();

/** The first and the last million, with the program that is built in a folder. */
async function measure(build: string): Promise<{ readonly first: Looks; readonly last: Looks }> {
  const { store, look, database } = await open(build);
  const last = new Date();
  const registry = benchRegistry(stations);
  await fillStations(database, registry, last);
  const found: Looks[] = [];
  for (let filled = 0; filled < millions; filled += 1) {
    const rows = { from: filled * million, to: (filled + 1) * million, total: millions * million };
    await fillGaps(database, last, rows);
    if (filled > 0 && filled < millions - 1) continue;
    await database.execute('VACUUM ANALYZE gaps');
    const looks = await measureLooks(database, store, look, new RegistryView(registry), last);
    console.log(
      `${build}, ${filled + 1} million gaps: ${JSON.stringify(looks)}, load ${machineLoad()}`,
    );
    found.push(looks);
  }
  const [first, end = first] = found;
  if (first === undefined || end === undefined) throw new Error('--millions must be 1 or more');
  return { first, last: end };
}

async function open(build: string) {
  const load = async (path: string): Promise<unknown> =>
    import(pathToFileURL(join(build, path)).href);
  const postgres = (await load('packages/postgres/dist/index.js')) as typeof postgresPackage;
  const detector = (await load('services/gap-detector/dist/look-for-silence.js')) as {
    readonly lookForSilentStations: Look;
  };
  const test = await testDatabase({ migrated: false });
  stops.push(() => test.drop());
  await postgres.migrate(test.database);
  const database = test.database.withLimits({ poolSize: 2, statementTimeoutMs: 0 });
  stops.push(() => database.close());
  return { store: postgres, look: detector.lookForSilentStations, database };
}

async function measureLooks(
  database: Database,
  { gapStore, ...postgres }: typeof postgresPackage,
  look: Look,
  view: RegistryView,
  last: Date,
): Promise<Looks> {
  let now = last.getTime();
  const registry = { current: () => view };
  // An earlier build knows of nothing that does not count.
  const notTheStations = (postgres as Partial<typeof postgres>).readNotTheStations?.(registry);
  const parts: LookParts = {
    ...{ registry, store: gapStore(database, notTheStations), graceMinutes: 15 },
    ...{ clock: () => new Date(now), emit: () => undefined, pauseMs: Infinity },
    ...{ upstreamGroup: 'normaliser', eventLog: emptyLog },
    jointSilence: {
      ...{ share: 0.5, stations: 5, facilities: 2 },
      ...{ windowMs: 30 * minute, afterMs: 60 * minute },
    },
  };
  const timed = async (minutes: number): Promise<number> => {
    now = last.getTime() + minutes * minute;
    const began = performance.now();
    await look(parts);
    return performance.now() - began;
  };
  const [nobody, falling, silent]: [number[], number[], number[]] = [[], [], []];
  await timed(0);
  for (let i = 0; i < repetitions; i += 1) {
    nobody.push(await timed(5));
    falling.push(await timed(90));
    await timed(91); // what was found to have stopped together is marked
    silent.push(await timed(92));
    await forget(database);
  }
  return { nobody: median(nobody), falling: median(falling), silent: median(silent) };
}

/** As if the stations had not fallen silent. */
async function forget(database: Database): Promise<void> {
  await database.execute('DELETE FROM gaps WHERE to_instant IS NULL');
  await database.execute('DELETE FROM outbox');
  const [joint] = await database.query(`SELECT FROM pg_tables WHERE tablename = 'joint_silences'`);
  if (joint === undefined) return;
  await database.execute('DELETE FROM joint_silence_members');
  await database.execute('DELETE FROM joint_silences');
}

function figuresOf(
  { first, last }: { readonly first: Looks; readonly last: Looks },
  earlier: { readonly first: Looks; readonly last: Looks } | undefined,
): readonly Figure[] {
  const second = { baseline: 1_000, against: '1 s', goal: 1 };
  const kinds = [
    ['nobody is silent', 'nobody'],
    ['all fall silent at once', 'falling'],
    ['all are silent', 'silent'],
  ] as const;
  return kinds.flatMap(([what, kind]) => {
    const name = `look at ${stations} stations, ${what}`;
    return [
      latency(`${name}, ${millions} million gaps`, last[kind], second.baseline, second.against, 1),
      latency(`${name}, against the first million`, last[kind], first[kind], '1 million gaps', 0.8),
      ...(earlier === undefined
        ? []
        : [latency(`${name}, against an earlier build`, last[kind], earlier.last[kind], 'it', 1)]),
    ];
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
