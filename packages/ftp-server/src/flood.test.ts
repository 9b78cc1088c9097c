import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { TreeError, type Upload } from '@envigate/domain';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ControlChannel } from './control-channel.ts';
import { Transfer } from './data-connection.ts';
import { LineDecoder } from './line-decoder.ts';
import { LingeringConnections } from './lingering-connections.ts';
import { beginTls, type DataProtection } from './protected-data.ts';
import { receiveUpload } from './receive-upload.ts';
import { RawClient, gate } from './testing/raw-client.ts';
import { startServer, type RunningServer } from './testing/start-server.ts';

let running: RunningServer;

beforeEach(async () => {
  running = await startServer({ drainSeconds: 0.2 });
});
afterEach(() => running.stop());

const logIn = (): Promise<RawClient> => RawClient.loggedIn(running.server.port);

/** Codes of the replies until the server hangs up. */
async function repliesToTheEnd(client: RawClient): Promise<readonly number[]> {
  await client.ended();
  return client.unread.map(({ code }) => code);
}

describe('lines that wait while a command runs', () => {
  const floods: readonly (readonly [string, string])[] = [
    ['empty lines', '\n'.repeat(100_000)],
    ['empty lines with CR', '\r\n'.repeat(100_000)],
    ['lines that are too long', `${'x'.repeat(5000)}\n`.repeat(1000)],
    ['short commands', 'NOOP\r\n'.repeat(100_000)],
    ['few and long commands', `STOR ${'x'.repeat(4000)}\r\n`.repeat(100)],
  ];

  test.each(floods)('before a login end the session at once: %s', async (_name, flood) => {
    const slow = gate();
    running.hall.before = (step) => (step === 'login' ? slow.opened : undefined);
    const client = await RawClient.connect(running.server.port);
    await client.command('USER station');
    client.send(`PASS secret\r\n${flood}`);
    expect(await repliesToTheEnd(client)).toEqual([421]);
    slow.open();
    while (running.server.sessions() > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await running.telemetry.metrics()).toContain(
      'envigate_ftp_sessions_ended_total{reason="too-many-commands"} 1',
    );
  });

  test.each(floods)('during an upload end the session and the upload: %s', async (_name, flood) => {
    const client = await logIn();
    const data = await client.openData();
    await client.command('STOR a.txt');
    data.write('half');
    client.send(flood);
    expect(await repliesToTheEnd(client)).toEqual([421]);
    expect(await running.hall.tree.endedAs('aborted')).toMatchObject({ reason: 'control-lost' });
  });

  test('are answered where they are as many as clients send ahead', async () => {
    const client = await logIn();
    const sentAhead = Array.from({ length: 50 }, (_, n) => `MKD folder${n}\r\n`).join('');
    client.send(`${sentAhead}NOOP\r\n`);
    for (let n = 0; n < 50; n += 1) expect((await client.reply()).code).toBe(257);
    expect((await client.reply()).code).toBe(200);
  });
});

describe('a client that sends no command', () => {
  test('after its login is not answered for ever', async () => {
    const client = await logIn();
    client.send('\n'.repeat(100_000));
    const codes = await repliesToTheEnd(client);
    expect(codes.at(-1)).toBe(421);
    expect(codes.length).toBeLessThan(200);
  });

  test('now and then goes on, as old loggers do', async () => {
    const client = await logIn();
    for (let n = 0; n < 300; n += 1) expect(await client.codes('', 'NOOP')).toEqual([500, 200]);
  });
});

test.each(['LIST', 'NLST', 'MLSD'])(
  'of %s an account holds one that it does not read, and no more',
  async (command) => {
    const { files } = running.hall.tree;
    for (let n = 0; n < 60_000; n += 1) files.set(`/${n}-${'x'.repeat(300)}`, Buffer.alloc(0));
    const unread = await logIn();
    const data = (await unread.openData()).pause();
    expect((await unread.command(command)).code).toBe(150);
    const other = await logIn();
    expect(await other.listing(command)).toMatchObject({
      text: '452 too many listings at once; read or close the others first',
      code: 452,
    });
    // Who only looks for a file is not concerned.
    expect(await other.codes(`MLST /1-${'x'.repeat(300)}`)).toEqual([250]);
    data.destroy();
    expect((await unread.reply()).code).toBe(426);
    expect((await other.listing(command)).code).toBe(226);
  },
);

test('one connection with many commands at once does not keep the others waiting', async () => {
  const wire = new Wire();
  const commands = 10_000;
  let lines = 0;
  new ControlChannel({
    stream: wire,
    lingering: new LingeringConnections(),
    onLine: () => (lines += 1),
    onLost: () => undefined,
  });
  wire.push(Buffer.from('NOOP\r\n'.repeat(commands)));
  await once(wire, 'data');
  await new Promise((resolve) => setImmediate(resolve));
  expect(lines).toBeGreaterThan(0);
  expect(lines).toBeLessThan(1000);
  while (lines < commands) await new Promise((resolve) => setImmediate(resolve));
  wire.push(Buffer.from('NOOP\r\n'));
  while (lines <= commands) await new Promise((resolve) => setImmediate(resolve));
  wire.destroy();
});

