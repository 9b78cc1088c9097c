import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AccountHomes, type AccountHome } from './account-home.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-homes-'));
  for (const account of ['tram01', 'tram02', '.held']) await mkdir(join(dir, account));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** The disk refuses one account's folder; root may read any, so permissions cannot do it. */
class HomesOnFailingDisk extends AccountHomes {
  isFailing = true;

  override of(account: string): Promise<AccountHome> {
    return this.isFailing && account === 'tram01'
      ? Promise.reject(new Error('EIO: i/o error'))
      : super.of(account);
  }
}

test('a folder that cannot be read hides no other account, and is reported once until it can', async () => {
  const reported: string[] = [];
  const homes = new HomesOnFailingDisk(dir, (folder, error) =>
    reported.push(`${folder}: ${error}`),
  );
  const names = async (): Promise<readonly string[]> => [...(await homes.all()).keys()].sort();

  expect(await names()).toEqual(['tram02']);
  expect(await names()).toEqual(['tram02']);
  expect(reported).toEqual([`${join(dir, 'tram01')}: EIO: i/o error`]);

  homes.isFailing = false;
  expect(await names()).toEqual(['tram01', 'tram02']);
  homes.isFailing = true;
  await names();
  expect(reported).toHaveLength(2);
});
