import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Registry, StationFile } from '@envigate/contracts';
import { formerIdentityTexts } from '@envigate/domain';
import { registryDesk } from '@envigate/postgres';
import { framed } from '@envigate/runtime';
import { reception, registry } from './testing/recorder-scene.ts';
import { ReplayScene } from './testing/replay-scene.ts';

const name = '20260101170000.txt';
const atRest = ['pH;7.1;;0', 'TSS;---;mg/L;0'];
const byFolder: Registry = {
  ...registry,
  stations: registry.stations.map((station) => ({ ...station, folders: [`/${station.code}/*`] })),
};

let scene: ReplayScene;
beforeEach(async () => {
  scene = await ReplayScene.create();
});
afterEach(() => scene.close());

const outcomes = async () => (await scene.recorder.outcomes()).map((row) => row['outcome']);
const stations = async () =>
  (await scene.recorder.readings()).map((row) => row.split(' ').slice(0, 2).join(' '));
const both = ['S1 TSS', 'S1 pH', 'S2 TSS', 'S2 pH'];
const again = (file: StationFile, more: Partial<StationFile['reception']> = {}): StationFile => {
  const { name: called, folder } = file.reception;
  const bytes = Buffer.from(file.content);
  return { ...file, reception: { ...reception(called, bytes, folder), ...more } };
};
const rows = async () =>
  (
    await scene.database.query<{ id: number }>(
      'SELECT quarantine_id AS id FROM quarantine WHERE resolved_at IS NULL ORDER BY quarantine_id',
    )
  ).map(({ id }) => id);
async function assign(id: number, station: string): Promise<void> {
  await scene.request({ selection: { kind: 'quarantine', ids: [id] }, station });
  await scene.settle();
}

describe('two equal files in two folders', () => {
  test('are two files, and give both stations their readings', async () => {
    await scene.register(byFolder);
    await scene.receiveIn('/S1', name, atRest);
    await scene.receiveIn('/S2', name, atRest);
    expect(await outcomes()).toEqual(['stored', 'stored']);
    expect(await stations()).toEqual(both);
    expect(await scene.faults()).toEqual([]);
  });

  test('wait apart, are pending apart, and each is assigned to its station', async () => {
    await scene.receiveIn('/S1/2026/01/01', name, atRest);
    await scene.receiveIn('/S2/2026/01/01', name, atRest);
    expect(await outcomes()).toEqual(['quarantined', 'quarantined']);
    const pending = await registryDesk(scene.database).pendingStations();
    expect(pending.map(({ prefix, folder, files }) => [prefix, folder, files]).sort()).toEqual([
      ['', '/S1', 1],
      ['', '/S2', 1],
    ]);
    const [one, other] = await rows();
    await assign(one!, 'S1');
    await assign(other!, 'S2');
    expect(await stations()).toEqual(both);
    expect(await scene.quarantine()).toEqual(
      Array.from({ length: 2 }, () => 'file 0 unknown-station understood'),
    );
  });

  test('become data by themselves once the registry has the folders', async () => {
    await scene.receiveIn('/S1', name, atRest);
    await scene.receiveIn('/S2', name, atRest);
    await scene.register(byFolder);
    expect(await scene.settle()).toHaveLength(2);
    expect(await stations()).toEqual(both);
  });
});

test('a file sent again into the folder of another day is the same file', async () => {
  await scene.register(byFolder);
  await scene.receiveIn('/S1/2026/01/01', name, atRest);
  await scene.receiveIn('/S1/2026/01/02', name, atRest);
  await scene.receiveIn('/S1', name, atRest);
  expect(await outcomes()).toEqual(['stored', 'duplicate', 'duplicate']);
});

test('a file sent again into a folder of another name repeats what is known, and is not forwarded again', async () => {
  await scene.receiveIn('/upload', 'S1_20260101170000.txt', atRest);
  await scene.receiveIn('/upload/old', 'S1_20260101170000.txt', atRest);
  expect(await scene.recorder.outcomes()).toMatchObject([
    { outcome: 'stored', new: 2, repeats: 0 },
    { outcome: 'stored', new: 0, repeats: 2 },
  ]);
  expect(await scene.database.query('SELECT target FROM deliveries')).toHaveLength(1);
});