test('a line that comes byte by byte takes no more memory than its bytes', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const decoder = new LineDecoder(4096);
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  // As Node.js hands them over: a piece of a buffer that the whole read would fit into.
  for (let n = 0; n < 1000; n += 1) decoder.push(Buffer.alloc(65_536).subarray(0, 1));
  // The buffers are freed some time after the collection.
  while (process.memoryUsage().arrayBuffers - before > 1024 * 1024) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(decoder.push(Buffer.from('\n'))).toEqual([{ kind: 'line', text: '\0'.repeat(1000) }]);
});

test('connections that linger are bounded: the oldest goes', () => {
  const lingering = new LingeringConnections();
  const wires = Array.from({ length: 1000 }, () => new Wire());
  for (const wire of wires) lingering.add(wire);
  expect(lingering.size).toBeLessThan(1000);
  expect(wires[0]!.destroyed).toBe(true);
  expect(wires.at(-1)!.destroyed).toBe(false);
  lingering.destroyAll();
});

describe('what was read is freed at once, not when V8 has 32 MiB of it to collect,', () => {
  /** As Node.js hands it over: in memory of its own. */
  const chunks = (): readonly Buffer[] =>
    Array.from({ length: 20 }, () => Buffer.alloc(64 * 1024, '\r\n'));
  const haveMemory = (all: readonly Buffer[]): number =>
    all.filter(({ length }) => length > 0).length;
  /** Far more turns than all lines of the chunks take. */
  const maxTurns = 10_000;
  const lingering = new LingeringConnections();
  afterEach(() => lingering.destroyAll());

  const expectFreed = async (wire: Wire): Promise<void> => {
    const all = chunks();
    for (const chunk of all) wire.push(chunk);
    for (let turn = 0; turn < maxTurns && haveMemory(all) > 0; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    expect(haveMemory(all)).toBe(0);
  };

  test('where a connection lingers', async () => {
    const wire = new Wire();
    lingering.add(wire);
    await expectFreed(wire);
  });

  test('where lines are taken from it, and where they end the session', async () => {
    const wire = new Wire();
    let lines = 0;
    const channel: ControlChannel = new ControlChannel({
      stream: wire,
      lingering,
      onLine: () => {
        lines += 1;
        if (lines === 100_000) channel.close();
      },
      onLost: () => undefined,
    });
    await expectFreed(wire);
    expect(lines).toBe(100_000);
  });

  test.each<[string, number]>([
    ['is taken', Infinity],
    ['is refused by the tree', 5],
  ])('where an upload %s', async (_name, refusedAt) => {
    const wire = new Wire();
    let writes = 0;
    let bytes = 0;
    const upload = {
      size: 0,
      write: async (chunk: Uint8Array) => {
        await new Promise((resolve) => setImmediate(resolve));
        bytes += chunk.length;
        if ((writes += 1) === refusedAt) throw new Error('refused');
      },
      interrupt: () => Promise.resolve(),
    } as unknown as Upload;
    const outcome = receiveUpload({
      upload,
      lingering,
      transfer: new Transfer('/a.txt'),
      pending: {
        open: () =>
          Promise.resolve({
            stream: wire,
            howItEnded: () => Promise.resolve('data-lost'),
            close: () => undefined,
          }),
        cancel: () => undefined,
      },
      maxFileBytes: 1e9,
      onActivity: () => undefined,
    });
    await expectFreed(wire);
    expect(bytes).toBe(Math.min(refusedAt, 20) * 64 * 1024);
    wire.push(null);
    expect(await outcome).toMatchObject({ kind: refusedAt === 5 ? 'refused' : 'interrupted' });
  });

  test('where TLS has read it', async () => {
    const wire = new Wire();
    const protection = { credentials: {}, handshakeSeconds: 1 } as unknown as DataProtection;
    const { done } = beginTls(wire as unknown as Socket, protection);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    wire.push(chunk);
    await expect(done).rejects.toThrow();
    expect(chunk.length).toBe(0);
  });
});

test('an upload that was too slow is answered at once, not with its next byte', async () => {
  const lingering = new LingeringConnections();
  const aborted: string[] = [];
  const upload = {
    size: 0,
    write: () => Promise.resolve(),
    interrupt: async (reason: string) => void aborted.push(reason),
  } as unknown as Upload;
  const wire = new Wire();
  const outcome = receiveUpload({
    ...{ upload, lingering, transfer: new Transfer('/a.txt'), maxFileBytes: 1e9 },
    pending: {
      open: () =>
        Promise.resolve({
          stream: wire,
          howItEnded: () => Promise.resolve('in-order'),
          close: () => undefined,
        }),
      cancel: () => undefined,
    },
    onActivity: () => undefined,
  });
  wire.push('pH');
  while (upload.onExpired === undefined) await new Promise((resolve) => setImmediate(resolve));
  const error = new TreeError('too-slow', '2 bytes came in 120 s');
  upload.onExpired(error);
  expect(await outcome).toEqual({ kind: 'refused', error });
  expect(aborted).toEqual(['refused']);
  expect(wire.destroyed).toBe(false);
  lingering.destroyAll();
});

/** A connection whose other end is the test. */
class Wire extends Duplex {
  override _read(): void {
    // Bytes are pushed as they come.
  }

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
  }
}
