import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Registry, Station } from '@envigate/contracts';
import { hashPassword } from '@envigate/runtime';
import {
  eventually,
  localTime,
  onGround,
  type Gateway,
  type TestDatabase,
} from '@envigate/test-support';

// Loggers of one account that name their files by the time alone, each in a folder of its own: while
// stations are at rest the files are equal byte for byte. One pair over FTP, one by a drop folder.
jest.setTimeout(180_000);

const password = 'pw-test-1';
const time = localTime(new Date(Date.now() - 60_000));
const name = `${time}.txt`;
const content = ['pH\t---\t-', 'COD\t0\tmg/L', 'TSS\t0\tmg/L']
  .map((cells) => `${cells}\t${time}\t00\r\n`)
  .join('');

const station = (code: string): Station => ({
  ...{ code, facility: 'F', name: `Trạm ${code}`, kind: 'waste-water', folders: [`/${code}/*`] },
});
const parameter = (symbol: string, unit: string) => ({
  ...{ code: symbol, symbol, name: symbol, nameEn: symbol, unit },
});

interface Ground {
  readonly dir: string;
  readonly gateway: Gateway;
  readonly testDb: TestDatabase;
  readonly registry: Registry;
  stop(): Promise<void>;
}
let ground: Ground;

beforeAll(async () => {
  ground = await onGround(async ({ dir, testDb, startGateway, stop }) => {
    const drop = join(dir, 'drop');
    await mkdir(drop);
    const account = { passwordHash: await hashPassword(password) };
    const registry: Registry = {
      facilities: [{ code: 'F', name: 'F' }],
      parameters: [parameter('pH', ''), parameter('COD', 'mg/L'), parameter('TSS', 'mg/L')],
      targets: [],
      stations: ['S1', 'S2', 'D1', 'D2'].map(station),
      accounts: [
        { ...account, code: 'two', stations: ['S1', 'S2'] },
        { ...account, code: 'office', stations: ['D1', 'D2'] },
      ],
      dropFolders: [{ code: 'office', path: drop, settleSeconds: 0.2, scanSeconds: 1 }],
    };
    const gateway = await startGateway(registry, { layout: 'one-process', env: {} });
    await writeFile(join(dir, name), content);
    return { dir, gateway, testDb, registry, stop };
  });
});
afterAll(() => ground?.stop());

const send = (folder: string) =>
  eventually(() =>
    ground.gateway.cliOrThrow(
      ...['send', join(ground.dir, name)],
      ...['--to', `ftp://two:${password}@127.0.0.1:${ground.gateway.ftpPort}${folder}`],
    ),
  );
const readings = () =>
  ground.testDb.database.query(
    'SELECT station, count(*) AS readings FROM readings JOIN station_keys USING (station_id) GROUP BY station ORDER BY station',
  );
const outcomes = async () =>
  (
    await ground.testDb.database.query<{ text: string }>(
      `SELECT protocol || ' ' || folder || ' ' || outcome AS text FROM receptions ORDER BY 1`,
    )
  ).map(({ text }) => text);

test('both stations have the readings of files that are equal, by whatever way they come', async () => {
  await send('/S1');
  await send('/S2');
  for (const code of ['D1', 'D2']) {
    const folder = join(ground.dir, 'drop/office', code);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), content);
  }
  await eventually(async () =>
    expect(await readings()).toEqual(
      ['D1', 'D2', 'S1', 'S2'].map((code) => ({ station: code, readings: 3 })),
    ),
  );
  expect(await outcomes()).toEqual([
    'drop /D1 stored',
    'drop /D2 stored',
    'ftp /S1 stored',
    'ftp /S2 stored',
  ]);
});

test('stations of folders that are not registered wait apart, and are taken in one by one', async () => {
  await send('/S3');
  await send('/S4');
  const pending = async () =>
    (
      await ground.gateway.cliOrThrow('registry', 'pending', '--json').then((text) =>
        text
          .trim()
          .split('\n')
          .filter((line) => line.startsWith('{'))
          .map((line) => JSON.parse(line) as { account: string; prefix: string; folder: string }),
      )
    ).map(({ account, prefix, folder }) => [account, prefix, folder]);
  await eventually(async () =>
    expect((await pending()).sort()).toEqual([
      ['two', '', '/S3'],
      ['two', '', '/S4'],
    ]),
  );
  await ground.gateway.cliOrThrow('registry', 'accept', 'two', '', '--folder', '/S4');
  expect(await pending()).toEqual([['two', '', '/S3']]);
  await eventually(async () =>
    expect(await readings()).toContainEqual({ station: 'S4', readings: 3 }),
  );
});
