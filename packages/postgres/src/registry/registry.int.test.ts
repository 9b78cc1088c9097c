import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ContractError, type Registry } from '@envigate/contracts';
import type { RegistrySource } from '@envigate/domain';
import { silentLogger } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { Database } from '../connection/database.ts';
import { registrySource } from './registry-source.ts';
import {
  RegistryMovedError,
  changeRegistry,
  exportRegistry,
  importRegistry,
  readRegistry,
  registryAt,
  registryHistory,
  registryRevision,
} from './registry-store.ts';

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
});
afterEach(() => db.drop());

const document: Registry = {
  facilities: [{ code: 'F1', name: 'Nhà máy xử lý nước thải', provinceCode: 'LA' }],
  parameters: [{ code: 'pH', symbol: 'pH', name: 'pH', nameEn: 'pH', unit: '' }],
  targets: [{ code: 'T1', kind: 'ftp', url: 'ftp://127.0.0.1/' }],
  stations: [
    { code: 'S1', facility: 'F1', name: 'Trạm 1', kind: 'waste-water', intervalMinutes: 5 },
    { code: 'S2', facility: 'F1', name: 'Trạm 2', kind: 'stack-gas', targets: ['T1'] },
  ],
  accounts: [{ code: 'A1', stations: ['S1', 'S2'] }],
};
const renamed = (name: string): Registry => ({
  ...document,
  stations: document.stations.map((station) =>
    station.code === 'S1' ? { ...station, name } : station,
  ),
});
const actor = 'officer';

describe('import', () => {
  test('and export give the same document back', async () => {
    const diff = await importRegistry(db.database, document, { actor });
    expect(diff.added).toHaveLength(6);
    expect(await exportRegistry(db.database)).toEqual(document);
  });

  test('of the same document changes nothing, whatever the order of its keys and items', async () => {
    await importRegistry(db.database, document, { actor });
    const revision = await registryRevision(db.database);
    const again = {
      ...document,
      stations: document.stations
        .map((station) => Object.fromEntries(Object.entries(station).reverse()))
        .reverse(),
    };
    expect(await importRegistry(db.database, again, { actor })).toEqual({
      added: [],
      changed: [],
      removed: [],
    });
    expect(await registryRevision(db.database)).toBe(revision);
  });

  test('versions what changes in time, without a moment between two versions', async () => {
    await importRegistry(db.database, document, { actor });
    await importRegistry(db.database, renamed('Trạm một'), { actor: 'other' });
    const withoutS1 = {
      ...document,
      stations: document.stations.filter(({ code }) => code !== 'S1'),
      accounts: [{ code: 'A1', stations: ['S2'] }],
    };
    await importRegistry(db.database, withoutS1, { actor });
    await importRegistry(db.database, document, { actor });

    const history = await registryHistory(db.database, 'station', 'S1');
    expect(
      history.map(({ version, actor, body }) => [version, actor, (body as { name: string }).name]),
    ).toEqual([
      [1, 'officer', 'Trạm 1'],
      [2, 'other', 'Trạm một'],
      [3, 'officer', 'Trạm 1'],
    ]);
    const [first, second, third] = history;
    expect(first!.validTo).toEqual(second!.validFrom);
    expect(third!.validFrom.getTime()).toBeGreaterThanOrEqual(second!.validTo!.getTime());
    expect(third!.validTo).toBeUndefined();
    expect(await registryHistory(db.database, 'station', 'S2')).toHaveLength(1);
    expect(await registryAt(db.database, second!.validFrom)).toEqual(renamed('Trạm một'));
    expect((await registryAt(db.database, new Date(0))).stations).toEqual([]);
  });

  test('refuses a document that is not whole, says every place, and changes nothing', async () => {
    await importRegistry(db.database, document, { actor });
    const broken = { ...document, facilities: [], targets: [] };
    const error: unknown = await importRegistry(db.database, broken, { actor }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(ContractError);
    expect((error as ContractError).faults.map(({ path }) => path)).toEqual([
      '/stations/0/facility',
      '/stations/1/facility',
      '/stations/1/targets/0',
    ]);
    await expect(importRegistry(db.database, { stations: [] }, { actor })).rejects.toThrow(
      ContractError,
    );
    expect(await exportRegistry(db.database)).toEqual(document);
  });

  test('that was compared with an older registry is refused, and changes nothing', async () => {
    await importRegistry(db.database, document, { actor });
    const { revision } = await readRegistry(db.database);
    await importRegistry(db.database, renamed('meanwhile'), { actor: 'other' });
    const late = importRegistry(db.database, renamed('late'), { actor, revision });
    await expect(late).rejects.toThrow(RegistryMovedError);
    expect(await exportRegistry(db.database)).toEqual(renamed('meanwhile'));
    await importRegistry(db.database, renamed('again'), { actor, revision: revision + 1 });
    expect(await exportRegistry(db.database)).toEqual(renamed('again'));
  });

  test('made from the registry as it is loses nothing of another at the same time', async () => {
    await importRegistry(db.database, document, { actor });
    const add = (code: string) =>
      changeRegistry(
        db.database,
        (current) => ({ ...current, facilities: [...current.facilities, { code, name: code }] }),
        { actor },
      );
    const codes = Array.from({ length: 6 }, (_, i) => `G${i}`);
    await Promise.all(codes.map(add));
    const { facilities } = await exportRegistry(db.database);
    expect(facilities.map(({ code }) => code)).toEqual(['F1', ...codes]);
  });

  test('by several at once leaves one document whole and one current version of each item', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `name ${i}`);
    await Promise.all(names.map((name) => importRegistry(db.database, renamed(name), { actor })));
    const last = await exportRegistry(db.database);
    expect(names.map(renamed)).toContainEqual(last);
    const versions = await registryHistory(db.database, 'station', 'S1');
    expect(versions.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(versions.filter(({ validTo }) => validTo === undefined)).toHaveLength(1);
  });
});

