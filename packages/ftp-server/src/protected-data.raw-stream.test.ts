import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RawStream } from './protected-data.ts';

let server: Server;
let stream: RawStream;
let peer: Socket;
let received: string;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
  received = '';
  peer.setEncoding('utf8').on('data', (text: string) => (received += text));
  const [socket] = await accepted;
  stream = new RawStream(socket);
});
afterEach(async () => {
  stream.destroy();
  peer.destroy();
  server.close();
  await once(server, 'close');
});

const write = (text: string): Promise<void> =>
  new Promise((resolve, reject) =>
    stream.write(text, (error) => (error ? reject(error) : resolve())),
  );

test('passes on what is written at once', async () => {
  await write('first');
  await once(peer, 'data');
  expect(received).toBe('first');
});

test('sends what it gathers with its own end', async () => {
  stream.gatherWrites();
  await write('tickets,');
  await write('listing');
  peer.write('something');
  // What was to come would have come with the answer to this.
  await once(stream, 'data');
  expect(peer.bytesRead).toBe(0);
  stream.end();
  await once(peer, 'end');
  expect(received).toBe('tickets,listing');
});

test('gathers no more than 16 KiB, and passes on what follows', async () => {
  stream.gatherWrites();
  await write('x'.repeat(16 * 1024));
  await write('y');
  await write('z');
  while (received.length < 16 * 1024 + 2) await once(peer, 'data');
  expect(received).toBe('x'.repeat(16 * 1024) + 'yz');
});

test('drops what it gathered where it is destroyed', async () => {
  stream.gatherWrites();
  await write('tickets');
  stream.destroy();
  await once(peer, 'close');
  expect(received).toBe('');
});
