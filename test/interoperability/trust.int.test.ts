import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Command, Errand, Mode } from '../support/src/pushers/client.ts';
import { curlClient } from '../support/src/pushers/clients/curl.ts';
import { lftpClient } from '../support/src/pushers/clients/lftp.ts';
import { commandOf } from './testing/commands.ts';
import { Door } from './testing/door.ts';
import { isInstalled, runCommand } from './testing/run-command.ts';

// Clients that check the certificate, and are configured to trust the one that the receiver made itself.

const patienceMs = 120_000;
const tlsModes: readonly Mode[] = ['explicit', 'implicit'];
let door: Door;

beforeAll(async () => {
  door = await Door.open();
}, patienceMs);
afterAll(() => door?.close());

/** The certificate is good for the name, not for every address. */
const byName = (mode: Mode): Errand => ({ ...door.errand(mode), host: 'localhost' });

/** The same without the words that switch the check off. */
function checking({ program, args }: Command, trust: readonly string[]): Command {
  const strict = args
    .filter((word) => word !== '--insecure')
    .map((word) => word.replace('set ssl:verify-certificate no', trust.join('; ')));
  return { program, args: program === 'curl' ? [...trust, ...strict] : strict };
}

describe.each(tlsModes)('%s', (mode) => {
  (isInstalled(curlClient) ? test : test.skip)(
    'curl sends to a certificate that it trusts, and to no other',
    async () => {
      const errand = byName(mode);
      const upload = commandOf(curlClient, 'upload', errand);
      await expect(runCommand(checking(upload, ['-4']))).rejects.toThrow(/certificate/i);
      expect(await door.received(errand, 0)).toEqual([]);
      await runCommand(checking(upload, ['-4', '--cacert', door.certificateFile]));
      expect(await door.received(errand, 1)).toHaveLength(1);
    },
    patienceMs,
  );

  (isInstalled(lftpClient) ? test : test.skip)(
    'lftp sends to a certificate that it trusts, and to no other',
    async () => {
      const errand = byName(mode);
      const upload = commandOf(lftpClient, 'upload', errand);
      const order = 'set dns:order "inet"';
      await expect(runCommand(checking(upload, [order]))).rejects.toThrow(/certificate/i);
      expect(await door.received(errand, 0)).toEqual([]);
      await runCommand(checking(upload, [order, `set ssl:ca-file ${door.certificateFile}`]));
      expect(await door.received(errand, 1)).toHaveLength(1);
    },
    patienceMs,
  );
});
