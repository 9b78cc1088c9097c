import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Configuration } from '@envigate/contracts';
import { verifyArchive } from '@envigate/postgres';
import { loadConfiguration } from '@envigate/runtime';
import { eventually } from '@envigate/test-support';
import {
  ArchiveScene,
  month,
} from '../../../../packages/postgres/src/archive/testing/archive-scene.ts';
import { restoreMonth } from './archive.ts';
import { printAudit } from './audit.ts';
import { migrateStores } from './set-up.ts';

// The process of `envigate archive` is killed in the middle of each of its steps. Tables that somebody else holds stop
// it there, as a long query does.
jest.setTimeout(120_000);

let scene: ArchiveScene;
let config: Configuration;
let to: string;
beforeAll(async () => {
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  scene = await ArchiveScene.create();
  await scene.fill();
  to = join(scene.folder, 'archives');
  config = await loadConfiguration({ env: environment() });
  await migrateStores(config);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await scene.close();
});

const environment = () => ({ DATABASE_URL: scene.url, ENVIGATE_DATA_DIR: scene.folder });
const partition = (table: string) => `${table}_${month.name.replace('-', '_')}`;

/** `envigate archive`, as an operator runs it. */
class ArchiveProcess {
  readonly #child = spawn(
    process.execPath,
    [
      new URL('../../bin/envigate.js', import.meta.url).pathname,
      ...['archive', '--month', month.name, '--to', to],
    ],
    { env: { ...process.env, ...environment(), NODE_OPTIONS: '' } },
  );
  readonly #ended = once(this.#child, 'close');
  #output = '';
  #errors = '';

  constructor() {
    this.#child.stdout.on('data', (chunk) => (this.#output += String(chunk)));
    this.#child.stderr.on('data', (chunk) => (this.#errors += String(chunk)));
  }

  /** The English names of the steps that it reported. */
  get steps(): readonly string[] {
    return [...this.#errors.matchAll(/ · (.*)$/gm)].map(([, name = '']) => name);
  }

  async reaches(step: string): Promise<void> {
    await eventually(() => expect(this.steps).toContain(step), { everyMs: 1 });
  }

  /** It must not have ended by itself. */
  async kill(): Promise<void> {
    expect(this.#child.exitCode).toBeNull();
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async end(): Promise<{ readonly code: number | null; readonly output: string }> {
    const [code] = (await this.#ended) as [number | null];
    return { code, output: this.#output + this.#errors };
  }
}

/** Holds a lock on a table until the function that it resolves with is called. */
async function hold(table: string, mode: string): Promise<() => Promise<void>> {
  const connection = await scene.database.connectDedicated();
  await connection.session.execute(`BEGIN; LOCK TABLE ${table} IN ${mode} MODE`);
  return () => connection.close();
}

/** Somebody waits for that table. */
async function isWaitedFor(table: string): Promise<void> {
  await eventually(
    async () =>
      expect(
        await scene.count('FROM pg_locks WHERE NOT granted AND relation = $1::regclass', [table]),
      ).toBeGreaterThan(0),
    { everyMs: 10 },
  );
}

const isIntact = async (): Promise<void> => expect(await printAudit(config, {})).toBe(0);

test('killed in each of its steps, the same command finishes it, and nothing is lost', async () => {
  const before = await scene.digests();
  const [exclusive, shared] = ['ACCESS EXCLUSIVE', 'ACCESS SHARE'];

  // While it writes: all tables of the month are read, and a last one is not.
  let release = await hold('parameter_keys', exclusive);
  let archive = new ArchiveProcess();
  await isWaitedFor('parameter_keys');
  await archive.kill();
  expect(archive.steps).toEqual(['writing']);
  await release();
  expect(await readdir(to)).toEqual([`envigate-${month.name}.partial`]);
  expect(await scene.digests()).toEqual(before);
  await isIntact();

  // While it waits for the tables to detach them.
  release = await hold('readings', shared);
  archive = new ArchiveProcess();
  await isWaitedFor('readings');
  await archive.kill();
  expect(archive.steps).toEqual(['writing', 'taking it out of the record']);
  await release();
  expect(await scene.digests()).toEqual(before);
  await isIntact();

  // While it compares: it is held up before it detaches until it cannot finish the reading that follows.
  release = await hold('readings', shared);
  archive = new ArchiveProcess();
  await isWaitedFor('readings');
  const releaseKeys = await hold('parameter_keys', exclusive);
  await release();
  await isWaitedFor('parameter_keys');
  await archive.kill();
  expect(archive.steps.at(-1)).toBe('comparing');
  await releaseKeys();
  await isIntact();

  // While it verifies: a table that cannot be dropped keeps it from getting further than the next step.
  const last = `archiving.${partition('deliveries')}`;
  release = await hold(last, shared);
  archive = new ArchiveProcess();
  await archive.reaches('verifying the archive');
  await archive.kill();
  expect(archive.steps[0]).toBe('comparing');
  await isIntact();

  // While it drops: some tables are gone already in its transaction.
  archive = new ArchiveProcess();
  await isWaitedFor(last);
  await archive.kill();
  expect(archive.steps).toEqual(['comparing', 'verifying the archive', 'removing the rows']);
  await release();
  await isIntact();
  expect(await scene.count(`FROM archiving.${partition('files')}`)).toBe(12);

  archive = new ArchiveProcess();
  expect(await archive.end()).toMatchObject({
    code: 0,
    output: expect.stringContaining(`archived ${month.name}: `),
  });
  expect(await readdir(to)).toEqual([`envigate-${month.name}`]);
  const folder = join(to, `envigate-${month.name}`);
  expect(await verifyArchive(folder)).toMatchObject({ faults: [], originals: 12, receptions: 12 });
  await isIntact();
  await restoreMonth(config, folder);
  expect(await scene.digests()).toEqual(before);
  expect(await printAudit(config, { full: true })).toBe(0);
});
