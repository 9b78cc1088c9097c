import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { RawClient } from '../../packages/ftp-server/src/testing/raw-client.ts';
import type { Errand } from '../support/src/pushers/client.ts';
import { Door, reading } from './testing/door.ts';

// What programs that do not run here send, command by command, and what they need to be answered.

let door: Door;
let errand: Errand;
let client: RawClient;

beforeAll(async () => {
  door = await Door.open();
}, 120_000);
afterAll(() => door?.close());
beforeEach(async () => {
  errand = door.errand('plain');
  client = await RawClient.connect(door.plainPort);
});

const login = (): Promise<number[]> =>
  client.codes(`USER ${errand.user}`, `PASS ${errand.password}`);

test('FileZilla: a folder at a time by CWD and MKD, STOR, MFMT, and MLSD after each step', async () => {
  expect(await login()).toEqual([331, 230]);
  expect((await client.command('SYST')).text).toMatch(/^215 UNIX/);
  const features = (await client.command('FEAT')).text;
  // It chooses MLSD and UTF-8 by these.
  expect(features).toMatch(/^ ?MLST .*modify\*/im);
  expect(features).toMatch(/^ ?UTF8/im);
  expect(await client.codes('OPTS UTF8 ON', 'PWD', 'TYPE I')).toEqual([200, 257, 200]);
  expect(await client.listing('MLSD')).toEqual({ text: '', code: 226 });
  // It tries the whole path first, then makes what is missing.
  expect(await client.codes('CWD /2026/Thang 01', 'CWD /', 'MKD 2026', 'CWD 2026')).toEqual([
    550, 250, 257, 250,
  ]);
  expect(await client.codes('MKD Thang 01', 'CWD Thang 01')).toEqual([257, 250]);
  expect((await client.command('PWD')).text).toContain('"/2026/Thang 01"');
  expect((await client.upload('STOR reading.txt', reading)).code).toBe(226);
  expect((await client.command('MFMT 20260131120000 reading.txt')).code).toBe(213);
  const { text } = await client.listing('MLSD');
  expect(text).toMatch(new RegExp(`^(?=.*type=file)(?=.*size=${reading.length};).* reading\\.txt`));
  expect(await client.codes('CWD /2026')).toEqual([250]);
  expect((await client.listing('MLSD')).text).toMatch(/type=dir.* Thang 01\r\n$/);
  expect(await door.received(errand, 1)).toEqual([`ftp /2026/Thang 01 reading.txt=${reading}`]);
  await client.quit();
});

test('FileZilla: overwrites by DELE and STOR where the user says so', async () => {
  await login();
  expect((await client.upload('STOR reading.txt', reading)).code).toBe(226);
  expect(await client.codes('DELE reading.txt')).toEqual([250]);
  expect((await client.upload('STOR reading.txt', reading)).code).toBe(226);
  expect(await door.received(errand, 2)).toHaveLength(2);
});

test('WinSCP: uploads, sets the time by MFMT, and looks by MLSD of an absolute path', async () => {
  await login();
  expect(await client.codes('SYST', 'FEAT', 'OPTS UTF8 ON', 'PWD', 'CWD /', 'TYPE A')).toEqual([
    215, 211, 200, 257, 250, 200,
  ]);
  expect((await client.listing('MLSD')).code).toBe(226);
  expect(await client.codes('TYPE I')).toEqual([200]);
  expect((await client.upload('STOR /reading.txt', reading)).code).toBe(226);
  expect(await client.codes('MFMT 20260131050000 /reading.txt', 'TYPE A')).toEqual([213, 200]);
  expect((await client.listing('MLSD /')).text).toContain('reading.txt');
  expect(await door.received(errand, 1)).toEqual([`ftp / reading.txt=${reading}`]);
});

test('loggers on ftplib: MKD without asking, storlines, four CDUP however deep they are', async () => {
  await login();
  for (const name of ['a.txt', 'b.txt']) {
    for (const folder of ['2026', '01']) {
      // They try CWD, and make the folder where it is refused.
      if ((await client.command(`CWD ${folder}`)).code === 550) {
        expect(await client.codes(`MKD ${folder}`, `CWD ${folder}`)).toEqual([257, 250]);
      }
    }
    expect(await client.codes('TYPE A')).toEqual([200]);
    const sent = reading.replaceAll('\n', '\r\n');
    expect((await client.upload(`STOR ${name}`, sent)).code).toBe(226);
    // Above the top there is the top.
    expect(await client.codes('CDUP', 'CDUP', 'CDUP', 'CDUP')).toEqual([250, 250, 250, 250]);
  }
  expect((await door.received(errand, 2)).map((file) => file.split('=')[0])).toEqual([
    'ftp /2026/01 a.txt',
    'ftp /2026/01 b.txt',
  ]);
});

test('EnviSoft senders: SYST, NLST of an empty folder, STOR to the final name, SIZE', async () => {
  await login();
  expect(await client.codes('SYST', 'MKD KhiThai', 'CWD KhiThai')).toEqual([215, 257, 250]);
  expect(await client.listing('NLST')).toEqual({ text: '', code: 226 });
  expect((await client.upload('STOR reading.txt', reading)).code).toBe(226);
  expect(await client.listing('NLST')).toEqual({ text: 'reading.txt\r\n', code: 226 });
  expect((await client.command('SIZE reading.txt')).text).toBe(`213 ${reading.length}`);
  expect((await client.listing('LIST -la')).text).toMatch(
    new RegExp(`^-r.* ${reading.length} .* reading\\.txt\\r\\n$`),
  );
});

test('ftp.exe of Windows: active mode, to the address of the client', async () => {
  await login();
  expect(await client.codes('XPWD', 'XMKD ngay31', 'CWD ngay31')).toEqual([257, 257, 250]);
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const numbers = `127,0,0,1,${port >> 8},${port & 255}`;
  expect(await client.codes(`PORT ${numbers}`, 'STOR reading.txt')).toEqual([200, 150]);
  const [data] = (await once(listener, 'connection')) as [Socket];
  listener.close();
  data.end(reading);
  expect((await client.reply()).code).toBe(226);
  expect(await client.codes('QUIT')).toEqual([221]);
  expect(await door.received(errand, 1)).toEqual([`ftp /ngay31 reading.txt=${reading}`]);
});

describe('GPRS modems (SIM800, Quectel)', () => {
  test('APPE in parts, each over a session of its own', async () => {
    const half = reading.length / 2;
    for (const part of [reading.slice(0, half), reading.slice(half)]) {
      const session = await RawClient.connect(door.plainPort);
      await session.codes(`USER ${errand.user}`, `PASS ${errand.password}`, 'TYPE I', 'CWD /');
      expect((await session.upload('APPE reading.txt.tmp', part)).code).toBe(226);
      await session.quit();
    }
    await login();
    expect(await client.codes('RNFR reading.txt.tmp', 'RNTO reading.txt')).toEqual([350, 250]);
    expect(await door.received(errand, 1)).toEqual([`ftp / reading.txt=${reading}`]);
  });
});
