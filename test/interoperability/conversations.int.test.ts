import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../support/src/processes/free-port.ts';
import { cellOf, type Operation } from '../support/src/pushers/client.ts';
import { clients } from '../support/src/pushers/clients/index.ts';
import { Door } from './testing/door.ts';
import { note } from './testing/note.ts';
import { startRelay } from './testing/relay.ts';
import { runCell } from './testing/run-cell.ts';
import { isInstalled, runCommand } from './testing/run-command.ts';
import { commandOf } from './testing/commands.ts';

// What the programs say on the wire, which decides what a server has to understand. Versions
// differ, so the words are noted for the page and only their sense is asserted.

const operations: readonly Operation[] = ['upload', 'path', 'rename', 'resume', 'list'];
const speakers = clients.filter(({ modes }) => modes.plain === true);
const patienceMs = 120_000;

describe('words', () => {
  let door: Door;
  beforeAll(async () => {
    door = await Door.open();
  }, patienceMs);
  afterAll(() => door.close());

  for (const client of speakers) {
    const can = operations.filter(
      (operation) => cellOf(client, 'plain', operation).kind === 'works',
    );
    (isInstalled(client) ? test : test.skip).each(can)(
      `${client.name}: %s`,
      async (operation) => {
        const relay = await startRelay(door.plainPort);
        try {
          const errand = door.errand('plain', relay.port);
          const command = commandOf(client, operation, errand);
          await runCell(operation, { door, errand, command, resend: undefined });
          const { verbs } = relay;
          expect(verbs.slice(0, verbs.indexOf('PASS') + 1)).toEqual(
            expect.arrayContaining(['USER', 'PASS']),
          );
          // None asks us to connect to it.
          expect(verbs).not.toContain('PORT');
          const seen = withoutLogin(verbs).join(' ');
          note({ about: 'says', client: client.name, column: operation, seen });
        } finally {
          await relay.close();
        }
      },
      patienceMs,
    );
  }
});

describe('an address in PASV that is not the one connected to, as behind NAT', () => {
  let door: Door;
  let trap: Server;
  let onTrapped: () => void;

  beforeAll(async () => {
    const port = await freePort();
    door = await Door.open({
      publicAddress: '127.0.0.9',
      passivePortFrom: port,
      passivePortTo: port,
    });
    trap = createServer((socket) => {
      socket.destroy();
      onTrapped();
    });
    trap.listen(port, '127.0.0.9');
    await once(trap, 'listening');
  }, patienceMs);
  afterAll(async () => {
    trap.close();
    await door.close();
  });

  for (const client of speakers.filter(({ upload }) => !('cannot' in upload))) {
    (isInstalled(client) ? test : test.skip)(
      client.name,
      async () => {
        // One that goes where the address leads is stopped there.
        const trapped = new AbortController();
        onTrapped = () => trapped.abort();
        const errand = door.errand('plain');
        const command = commandOf(client, 'upload', errand);
        const isSent = await runCommand(command, trapped.signal).then(
          () => true,
          () => false,
        );
        expect(isSent).toBe(!trapped.signal.aborted);
        expect(await door.received(errand, isSent ? 1 : 0)).toHaveLength(isSent ? 1 : 0);
        const seen = isSent ? 'goes where it is connected to' : 'goes where PASV says';
        note({ about: 'passive address', client: client.name, column: 'upload', seen });
      },
      patienceMs,
    );
  }
});

function withoutLogin(verbs: readonly string[]): readonly string[] {
  return verbs.filter((verb) => verb !== 'USER' && verb !== 'PASS' && verb !== 'QUIT');
}
