import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Target } from '@envigate/contracts';
import { importRegistry } from '@envigate/postgres';
import { loadConfiguration } from '@envigate/runtime';
import {
  startMinistryStandIn,
  testDatabase,
  type MinistryStandIn,
  type TestDatabase,
} from '@envigate/test-support';
import { Command } from 'commander';
import { addDeliveriesCommands } from './record-commands.ts';

jest.setTimeout(60_000);

let dir: string;
let standIn: MinistryStandIn;
let on: TestDatabase;
let printed: string[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-target-'));
  standIn = await startMinistryStandIn({ folder: dir });
  on = await testDatabase();
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
  await standIn.close();
  await on.drop();
  await rm(dir, { recursive: true });
});

async function probe(target: Partial<Target>, ...flags: readonly string[]): Promise<void> {
  const { ftp } = standIn.access;
  const bo: Target = {
    ...{ code: 'bo', kind: 'ftp', url: `ftp://127.0.0.1:${ftp.port}/in` },
    ...{ user: ftp.user, secret: ftp.password },
    ...target,
  };
  const registry = { facilities: [], parameters: [], stations: [], accounts: [], targets: [bo] };
  await importRegistry(on.database, registry, { actor: 'test' });
  const program = new Command();
  addDeliveriesCommands(program, () =>
    loadConfiguration({
      env: { DATABASE_URL: on.url, ENVIGATE_FORWARDER_TIMEOUT_SECONDS: '5' },
    }),
  );
  await program.parseAsync(['deliveries', 'target', 'test', 'bo', ...flags], { from: 'user' });
}

test('sends no file unless it is asked to', async () => {
  await probe({});
  expect(printed).toEqual([
    expect.stringMatching(/^ok {5}connect to ftp:\/\/127.0.0.1:\d+\/in, log in, open the folder: /),
    expect.stringContaining('no file was sent'),
  ]);
  expect(standIn.entries).toEqual([]);
  expect(process.exitCode).toBe(0);
});

test('stores, renames and removes a file of its own', async () => {
  await probe({}, '--upload');
  expect(printed.map((line) => line.split(' ')[0])).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(printed[1]).toContain('store envigate-probe-');
  expect(printed[3]).toContain('remove envigate-probe-');
  expect(await readdir(join(dir, 'inbox/ftp/in')).catch(() => [])).toEqual([]);
  expect(process.exitCode).toBe(0);
});

test.each<[string, () => Partial<Target>, RegExp]>([
  ['a wrong password', () => ({ secret: 'wrong' }), /^failed connect .*530/],
  ['nobody there', () => ({ url: 'ftp://127.0.0.1:9/' }), /^failed connect .*ECONNREFUSED/],
  ['a secret that is not set', () => ({ secret: '${NOT_SET_HERE}' }), /^failed connect .*NOT_SET/],
])('says what is wrong: %s', async (_, target, expected) => {
  await probe(target());
  expect(printed).toEqual([expect.stringMatching(expected)]);
  expect(process.exitCode).toBe(1);
});

test('of an https inlet it checks the certificate only', async () => {
  const { https } = standIn.access;
  const url = `https://127.0.0.1:${https.port}/files`;
  await probe({ kind: 'https', url, caFile: https.caFile }, '--upload');
  expect(printed).toEqual([
    expect.stringMatching(/^ok .*certificate valid until/),
    expect.stringMatching(/^- .*not tried/),
  ]);
  printed.length = 0;
  await probe({ kind: 'https', url });
  expect(printed).toEqual([expect.stringMatching(/^failed /)]);
});
