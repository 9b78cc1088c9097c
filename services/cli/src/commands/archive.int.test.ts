import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Configuration } from '@envigate/contracts';
import { loadConfiguration } from '@envigate/runtime';
import {
  ArchiveScene,
  moment,
  month,
} from '../../../../packages/postgres/src/archive/testing/archive-scene.ts';
import { archiveMonths, printArchives, printVerified, restoreMonth } from './archive.ts';
import { explain } from './explain.ts';
import { migrateStores } from './set-up.ts';
import { printAudit, type AuditOptions } from './audit.ts';

jest.setTimeout(120_000);

let scene: ArchiveScene;
let config: Configuration;
let printed: string[] = [];
beforeEach(async () => {
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  scene = await ArchiveScene.create();
  await scene.fill();
  const env = { DATABASE_URL: scene.url, ENVIGATE_DATA_DIR: scene.folder };
  config = await loadConfiguration({ env });
  await migrateStores(config);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await scene.close();
});

async function lines(work: () => Promise<unknown>): Promise<readonly string[]> {
  printed = [];
  await work();
  return printed;
}

const to = () => join(scene.folder, 'archives');
const folder = () => join(to(), `envigate-${month.name}`);

async function audit(options: AuditOptions) {
  printed = [];
  return { status: await printAudit(config, options), text: printed.join('\n') };
}

test('a month is archived, listed, proven without a database, audited, and restored', async () => {
  const archived = await lines(() => archiveMonths(config, { month: month.name, to: to() }));
  expect(archived).toEqual([
    expect.stringMatching(/archived .*: \d+ rows in .*, 2 files remain here too/),
  ]);
  const listed = (await lines(() => printArchives(config, {}))).join('\n');
  for (const part of [month.name, 'đã lưu trữ · archived', folder(), 'readings 16'])
    expect(listed).toContain(part);
  const [json] = await lines(() => printArchives(config, { json: true }));
  expect(JSON.parse(json!)).toMatchObject({
    name: month.name,
    state: 'archived',
    folder: folder(),
  });

  await expect(explain(['S1', 'pH', moment(month, 2)], config, {})).rejects.toThrow(
    `its month is archived: ${month.name} (${folder()})`,
  );
  for (const full of [{}, { full: true }] as const) {
    const { status, text } = await audit(full);
    expect(text).toContain('the ledger is intact');
    expect(text).toMatch(/lượt nhận · receptions +14\n/);
    expect(text).toMatch(/đã lưu trữ · archived +12\n/);
    expect(text).toContain(`not recomputed: ${month.name}; give their folders with --archives`);
    expect(status).toBe(0);
  }
  const proven = await audit({ full: true, archives: [to()] });
  expect(proven).toMatchObject({ status: 0 });
  expect(proven.text).toContain(`archives proven: ${month.name}`);
  expect(proven.text).not.toContain('not recomputed');

  // As an operator calls it, without a database to go to.
  const bin = new URL('../../bin/envigate.js', import.meta.url).pathname;
  const env = { PATH: process.env['PATH'] };
  const verify = () =>
    spawnSync(process.execPath, [bin, 'archive', 'verify', folder()], { env, encoding: 'utf8' });
  expect(verify()).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('is intact: 12 originals'),
  });
  const path = join(folder(), 'readings.csv');
  const good = await readFile(path, 'utf8');
  await writeFile(path, good.replace('7.1', '7.2'));
  expect(verify()).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/readings\.csv:1: expected SHA-256/),
  });
  expect((await audit({ archives: [to()] })).status).toBe(1);
  await expect(restoreMonth(config, folder())).rejects.toThrow(
    /has 2 faults, and nothing was restored/,
  );
  await writeFile(path, good);

  expect(await lines(() => restoreMonth(config, folder()))).toEqual([
    expect.stringContaining(`restored ${month.name}`),
  ]);
  expect(await audit({ full: true })).toMatchObject({ status: 0 });
});

test('the months that are due are archived; what is asked wrongly is refused with the reason', async () => {
  expect(await lines(() => archiveMonths(config, { due: true, to: to() }))).toEqual([
    expect.stringContaining('retention.record.keepMonths is not set'),
  ]);
  const kept = { ...config, retention: { ...config.retention, record: { keepMonths: 1 } } };
  await lines(() => archiveMonths(kept, { due: true, to: to() }));
  expect((await lines(() => printVerified(folder(), {}))).join()).toContain('is intact');
  for (const [options, reason] of [
    [{ month: month.name, to: to() }, /is archived already, in /],
    [{ month: '2026-13', to: to() }, /--month must be like 2026-03/],
    [{ month: month.name }, /give --to, and one of --month and --due/],
    [{ to: to() }, /give --to, and one of --month and --due/],
  ] as const)
    await expect(archiveMonths(config, options)).rejects.toThrow(reason);
  await expect(printVerified(scene.folder, {})).rejects.toThrow(/the folder is not an archive/);
});
