import { appendFile, mkdir, readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RemoteSite } from '@envigate/contracts';
import { formatLocalTime } from '@envigate/domain';
import {
  eventually,
  hasSshd,
  remoteSiteKinds,
  startOpenssh,
  startStallingProxy,
  type SiteUnderTest,
  type StallingProxy,
} from '@envigate/test-support';
import { account } from '../testing/reception.ts';
import { PullScene, lively, type PullSceneOptions } from './testing/pull-scene.ts';

// The whole way from servers that are not ours into a real spool.

let scene: PullScene | undefined;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await scene?.stop();
  scene = undefined;
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function begin(options: PullSceneOptions): Promise<PullScene> {
  scene = await PullScene.start(options);
  return scene;
}

/** Two whole rounds from now on: what is not taken then will not be. */
async function twoRounds(running: PullScene, site = 'site'): Promise<void> {
  const target = running.rounds(site) + 2;
  await eventually(() => expect(running.rounds(site)).toBeGreaterThanOrEqual(target));
}

describe.each(remoteSiteKinds)('from $name', ({ isThere, start }) => {
  if (!isThere()) {
    test.skip('is not installed', () => undefined);
    return;
  }
  let remote: SiteUnderTest;
  let count = 0;
  let dir: string;
  let folder: string;
  let site: RemoteSite;

  beforeAll(async () => {
    remote = await start();
  });
  afterAll(() => remote?.server.stop());
  beforeEach(async () => {
    const name = `t${(count += 1)}`;
    dir = join(remote.server.dir, name);
    folder = `${remote.server.root === '/' ? '' : remote.server.root}/${name}`;
    await mkdir(dir);
    site = { ...remote.site, ...lively, folders: [folder] };
  });

  test('every file is taken once, in whatever folder and however old; then nothing more', async () => {
    await mkdir(join(dir, 'Nam 2026/thang 01/ngay 05'), { recursive: true });
    await writeFile(join(dir, 'BÐ_1.txt'), 'pH 7.1\n');
    await writeFile(join(dir, 'Nam 2026/thang 01/ngay 05/a.txt'), 'TSS 20\n');
    await writeFile(join(dir, 'old.txt'), 'COD 30\n');
    await utimes(join(dir, 'old.txt'), 1_000_000_000, 1_000_000_000);
    for (const name of ['b.txt.tmp', '.hidden', 'c.filepart'])
      await writeFile(join(dir, name), 'half');
    const running = await begin({ sites: [site] });
    const expected = [
      `${folder} BÐ_1.txt=pH 7.1\n`,
      `${folder} old.txt=COD 30\n`,
      `${folder}/Nam 2026/thang 01/ngay 05 a.txt=TSS 20\n`,
    ].sort();
    await eventually(async () => expect(await running.received()).toEqual(expected));
    await twoRounds(running);
    await running.restart();
    await twoRounds(running);
    expect(await running.received()).toEqual(expected);
    const [file] = await running.reception.spool.read(0, { maxRecords: 1, maxBytes: 1 });
    expect(file?.reception).toMatchObject({ protocol: 'pull', peer: '127.0.0.1' });
    expect(await readdir(dir)).toHaveLength(6);
  });

  test('a late file, a changed file and a renamed one are taken', async () => {
    await writeFile(join(dir, 'm.txt'), 'pH 7.1\n');
    const running = await begin({ sites: [site] });
    await eventually(async () => expect(await running.received()).toHaveLength(1));
    await writeFile(join(dir, 'a-older-name.txt'), 'TSS 20\n');
    await utimes(join(dir, 'a-older-name.txt'), 1_000_000_000, 1_000_000_000);
    await appendFile(join(dir, 'm.txt'), 'COD 30\n');
    await writeFile(join(dir, 'n.tmp'), 'NH4 1\n');
    await eventually(async () => expect(await running.received()).toHaveLength(3));
    // As long as before: only the time shows the change.
    await writeFile(join(dir, 'm.txt'), 'pH 7.2\nCOD 30\n');
    await utimes(join(dir, 'm.txt'), 1_700_000_000, 1_700_000_000);
    await eventually(async () => expect(await running.received()).toHaveLength(4));
    await twoRounds(running);
    expect(await running.received()).toEqual([
      `${folder} a-older-name.txt=TSS 20\n`,
      `${folder} m.txt=pH 7.1\n`,
      `${folder} m.txt=pH 7.1\nCOD 30\n`,
      `${folder} m.txt=pH 7.2\nCOD 30\n`,
    ]);
  });

  test.each(['delete', 'move'] as const)('afterwards: %s', async (afterTaking) => {
    await mkdir(join(dir, 'done'));
    await writeFile(join(dir, 'done/a.txt'), 'from before');
    await writeFile(join(dir, 'a.txt'), 'pH 7.1\n');
    await writeFile(join(dir, 'b.txt'), 'TSS 20\n');
    await writeFile(join(dir, 'c.tmp'), 'half');
    const moveTo = `${folder}/done`;
    const running = await begin({ sites: [{ ...site, afterTaking, moveTo }] });
    await eventually(async () => expect(await readdir(dir)).toEqual(['c.tmp', 'done']));
    await twoRounds(running);
    expect(await running.received()).toEqual([
      `${folder} a.txt=pH 7.1\n`,
      `${folder} b.txt=TSS 20\n`,
    ]);
    const kept = afterTaking === 'move' ? ['a.txt', 'a.txt.2', 'b.txt'] : ['a.txt'];
    expect((await readdir(join(dir, 'done'))).sort()).toEqual(kept);
    expect(await readFile(join(dir, 'done/a.txt'), 'utf8')).toBe('from before');
    if (afterTaking === 'move')
      expect(await readFile(join(dir, 'done/a.txt.2'), 'utf8')).toBe('pH 7.1\n');
  });

  test('only folders of today and yesterday, and only names that are asked for', async () => {
    const now = Date.now();
    const days = [0, 1, 2].map((age) => formatLocalTime(now - age * 86_400_000, 420).slice(0, 8));
    for (const day of days) {
      await mkdir(join(dir, day));
      await writeFile(join(dir, day, `HN_${day}.TXT`), 'pH 7.1\n');
      await writeFile(join(dir, day, 'log.csv'), 'x');
    }
    const folders: RemoteSite['folders'] = [`${folder}/{yyyy}{MM}{dd}`, `${folder}/{dd}-missing`];
    const running = await begin({ sites: [{ ...site, folders, include: ['HN_*.txt'] }] });
    await eventually(async () => expect(await running.received()).toHaveLength(2));
    await twoRounds(running);
    expect(await running.received()).toEqual(
      [days[1], days[0]].map((day) => `${folder}/${day} HN_${day}.TXT=pH 7.1\n`),
    );
    expect(running.named('folder-skipped')).toEqual([]);
  });
});