describe('equal files of an unknown station in one folder', () => {
  test('wait each for itself, in one batch or in two, and count once as pending', async () => {
    const first = await scene.receiveIn('/', name, atRest);
    const [second, third] = [again(first), again(first)];
    await scene.recorder.record(scene.normalise(second), scene.normalise(third));
    expect(await outcomes()).toEqual(['quarantined', 'quarantined', 'quarantined']);
    expect(await registryDesk(scene.database).pendingStations()).toMatchObject([
      { prefix: '', folder: '/', files: 1 },
    ]);
    const [one, two, ...more] = await rows();
    expect(more).toHaveLength(1);
    await assign(one!, 'S1');
    await assign(two!, 'S2');
    expect(await stations()).toEqual(both);
    expect(await rows()).toEqual(more);
    expect(await scene.faults()).toEqual([]);
  });

  test('wait for a person, too, where another one was assigned to a station', async () => {
    const first = await scene.receiveIn('/', name, atRest);
    const [one] = await rows();
    await assign(one!, 'S1');
    await scene.pass(again(first));
    expect(await outcomes()).toContain('quarantined');
    const [two] = await rows();
    await assign(two!, 'S2');
    expect(await stations()).toEqual(both);
  });

  test('are one file again where the registry identifies their station: the others repeat it', async () => {
    const first = await scene.receiveIn('/', 'S3_20260101170000.txt', atRest);
    await scene.pass(again(first));
    const s3 = { ...registry.stations[0]!, code: 'S3' };
    await scene.register({
      ...registry,
      stations: [...registry.stations, s3],
      accounts: [{ code: 'A1', stations: ['S1', 'S2', 'S3'] }],
    });
    expect(await scene.settle()).toHaveLength(2);
    await scene.pass(again(first));
    expect(await stations()).toEqual(['S3 TSS', 'S3 pH']);
    expect(await rows()).toEqual([]);
    expect((await outcomes()).filter((outcome) => outcome === 'duplicate')).toHaveLength(1);
    expect(await scene.database.query('SELECT target FROM deliveries')).toHaveLength(1);
    expect(await scene.faults()).toEqual([]);
  });
});

describe('a file that was recorded before folders were part of its identity', () => {
  const formerly = (file: StationFile): StationFile => {
    const beginning = framed(formerIdentityTexts(file.reception) ?? []);
    const hash = createHash('sha256').update(beginning).update(file.content);
    return { ...file, reception: { ...file.reception, fileId: hash.digest('hex') } };
  };
  const sent = (folder: string, called = name): StationFile => {
    const content = Buffer.from('pH\t7.1\t\t20260101170000\t00\r\n');
    return { type: 'station-file.v2', content, reception: reception(called, content, folder) };
  };

  test('is known in its folder, under the identity that it has', async () => {
    await scene.register(byFolder);
    await scene.pass(formerly(sent('/S1/2026/01/01')));
    await scene.pass(sent('/S1/2026/01/02'));
    await scene.pass(sent('/S1'));
    expect(await outcomes()).toEqual(['stored', 'duplicate', 'duplicate']);
    expect(await scene.faults()).toEqual([]);
  });

  test('is known in any folder where the station is the same', async () => {
    await scene.pass(formerly(sent('/a', 'S1_20260101170000.txt')));
    await scene.pass(sent('/b', 'S1_20260101170000.txt'));
    expect(await outcomes()).toEqual(['stored', 'duplicate']);
  });

  test('is not the file of another station', async () => {
    await scene.register(byFolder);
    await scene.pass(formerly(sent('/S1')));
    await scene.pass(sent('/S2'));
    await scene.pass(sent('/S2'));
    expect(await outcomes()).toEqual(['stored', 'stored', 'duplicate']);
    expect(await stations()).toEqual(['S1 pH', 'S2 pH']);
  });

  test('and waits in quarantine is understood when it comes again', async () => {
    await scene.pass(formerly(sent('/S1')));
    await scene.register(byFolder);
    await scene.pass(sent('/S1'));
    expect(await outcomes()).toEqual(['quarantined', 'stored']);
    expect(await rows()).toEqual([]);
    expect(await scene.database.query('SELECT file_no FROM files')).toHaveLength(1);
  });
});
