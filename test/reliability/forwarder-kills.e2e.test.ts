import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { NormalisedFile, Registry } from '@envigate/contracts';
import { RegistryView } from '@envigate/domain';
import { importRegistry } from '@envigate/postgres';
import {
  eventually,
  Gateway,
  seededRandom,
  startMinistryStandIn,
  type ManagedProcess,
  type MinistryStandIn,
} from '@envigate/test-support';
import {
  normalised,
  RecorderScene,
  registry as small,
} from '../../services/recorder/src/testing/recorder-scene.ts';
import { LastLineReader } from './testing/last-line-reader.ts';

// A forwarder killed with SIGKILL at random moments while it works off a backlog of files with several
// moments, files of single analysers and corrections: the ministry gets each row once, in order, so that
// even the reader that skips late names keeps all of it. Repeat a run with ENVIGATE_TEST_SEED=<seed>.
const kills = Number(process.env['ENVIGATE_TEST_KILLS'] ?? 10);
const seed = Number(process.env['ENVIGATE_TEST_SEED'] ?? Date.now() % 1_000_000);
jest.setTimeout(120_000 + kills * 15_000);

const stations = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6'];
const momentsPerFile = 4;
/** Enough that no killed forwarder has sent everything. */
const filesPerStation = Math.ceil((kills * 60) / (stations.length * momentsPerFile)) + 10;
const sentBetweenKills = 40;

let dir: string;
let scene: RecorderScene;
let standIn: MinistryStandIn;
let forwarder: ManagedProcess;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-kills-'));
  standIn = await startMinistryStandIn({ folder: join(dir, 'ministry') });
  scene = await RecorderScene.create();
  const registry = registryOf(standIn);
  await importRegistry(scene.database, registry, { actor: 'test' });
  scene.view = new RegistryView(registry);
  const random = seededRandom(seed);
  for (const files of portions(shuffled(backlog(random), random), 50)) await scene.record(...files);
  const gateway = await Gateway.create({
    ...{
      dataDir: join(dir, 'data'),
      databaseUrl: scene.databaseUrl,
      layout: 'process-per-service',
    },
  });
  forwarder = gateway.processes.get('forwarder')!;
  await killAgainAndAgain(random);
});
afterAll(async () => {
  await forwarder?.stop();
  await scene?.close();
  await standIn?.close();
  await rm(dir, { recursive: true, force: true });
});

function registryOf({ access: { ftp } }: MinistryStandIn): Registry {
  const url = `ftp://127.0.0.1:${ftp.port}/`;
  return {
    ...small,
    stations: stations.map((code) => ({
      ...{ code, facility: 'F1', name: code, kind: 'waste-water', targets: ['ministry'] },
    })),
    targets: [{ code: 'ministry', kind: 'ftp', url, user: ftp.user, secret: ftp.password }],
    accounts: [{ code: 'A1', stations }],
  };
}

/** Of each station: pH of several moments a file, TSS of the same moments one by one, corrections of some. */
function backlog(random: () => number): readonly NormalisedFile[] {
  return stations.flatMap((station) =>
    Array.from({ length: filesPerStation }, (_, n) => {
      const minutes = Array.from(
        { length: momentsPerFile },
        (__, i) => (n * momentsPerFile + i) * 5,
      );
      const file = (name: string, lines: readonly string[]) =>
        normalised(`${station}_${name}`, lines, { station });
      return [
        file(
          `ph_${n}`,
          minutes.map((minute) => `pH ${minute} ${digits(random, 7)}`),
        ),
        ...minutes.map((minute) => file(`tss_${minute}`, [`TSS ${minute} ${digits(random, 20)}`])),
        ...minutes
          .filter(() => random() < 0.2)
          .map((minute) => file(`more_${minute}`, [`pH ${minute} ${digits(random, 8)}`])),
      ];
    }).flat(),
  );
}

const digits = (random: () => number, whole: number): string =>
  `${whole}.${1 + Math.floor(random() * 9)}`;

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function portions<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}