(hasSshd() ? describe : describe.skip)('many sites', () => {
  let remote: SiteUnderTest;
  beforeEach(async () => {
    remote = await startOpenssh();
    stops.push(remote.server.stop);
  });
  const good = (more: Partial<RemoteSite> = {}): RemoteSite => ({
    ...remote.site,
    ...lively,
    folders: [remote.server.root],
    ...more,
  });
  const proxyTo = async (port?: number): Promise<StallingProxy> => {
    const proxy = await startStallingProxy(port === undefined ? {} : { to: port });
    stops.push(proxy.stop);
    return proxy;
  };

  test('forty dead ones delay a living one by nothing that counts', async () => {
    const silent = await proxyTo();
    const dead = Array.from({ length: 40 }, (_, index) =>
      good({ code: `dead${index}`, host: `127.0.0.${2 + index}`, timeoutSeconds: 600 }),
    );
    // Half of them hang while they answer the connection, half cannot be reached.
    const sites = dead.map((site, index) =>
      index % 2 === 0 ? { ...site, host: `127.0.0.1`, port: silent.port } : { ...site, port: 1 },
    );
    await writeFile(join(remote.server.dir, 'a.txt'), 'pH 7.1\n');
    const running = await begin({
      sites: [...sites, good()],
      sitesAtOnce: 2,
      connectionsPerHost: 50,
      patienceMs: 20,
    });
    await eventually(async () => expect(await running.received()).toHaveLength(1));
    await writeFile(join(remote.server.dir, 'b.txt'), 'pH 7.1\n');
    await eventually(async () => expect(await running.received()).toHaveLength(2));
    expect(running.rounds('dead0')).toBe(0);
    expect(silent.open).toBe(20);
    const stopped = running.stop();
    scene = undefined;
    await stopped;
    await eventually(() => expect(silent.open).toBe(0));
  });

  test('on one host there are never more connections than allowed', async () => {
    const proxy = await proxyTo(remote.server.port);
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const name of names) {
      await mkdir(join(remote.server.dir, name));
      await writeFile(join(remote.server.dir, name, `${name}.txt`), `${name}\n`);
    }
    const sites = names.map((name) => {
      const folders: RemoteSite['folders'] = [join(remote.server.root, name)];
      return good({ code: name, folders, port: proxy.port });
    });
    const running = await begin({ sites, connectionsPerHost: 2, sitesAtOnce: 50 });
    await eventually(async () => expect(await running.received()).toHaveLength(6));
    await Promise.all(names.map((name) => twoRounds(running, name)));
    expect(proxy.connections).toBeGreaterThan(6);
    // The server sees a connection end a moment after we closed it.
    expect(proxy.mostOpen).toBeLessThanOrEqual(3);
  });

  test('what the registry says counts from the next moment on', async () => {
    await writeFile(join(remote.server.dir, 'a.txt'), 'pH 7.1\n');
    const running = await begin({ sites: [] });
    running.registry.set([good({ disabled: true })]);
    running.registry.set([good({ schedule: 'every minute' })]);
    await eventually(() =>
      expect(running.named('site-failed')).toMatchObject([{ kind: 'site-unusable' }]),
    );
    running.registry.set([good()], [account('tram01', { disabled: true })]);
    await eventually(() =>
      expect(running.named('site-failed')).toContainEqual(
        expect.objectContaining({ kind: 'account-closed' }),
      ),
    );
    expect(await running.received()).toEqual([]);
    running.registry.set([good()]);
    await eventually(async () => expect(await running.received()).toHaveLength(1));
    await eventually(() => expect(running.named('site-recovered')).toHaveLength(1));
    running.registry.set([]);
    await eventually(() => expect(running.named('site-unscheduled')).toHaveLength(1));
    const rounds = running.rounds();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(running.rounds()).toBe(rounds);
  });

  test('a strange host key is recorded in the audit trail, and nothing is fetched', async () => {
    await writeFile(join(remote.server.dir, 'a.txt'), 'pH 7.1\n');
    const running = await begin({ sites: [good({ hostKeys: [`SHA256:${'A'.repeat(43)}`] })] });
    await twoRounds(running);
    expect(running.named('site-refused')[0]).toMatchObject({
      site: 'site',
      kind: 'site-not-trusted',
      reason: expect.stringContaining(remote.site.hostKeys?.[0] ?? '-'),
    });
    expect(await running.received()).toEqual([]);
    const metrics = await running.reception.telemetry.metrics();
    expect(metrics).toMatch(
      /envigate_pull_errors_total\{site="site",kind="site-not-trusted"\} [1-9]/,
    );
    expect(metrics).toContain('envigate_pull_last_success_timestamp_seconds{site="site"} 0');
  });

  test('a full spool stops a round, and with room it goes on', async () => {
    for (let index = 0; index < 20; index++)
      await writeFile(join(remote.server.dir, `${index}.txt`), 'x'.repeat(2000));
    const spool = { maxBytes: 20_000, segmentBytes: 4096 };
    const running = await begin({ sites: [good({ afterTaking: 'delete' })], spool });
    await eventually(() =>
      expect(running.named('site-failed')).toMatchObject([{ kind: 'no-room' }]),
    );
    const { spool: ours } = running.reception;
    expect(ours.head).toBeGreaterThan(2);
    expect(ours.head).toBeLessThan(10);
    // What was not taken is still there.
    expect(await readdir(remote.server.dir)).toHaveLength(20 - ours.head);
    await eventually(async () => {
      await ours.release(ours.head);
      expect(await readdir(remote.server.dir)).toEqual([]);
    });
    expect(ours.head).toBe(20);
    const names = running.named('remote-file-taken').map(({ name }) => name);
    expect(new Set(names).size).toBe(20);
  });

  test('what is too large is reported once and left', async () => {
    await writeFile(join(remote.server.dir, 'big.txt'), 'x'.repeat(200_000));
    await writeFile(join(remote.server.dir, 'a.txt'), 'pH 7.1\n');
    const running = await begin({ sites: [good({ afterTaking: 'delete' })] });
    await twoRounds(running);
    await twoRounds(running);
    expect(await readdir(remote.server.dir)).toEqual(['big.txt']);
    expect(running.named('remote-file-skipped')).toMatchObject([
      { name: 'big.txt', kind: 'too-large' },
    ]);
    expect(await running.reception.telemetry.metrics()).toContain(
      'envigate_pull_waiting_files{site="site"} 1',
    );
  });
});
