import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../support/src/processes/free-port.ts';
import { clientsOfRun } from '../support/src/pushers/client.ts';
import { clients } from '../support/src/pushers/clients/index.ts';
import { commandOf } from './testing/commands.ts';
import { Door } from './testing/door.ts';
import { note } from './testing/note.ts';
import { isInstalled, runCommand } from './testing/run-command.ts';

const speakers = clientsOfRun(clients).filter(
  ({ modes, upload }) => modes.plain === true && !('cannot' in upload),
);
const patienceMs = 120_000;

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
    trap?.close();
    await door?.close();
  });

  for (const client of speakers) {
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
