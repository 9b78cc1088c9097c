import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { stationFileCodec, type Registry } from '@envigate/contracts';
import { streams } from '@envigate/event-log';
import {
  Gateway,
  eventually,
  killAtRandom,
  seededRandom,
  testDatabase,
  type ManagedProcess,
  type TestDatabase,
} from '@envigate/test-support';

// The built receiver takes files from drop folders and is killed with SIGKILL at random moments
// while they appear: every file is on the event log, once when counted by its content, and none was
// removed before. Repeat a run with ENVIGATE_TEST_SEED=<the seed it printed>.
jest.setTimeout(300_000);

const kills = 10;
const filesOfEach = 200;
const seed = Number(process.env['ENVIGATE_TEST_SEED'] ?? Date.now() % 1_000_000);
const modes = ['delete', 'move', 'leave'] as const;
type Mode = (typeof modes)[number];

let dir: string;
let database: TestDatabase;
let receiver: ManagedProcess;
let killed: readonly string[];

const rootOf = (mode: Mode): string => join(dir, 'drop', mode);
/** Flat, in a new folder each, and in the folders of a day. */
function pathOf(mode: Mode, index: number): string {
  const name = `${mode}_${index}.txt`;
  if (index % 3 === 0) return `office/${name}`;
  return index % 3 === 1 ? `office/NUO${index}/${name}` : `office/2026/01/${index % 28}/${name}`;
}
const contentOf = (mode: Mode, index: number): string =>
  `pH\t7.${index}\t${mode}\t20260101120000\t00\r\n`.repeat(1 + (index % 40));

/** As other servers do: straight to the name, or under a temporary one first. */
async function drop(mode: Mode, index: number): Promise<void> {
  const path = join(rootOf(mode), pathOf(mode, index));
  await mkdir(dirname(path), { recursive: true });
  const content = contentOf(mode, index);
  if (index % 2 === 0) await writeFile(path, content);
  else {
    await writeFile(`${path}.filepart`, content);
    await rename(`${path}.filepart`, path);
  }
}

async function dropAll(random: () => number): Promise<void> {
  for (let index = 0; index < filesOfEach; index++) {
    for (const mode of modes) await drop(mode, index);
    await new Promise((resolve) => setTimeout(resolve, 150 * random()));
  }
}

interface Event {
  readonly fileId: string;
  readonly receivedAt: string;
  /** `folder/name=content` */
  readonly file: string;
}

async function events(): Promise<readonly Event[]> {
  const rows = await database.database.query<{ value: Buffer }>(
    'SELECT value FROM event_log.records WHERE stream = $1',
    [streams.files],
  );
  return rows.map(({ value }) => {
    const { reception, content } = stationFileCodec.decode(value);
    const { fileId, receivedAt, account, folder, name } = reception;
    const path = folder === '/' ? `${account}/${name}` : `${account}${folder}/${name}`;
    return { fileId, receivedAt, file: `${path}=${Buffer.from(content).toString()}` };
  });
}

async function left(mode: Mode): Promise<readonly string[]> {
  const entries = await readdir(rootOf(mode), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

const expected = (): readonly string[] =>
  modes.flatMap((mode) =>
    Array.from(
      { length: filesOfEach },
      (_, index) => `${pathOf(mode, index)}=${contentOf(mode, index)}`,
    ),
  );

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-drop-e2e-'));
  for (const mode of modes) await mkdir(rootOf(mode), { recursive: true });
  database = await testDatabase();
  const gateway = await Gateway.create({
    dataDir: join(dir, 'data'),
    layout: 'process-per-service',
    databaseUrl: database.url,
  });
  const registry: Registry = {
    facilities: [],
    parameters: [],
    stations: [],
    targets: [],
    accounts: [{ code: 'office', stations: [] }],
    dropFolders: modes.map((mode) => ({
      code: `folder-${mode}`,
      path: rootOf(mode),
      settleSeconds: 0.3,
      scanSeconds: 1,
      afterTaking: mode,
      ...(mode === 'move' && { moveTo: join(dir, 'moved') }),
    })),
  };
  await mkdir(join(dir, 'data'), { recursive: true });
  await gateway.importRegistry(registry);
  const process = gateway.processes.get('receiver');
  if (process === undefined) throw new Error('the gateway has no receiver');
  receiver = process;
  receiver.start();
  const random = seededRandom(seed);
  console.info(`seed ${seed}`);
  const dropped = dropAll(random);
  killed = await killAtRandom({ victims: [receiver], kills, withinMs: 4000, random });
  await dropped;
});
afterAll(async () => {
  await receiver?.stop();
  await database?.drop();
  if (dir !== undefined) await rm(dir, { recursive: true, force: true });
});

describe(`${kills} kills while ${modes.length * filesOfEach} files appear`, () => {
  test('the kills happened', () => expect(killed).toHaveLength(kills));

  test('every file is on the event log with its bytes, once by its content', async () => {
    await eventually(
      async () => {
        const found = new Map((await events()).map(({ fileId, file }) => [fileId, file]));
        expect(found.size).toBeGreaterThanOrEqual(expected().length);
      },
      { timeoutMs: 120_000, everyMs: 500 },
    );
    const all = await events();
    const found = new Map(all.map(({ fileId, file }) => [fileId, file]));
    console.info(`${all.length - found.size} receptions were repeated`);
    expect([...found.values()].sort()).toEqual([...expected()].sort());
  });

  test('what was taken is removed, moved or left; nothing lies aside', async () => {
    const named = (mode: Mode): readonly string[] =>
      Array.from({ length: filesOfEach }, (_, index) => `${mode}_${index}.txt`).sort();
    await eventually(async () => {
      expect(await left('delete')).toEqual([]);
      expect(await left('move')).toEqual([]);
    });
    expect([...(await left('leave'))].sort()).toEqual(named('leave'));
    const moved = await readdir(join(dir, 'moved'), { recursive: true, withFileTypes: true });
    const names = moved.filter((entry) => entry.isFile()).map(({ name }) => name);
    // One that a kill let be taken twice was moved once: the second time it was the same file.
    expect(names.sort()).toEqual(named('move'));
  });

  test('files that were left are not taken again by another start', async () => {
    await receiver.stop();
    const restartedAt = new Date().toISOString();
    receiver.start();
    const marker = contentOf('delete', 7);
    await writeFile(join(rootOf('leave'), 'office/marker.txt'), marker);
    const takenSince = async (): Promise<readonly string[]> =>
      (await events()).filter(({ receivedAt }) => receivedAt > restartedAt).map(({ file }) => file);
    await eventually(async () =>
      expect(await takenSince()).toContain(`office/marker.txt=${marker}`),
    );
    expect(await takenSince()).toHaveLength(1);
  });
});