const accepted = () => standIn.entries.filter(({ kind }) => kind === 'accepted');
const due = async (): Promise<number> => {
  const rows = await scene.database.query(`SELECT FROM deliveries WHERE state = 'due'`);
  return rows.length;
};

async function killAgainAndAgain(random: () => number): Promise<void> {
  const atKills: number[] = [];
  forwarder.start();
  while (atKills.length < kills) {
    const wanted = accepted().length + Math.ceil(random() * sentBetweenKills);
    await eventually(() => expect(accepted().length).toBeGreaterThanOrEqual(wanted), {
      ...{ timeoutMs: 60_000, everyMs: 5 },
    });
    await new Promise((resolve) => setTimeout(resolve, random() * 30));
    await forwarder.kill();
    atKills.push(accepted().length);
    forwarder.start();
  }
  console.info(`seed ${seed}: killed when ${atKills.join(', ')} were accepted`);
  expect(await due()).toBeGreaterThan(0);
  await eventually(async () => expect(await due()).toBe(0), { timeoutMs: 120_000, everyMs: 200 });
}

interface Row {
  readonly station: string;
  readonly time: string;
  readonly symbol: string;
  readonly value: string;
}

/** What the ministry accepted, in its order: the name and the rows of each file. */
async function arrivals(): Promise<readonly { name: string; text: string }[]> {
  const rows = await scene.database.query<{ sha256: string; text: string }>(
    `SELECT encode(sha256(payload), 'hex') AS sha256, convert_from(payload, 'UTF8') AS text FROM deliveries`,
  );
  const textOf = new Map(rows.map(({ sha256, text }) => [sha256, text]));
  return accepted().map(({ name, sha256 }) => ({ name, text: textOf.get(sha256) ?? '' }));
}

async function recorded(): Promise<readonly Row[]> {
  return scene.database.query<Row & object>(
    `SELECT station, to_char(instant AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYYMMDDHH24MISS') AS time,
            parameter AS symbol, raw_value AS value
     FROM readings JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id)
     ORDER BY 1, 2, 3`,
  );
}

const stationOf = (name: string): string => /_(S\d)_\d{14}/.exec(name)?.[1] ?? '';
const byText = (a: string, b: string): number => (a < b ? -1 : 1);
const shown = ({ station, time, symbol, value }: Row): string =>
  `${station} ${time} ${symbol}=${value}`;

test('the reader that skips late names keeps every row of the record', async () => {
  const readers = new Map(stations.map((station) => [station, new LastLineReader()]));
  for (const { name, text } of await arrivals()) readers.get(stationOf(name))?.read(name, text);
  const kept = [...readers].flatMap(([station, { kept: times }]) =>
    [...times].flatMap(([time, rows]) =>
      [...rows].map(([symbol, value]) => shown({ station, time, symbol, value })),
    ),
  );
  expect(kept.toSorted(byText)).toEqual((await recorded()).map(shown).toSorted(byText));
  expect([...readers.values()].flatMap(({ passedOver }) => passedOver)).toEqual([]);
});

test('each row arrived once, in files of one moment, in order of time', async () => {
  const files = await arrivals();
  const lines = files.flatMap(({ name, text }) =>
    text
      .split('\r\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [symbol, , , time] = line.split('\t');
        expect(name).toContain(`_${time}`);
        return `${stationOf(name)} ${time} ${symbol}`;
      }),
  );
  expect(new Set(lines).size).toBe(lines.length);
  for (const station of stations) {
    const names = files.map(({ name }) => name).filter((name) => stationOf(name) === station);
    expect(names).toEqual(names.toSorted(byText));
    expect(names).toHaveLength(filesPerStation * momentsPerFile);
  }
});

test('the record says so too: all sent, a receipt for each', async () => {
  const rows = await scene.database.query(
    `SELECT state, count(*), count(receipt) AS receipts FROM deliveries GROUP BY state`,
  );
  const sent = stations.length * filesPerStation * momentsPerFile;
  expect(rows).toEqual([{ state: 'sent', count: sent, receipts: sent }]);
});
