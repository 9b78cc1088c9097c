import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { scpClient } from '../support/src/pushers/clients/openssh.ts';
import { Door } from './testing/door.ts';
import { isInstalled, runCommand } from './testing/run-command.ts';

let door: Door;

beforeAll(async () => {
  door = await Door.open();
}, 120_000);
afterAll(() => door?.close());

(isInstalled(scpClient) ? test : test.skip)(
  'scp -O, the protocol before SFTP, is refused at once and takes nothing',
  async () => {
    const errand = door.errand('sftp');
    const { upload } = scpClient;
    if ('cannot' in upload) throw new Error(upload.cannot);
    const { program, args } = upload(errand);
    await expect(runCommand({ program, args: ['-O', ...args] })).rejects.toThrow(/SFTP only/);
    expect(await door.received(errand, 0)).toEqual([]);
  },
);
