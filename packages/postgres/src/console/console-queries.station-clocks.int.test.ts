import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { NormalisedFile } from '@envigate/contracts';
import { readStationClocks } from './console-queries.ts';
import { RecordScene, type FileInput } from './testing/record-scene.ts';

jest.setTimeout(120_000);

let scene: RecordScene;
beforeAll(async () => {
  scene = await RecordScene.create();
});
afterAll(() => scene.close());

const second = 1000;
const hour = 3_600_000;
const now = Date.now();
const iso = (ms: number): string => new Date(ms).toISOString();

/** A file that was received so long ago and stated a time so much earlier. */
function fileOf(
  station: string,
  agoMs: number,
  lagSeconds: number,
  more: Partial<FileInput> = {},
): NormalisedFile {
  const receivedAt = now - agoMs;
  const time = iso(receivedAt - lagSeconds * second);
  const name = more.name ?? `${station}_${agoMs}.txt`;
  return scene.file({ station, name, receivedAt: iso(receivedAt), newestTime: time, ...more });
}

test('is the least and the median lag of the last day, and from when to when', async () => {
  await scene.record([
    fileOf('DAY', 25 * hour, -900),
    fileOf('DAY', 3 * hour, 40),
    fileOf('DAY', 2 * hour, 35.5),
    fileOf('DAY', 1 * hour, 7_000),
  ]);
  const clocks = await readStationClocks(scene.database, ['DAY']);
  expect(clocks.get('DAY')).toEqual({
    files: 3,
    from: new Date(now - 3 * hour),
    to: new Date(now - 1 * hour),
    leastSeconds: 35.5,
    medianSeconds: 40,
  });
});

test('looks at the newest 48 files: a clock that was set right shows so', async () => {
  const wrong = Array.from({ length: 10 }, (_, i) => fileOf('SET', 10 * hour + i, -1_200));
  const right = Array.from({ length: 48 }, (_, i) => fileOf('SET', 1 * hour + i, 20));
  await scene.record([...wrong, ...right]);
  const clocks = await readStationClocks(scene.database, ['SET']);
  expect(clocks.get('SET')).toMatchObject({ files: 48, leastSeconds: 20, medianSeconds: 20 });
});

test('a file in quarantine counts as well: its lines may be there because they are ahead', async () => {
  await scene.record([fileOf('AHEAD', 2 * hour, 5)]);
  const { reception, newestTime } = fileOf('AHEAD', 1 * hour, -1_200, { name: 'ahead.txt' });
  await scene.quarantine({
    name: 'ahead.txt',
    station: 'AHEAD',
    receivedAt: reception.receivedAt,
    newestTime: newestTime!,
  });
  const clocks = await readStationClocks(scene.database);
  expect(clocks.get('AHEAD')).toMatchObject({ files: 2, leastSeconds: -1_200 });
});

test('a file that comes again and one that is replayed count for nothing', async () => {
  const again = { name: 'again.txt', instant: iso(now - 3 * hour) };
  const first = fileOf('AGAIN', 3 * hour, 60, again);
  await scene.record([first]);
  const resent = fileOf('AGAIN', 2 * hour, 30, again);
  const replayed = fileOf('AGAIN', 1 * hour, 10, again);
  await scene.record([
    resent,
    {
      ...replayed,
      reception: {
        ...replayed.reception,
        replay: { of: first.reception.receptionId, batch: 'b', actor: 'a', requestedAt: iso(now) },
      },
    },
  ]);
  const clocks = await readStationClocks(scene.database, ['AGAIN']);
  expect(clocks.get('AGAIN')).toMatchObject({ files: 1, leastSeconds: 60 });
});

test('nothing is said of a station that states no time, or that was not asked for', async () => {
  const { newestTime: _, ...timeless } = fileOf('NONE', 1 * hour, 0);
  await scene.record([timeless]);
  const clocks = await readStationClocks(scene.database, ['NONE', 'UNHEARD']);
  expect(clocks.size).toBe(0);
});