describe('the source', () => {
  let folder: string;
  const stops: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'envigate-registry-'));
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await rm(folder, { recursive: true });
  });

  async function open(database: Database, refreshSeconds = 3600): Promise<RegistrySource> {
    const cacheFile = join(folder, 'sub', 'registry.json');
    const { value, stop } = await registrySource({
      ...{ database, cacheFile, refreshSeconds, logger: silentLogger() },
    }).start();
    stops.push(stop);
    return value;
  }

  /** A server that is not there. */
  function away(): Database {
    const url = 'postgres://nobody@127.0.0.1:1/none';
    const database = new Database({ url, poolSize: 1, logger: silentLogger() });
    stops.push(() => database.close());
    return database;
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  test('has the registry when it has started, and follows imports at once', async () => {
    await importRegistry(db.database, document, { actor });
    const source = await open(db.database);
    await source.ready?.();
    expect(source.current().registry).toEqual(document);
    await importRegistry(db.database, renamed('new'), { actor });
    await until(() => source.current().stations.get('S1')?.name === 'new');
  });

  test('finds a change by looking where no notification comes', async () => {
    const source = await open(db.database, 0.02);
    await importRegistry(db.database, document, { actor });
    // Behind the source's back: what a lost notification looks like.
    await db.database.execute(
      `UPDATE registry_items SET body = jsonb_set(body, '{name}', '"silent"') WHERE code = 'S1'`,
    );
    await db.database.execute('UPDATE registry_revision SET revision = revision + 1');
    await until(() => source.current().stations.get('S1')?.name === 'silent');
  });

  test('keeps a snapshot for others, whole and private, from which it starts without a database', async () => {
    await importRegistry(db.database, document, { actor });
    await open(db.database);
    const file = join(folder, 'sub', 'registry.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ registry: document });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'sub'))).toEqual(['registry.json']);

    const source = await open(away());
    await source.ready?.();
    expect(source.current().registry).toEqual(document);
  });

  test('keeps its snapshot while connections are killed, and catches up afterwards', async () => {
    await importRegistry(db.database, document, { actor });
    const source = await open(db.database, 0.05);
    await db.killBackends();
    expect(source.current().registry).toEqual(document);
    await retried(() => importRegistry(db.database, renamed('after'), { actor }));
    await until(() => source.current().stations.get('S1')?.name === 'after');
  });

  test('without database and snapshot starts, knows nothing, and is not ready', async () => {
    const source = await open(away());
    let ready = false;
    void source.ready?.().then(() => (ready = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(ready).toBe(false);
    expect(source.current().stations.size).toBe(0);
  });

  test('ignores a snapshot that cannot be read', async () => {
    await open(db.database);
    await writeFile(join(folder, 'sub', 'registry.json'), '{"revision": 1, "registry": {');
    await importRegistry(db.database, document, { actor });
    const source = await open(db.database);
    expect(source.current().registry).toEqual(document);
  });
});

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { retryable?: boolean }).retryable !== true) throw error;
    }
  }
}
