import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, jest, test } from '@jest/globals';
import { ListingBudget, type ReceptionHall } from '@envigate/domain';
import { SftpConnection } from './sftp-connection.ts';

const chunkBytes = 64 * 1024;

/** A connection that was opened and that we have ended, and its other end. */
function ended(): Duplex {
  const wire = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done: () => void) => done(),
    allowHalfOpen: true,
  });
  new SftpConnection({
    socket: wire as unknown as Socket,
    peer: { address: '127.0.0.1', port: 1 },
    hall: {} as ReceptionHall,
    emit: () => undefined,
    clock: () => new Date(0),
    listings: new ListingBudget({ all: 1, perAccount: 1 }),
    loginSeconds: 60,
    idleSeconds: 60,
  });
  wire.end();
  return wire;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what comes after our end is freed at once, not when V8 has 32 MiB of it to collect', async () => {
  const wire = ended();
  const parse = jest.fn();
  wire.on('data', parse);
  const chunks = Array.from({ length: 20 }, () => Buffer.alloc(chunkBytes));
  for (const chunk of chunks) wire.push(chunk);
  await turn();
  // The first one still goes where all before it went.
  expect(chunks.map(({ length }) => length)).toEqual([chunkBytes, ...Array<number>(19).fill(0)]);
  expect(parse).toHaveBeenCalledTimes(1);
  wire.destroy();
});

test('a client that goes on sending after our end is cut off', async () => {
  const wire = ended();
  for (let sent = 0; sent <= 17 * 1024 * 1024 && !wire.destroyed; sent += chunkBytes) {
    wire.push(Buffer.alloc(chunkBytes));
    await turn();
  }
  expect(wire.destroyed).toBe(true);
});
