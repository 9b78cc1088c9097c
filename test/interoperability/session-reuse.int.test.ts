import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientsOfRun, type Mode } from '../support/src/pushers/client.ts';
import { clients } from '../support/src/pushers/clients/index.ts';
import { commandOf } from './testing/commands.ts';
import { Door } from './testing/door.ts';
import { note } from './testing/note.ts';
import { isInstalled, runCommand } from './testing/run-command.ts';

// Data connections that must resume the TLS session of their control connection. Some programs cannot:
// they do not ask their TLS library for it.
const cannotResume = new Set([
  'Python ftplib',
  "Perl's Net::FTP",
  'Apache Commons Net',
  'Apache Camel',
]);

const patienceMs = 120_000;
const tlsModes: readonly Mode[] = ['explicit', 'implicit'];
let door: Door;

beforeAll(async () => {
  door = await Door.open({ tls: { requireSessionReuse: true } });
}, patienceMs);
afterAll(() => door?.close());

describe.each(tlsModes)('%s', (mode) => {
  const speakers = clientsOfRun(clients).filter(
    (client) => client.modes[mode] === true && !('cannot' in client.upload),
  );
  for (const client of speakers) {
    (isInstalled(client) ? test : test.skip)(
      client.name,
      async () => {
        const errand = door.errand(mode);
        const isSent = await runCommand(commandOf(client, 'upload', errand)).then(
          () => true,
          () => false,
        );
        expect(isSent).toBe(!cannotResume.has(client.name));
        expect(await door.received(errand, isSent ? 1 : 0)).toHaveLength(isSent ? 1 : 0);
        const seen = isSent ? 'resumes the session' : 'does not resume it: refused, and says so';
        note({ about: 'session reuse', client: client.name, column: mode, seen });
      },
      patienceMs,
    );
  }
});
