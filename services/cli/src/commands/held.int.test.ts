import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { stationFileCodec, validateConfiguration, type Configuration } from '@envigate/contracts';
import { MemoryEventLog } from '@envigate/event-log/memory-event-log';
import { LatePart, httpServer, type HttpServer } from '@envigate/http';
import {
  countHeld,
  heldFileRoutes,
  receiver,
  type HeldDesk,
  type Receiver,
} from '@envigate/receiver';
import { Health, Telemetry, silentLogger, systemClock, type Started } from '@envigate/runtime';
import { canTestWith } from '@envigate/test-support';
import { FakeHeardReports } from '../../../receiver/src/testing/fake-heard-reports.ts';
import { FakeReceptionRecord } from '../../../receiver/src/testing/fake-reception-record.ts';
import { FakeRegistry, account } from '../../../receiver/src/testing/reception.ts';
import { decideHeld, printHeld, showHeld } from './held.ts';

jest.setTimeout(60_000);

/** A real client's cut files, the real receiver behind its operations server, and the operator's commands. */
const run = promisify(execFile);
const withCurl = canTestWith('curl') ? describe : describe.skip;

const cod = 'COD\t16.2\tmg/l\t20260325000000\t00\r\n';
const whole = `${cod}pH\t7.8\t\t20260325000000\t00\r\n`;
const cut = whole.slice(0, -9);

let dir: string;
let eventLog: MemoryEventLog;
let config: Configuration;
let running: Started<Receiver>;
let server: Started<HttpServer>;
let printed: string[];

async function start(quietMinutes: number, operatorToken?: string): Promise<void> {
  config = validateConfiguration({
    dataDir: join(dir, 'data'),
    receiver: {
      ftp: { host: '127.0.0.1', port: 0, tls: { mode: 'off' } },
      sftp: { enabled: false },
      hold: { quietMinutes },
    },
    console: { ...(operatorToken !== undefined && { operatorToken }) },
  });
  const parts = { logger: silentLogger(), telemetry: new Telemetry(), health: new Health() };
  const heldDesk = new LatePart<HeldDesk>({ vi: 'Dịch vụ nhận tệp', en: 'the receiver' });
  const routes = heldFileRoutes(heldDesk);
  const operations = { host: '127.0.0.1', port: 0, routes, title: 'operations', version: '0' };
  server = await httpServer({ ...parts, ...operations, operatorToken }).start();
  eventLog = new MemoryEventLog();
  const registry = new FakeRegistry([account('tram01')]);
  const component = receiver.compose({
    ...{
      ...parts,
      config,
      clock: systemClock,
      eventLog,
      receptions: new FakeReceptionRecord(),
      heardReports: new FakeHeardReports(),
      registry,
      heldDesk,
    },
  });
  running = (await component.start()) as Started<Receiver>;
}

async function stop(): Promise<void> {
  await running.stop();
  await server.stop();
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-held-'));
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  await start(30);
});
afterEach(async () => {
  await stop();
  jest.restoreAllMocks();
  await rm(dir, { recursive: true, force: true });
});

/** Uploads with curl; resolves with what the server said. */
async function push(name: string, content: string): Promise<string> {
  const file = join(dir, name);
  await writeFile(file, content);
  const url = `ftp://127.0.0.1:${running.value.ftpPort}/${name}`;
  const { stderr } = await run('curl', ['-sSv', '-u', 'tram01:right', '-T', file, url]);
  return stderr;
}

async function published(count: number) {
  await eventLog.until(() => eventLog.published.length >= count);
  return eventLog.published.map(({ value }) => {
    const { reception, content } = stationFileCodec.decode(value);
    return { ...reception, text: Buffer.from(content).toString() };
  });
}

async function listed(): Promise<readonly { id: string; path: string; reason: string }[]> {
  printed.length = 0;
  await printHeld(config, { url: server.value.url, json: true });
  return printed.map((line) => JSON.parse(line) as { id: string; path: string; reason: string });
}

withCurl('a file that looks cut', () => {
  test('is acknowledged as held; the resend ends the hold', async () => {
    expect(await push('a.txt', cut)).toMatch(/< 226 .*held/);
    await printHeld(config, { url: server.value.url });
    expect(printed).toEqual([
      expect.stringMatching(
        /^\S+ +\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d đến · until \d\d\/.* cut-last-line: dòng cuối bị cắt · the last line is cut +tram01 \/a\.txt \(\d+ byte\)$/,
      ),
    ]);
    expect(await listed()).toMatchObject([
      { path: '/a.txt', reason: 'cut-last-line', detail: 'columns-missing', protocol: 'ftp' },
    ]);
    expect(await countHeld(join(dir, 'data/homes'))).toBe(1);
    expect(await push('a.txt', whole)).toMatch(/< 226 The file is stored/);
    expect(await published(1)).toMatchObject([{ name: 'a.txt', text: whole }]);
    expect(await listed()).toEqual([]);
    await printHeld(config, { url: server.value.url });
    expect(printed).toEqual(['không có tệp tạm giữ · no file is held']);
  });

  test('is shown and released by an operator, once', async () => {
    await push('a.txt', cut);
    const { id } = (await listed())[0]!;
    await showHeld(id, config, { url: server.value.url });
    expect(printed.at(-1)).toContain(cut);
    const note = 'station stopped';
    await decideHeld('release', id, config, { url: server.value.url, note });
    expect(await published(1)).toMatchObject([
      { text: cut, released: { by: 'operator', heldFor: 'cut-last-line', note } },
    ]);
    await expect(decideHeld('release', id, config, { url: server.value.url })).rejects.toThrow(id);
    await expect(decideHeld('discard', id, config, { url: server.value.url })).rejects.toThrow(
      'note',
    );
  });

  test('is released by whoever has the token of the operators, where there is one', async () => {
    await stop();
    await start(30, 'the-token-of-the-office');
    await push('a.txt', cut);
    const { id } = (await listed())[0]!;
    const { url } = server.value;
    const { operatorToken: _, ...withoutToken } = config.console;
    const stranger = { ...config, console: withoutToken };
    await expect(decideHeld('release', id, stranger, { url })).rejects.toThrow(
      'console.operatorToken',
    );
    expect(await listed()).toHaveLength(1);
    await decideHeld('release', id, config, { url });
    expect(await published(1)).toMatchObject([{ text: cut, released: { by: 'operator' } }]);
  });

  test('is discarded into quarantine, with the reason', async () => {
    await push('a.txt', cut);
    const { id } = (await listed())[0]!;
    await decideHeld('discard', id, config, { url: server.value.url, note: 'a test' });
    expect(await published(1)).toMatchObject([{ text: cut, released: { by: 'discard' } }]);
  });

  test('is received by itself after the quiet time, over a restart', async () => {
    await push('a.txt', cut);
    await stop();
    await start(0.001);
    expect(await published(1)).toMatchObject([
      { name: 'a.txt', text: cut, released: { by: 'quiet', heldFor: 'cut-last-line' } },
    ]);
    // It is removed once it is safe in the spool, which may be after it was published.
    while ((await listed()).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

test('where no receiver answers, the command says where it looked', async () => {
  const { url } = server.value;
  await stop();
  await expect(printHeld(config, { url })).rejects.toThrow(`no receiver answers at ${url}`);
  await start(30);
});
