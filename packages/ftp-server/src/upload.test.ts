import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TreeError, type TreeErrorCode } from '@envigate/domain';
import { RawClient, gate, openSocket } from './testing/raw-client.ts';
import { startServer, type RunningServer } from './testing/start-server.ts';

const BYTES = 'pH 7.2 - 20260131120000 00\r\nTSS 31\n';

let running: RunningServer;
let client: RawClient;

beforeEach(async () => {
  running = await startServer({ drainSeconds: 0.2, maxFileBytes: 100_000 });
  client = await RawClient.loggedIn(running.server.port);
});
afterEach(async () => {
  await running.stop();
  expect(running.hall.tree.uploadsOpen).toBe(0);
});

const stored = (path: string): string | undefined => running.hall.tree.files.get(path)?.toString();
const turns = async (): Promise<void> => {
  for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('a whole file', () => {
  test.each(['TYPE I', 'TYPE A'])('is stored byte for byte with %s', async (type) => {
    await client.command(type);
    expect((await client.upload('STOR /a.txt', BYTES)).code).toBe(226);
    expect(stored('/a.txt')).toBe(BYTES);
  });

  test('is acknowledged only after the commit, and the commands behind it wait', async () => {
    const committing = gate();
    const commit = gate();
    running.hall.before = (step) => {
      if (step !== 'commit') return;
      committing.open();
      return commit.opened;
    };
    const data = await client.openData();
    await client.command('STOR a.txt');
    data.end(BYTES);
    client.send('NOOP\r\n');
    await committing.opened;
    await turns();
    expect(client.unread).toEqual([]);
    commit.open();
    expect([(await client.reply()).code, (await client.reply()).code]).toEqual([226, 200]);
  });

  test('may have its data connection after the 150', async () => {
    const port = await client.passivePort();
    expect((await client.command('STOR a.txt')).code).toBe(150);
    const data = await openSocket(port);
    data.end(BYTES);
    expect((await client.reply()).code).toBe(226);
    expect(stored('/a.txt')).toBe(BYTES);
  });

  test('may have come whole before the command', async () => {
    const data = await client.openData();
    data.end(BYTES);
    await turns();
    expect(await client.codes('STOR a.txt')).toEqual([150]);
    expect((await client.reply()).code).toBe(226);
    expect(stored('/a.txt')).toBe(BYTES);
  });

  test('of many chunks keeps their order over a slow disk', async () => {
    running.hall.before = (step) =>
      step === 'write' ? new Promise((resolve) => setTimeout(resolve, 2)) : undefined;
    const bytes = Array.from({ length: 9000 }, (_, n) => String(n)).join('\n');
    expect((await client.upload('STOR a.txt', bytes)).code).toBe(226);
    expect(stored('/a.txt')).toBe(bytes);
  });

  test('may be empty', async () => {
    expect((await client.upload('STOR a.txt', '')).code).toBe(226);
    expect(stored('/a.txt')).toBe('');
    // Also where it is over before the command.
    const data = await client.openData();
    data.end();
    await turns();
    expect(await client.codes('STOR b.txt')).toEqual([150]);
    expect((await client.reply()).code).toBe(226);
    expect(stored('/b.txt')).toBe('');
  });

  test('is resumed by REST, for the next transfer only', async () => {
    await client.upload('STOR a.txt', 'abcdef');
    await client.command('REST 3');
    expect((await client.upload('STOR a.txt', 'XYZ')).code).toBe(226);
    expect(stored('/a.txt')).toBe('abcXYZ');
    await client.upload('STOR a.txt', 'new');
    expect(stored('/a.txt')).toBe('new');
    await client.command('REST 100');
    expect((await client.upload('STOR a.txt', 'x')).code).toBe(451);
  });

  test('is appended to by APPE, or begun', async () => {
    await client.upload('APPE a.txt', 'one');
    expect((await client.upload('APPE a.txt', 'two')).code).toBe(226);
    expect(stored('/a.txt')).toBe('onetwo');
  });
});

describe('a broken upload is never committed', () => {
  const begin = async (): Promise<Socket> => {
    const data = await client.openData();
    await client.command('STOR a.txt');
    const writing = gate();
    running.hall.before = (step) => (step === 'write' ? writing.open() : undefined);
    data.write('half a li');
    await writing.opened;
    return data;
  };

  test.each([
    ['ABOR', 'ABOR\r\n'],
    ['ABOR with Telnet signals', Buffer.from('\xff\xf4\xff\xf2ABOR\r\n', 'latin1')],
    ['ABOR behind other commands', 'NOOP\r\nABOR\r\n'],
  ])('by %s', async (_name, bytes) => {
    await begin();
    client.send(bytes);
    expect((await client.reply()).code).toBe(426);
    expect(await running.hall.tree.endedAs('aborted')).toMatchObject({ reason: 'client-aborted' });
    let last = (await client.reply()).code;
    if (last === 200) last = (await client.reply()).code;
    expect(last).toBe(226);
    expect((await client.upload('STOR a.txt', BYTES)).code).toBe(226);
  });

  test('when the data connection is reset', async () => {
    const data = await begin();
    data.resetAndDestroy();
    expect((await client.reply()).code).toBe(426);
    expect(await running.hall.tree.endedAs('aborted')).toMatchObject({ reason: 'data-lost' });
  });

  test('when the data connection is reset right behind its last bytes', async () => {
    for (let round = 0; round < 20; round += 1) {
      const data = await client.openData();
      await client.command('STOR a.txt');
      data.write('half a li');
      data.resetAndDestroy();
      expect((await client.reply()).code).toBe(426);
    }
    expect(running.hall.tree.ended.every(({ end }) => end === 'aborted')).toBe(true);
  });

  test.each([
    ['ended', (): unknown => client.socket.end()],
    ['reset', (): unknown => client.socket.resetAndDestroy()],
  ])('when the control connection is %s', async (_name, lose) => {
    const data = await begin();
    const dataClosed = once(data, 'close');
    lose();
    expect(await running.hall.tree.endedAs('aborted')).toMatchObject({ reason: 'control-lost' });
    await dataClosed;
  });

  test.each([
    ['control first', (data: Socket): Socket[] => [client.socket, data]],
    ['data first', (data: Socket): Socket[] => [data, client.socket]],
  ])('when both connections end in order at once, %s', async (_name, order) => {
    for (let round = 0; round < 20; round += 1) {
      running.hall.tree.ended.length = 0;
      client = await RawClient.loggedIn(running.server.port);
      const data = await begin();
      for (const socket of order(data)) socket.end();
      await running.hall.tree.endedAs('aborted');
    }
  });

  test('when its session sends more commands than anybody should', async () => {
    await begin();
    const flood = `MKD ${'x'.repeat(1000)}\r\n`.repeat(140);
    client.send(flood);
    expect((await client.reply()).code).toBe(421);
    await running.hall.tree.endedAs('aborted');
  });

  test('and what is kept of it is resumed', async () => {
    const data = await begin();
    data.resetAndDestroy();
    await client.reply();
    const { text } = await client.command('SIZE a.txt');
    expect(text).toBe('213 9');
    await client.command('REST 9');
    expect((await client.upload('STOR a.txt', 'ne\n')).code).toBe(226);
    expect(stored('/a.txt')).toBe('half a line\n');
  });

  test('and where its bytes may be the complete file, SIZE reports one less, and APPE starts there', async () => {
    const { tree } = running.hall;
    tree.files.set('/a.txt', Buffer.from('one\n'));
    tree.mayBeComplete.add('/a.txt');
    expect((await client.command('SIZE a.txt')).text).toBe('213 3');
    expect((await client.upload('APPE a.txt', '\ntwo\n')).code).toBe(226);
    expect(stored('/a.txt')).toBe('one\ntwo\n');
    // One that did not ask adds to what there is.
    expect((await client.upload('APPE a.txt', 'three\n')).code).toBe(226);
    expect(stored('/a.txt')).toBe('one\ntwo\nthree\n');
  });
});

describe('a refusal of the hall', () => {
  const cases: [TreeErrorCode, number][] = [
    ['no-room', 452],
    ['unavailable', 451],
    ['not-permitted', 550],
    ['bad-name', 553],
    ['too-large', 552],
    ['incomplete', 451],
  ];
  for (const step of ['open', 'write', 'commit'] as const) {
    test.each(cases)(`at ${step}: %s is answered by %i`, async (code, number) => {
      running.hall.before = (now) => {
        if (now === step) throw new TreeError(code, 'because');
      };
      expect((await client.upload('STOR a.txt', BYTES)).code).toBe(number);
      expect(stored('/a.txt') === BYTES).toBe(false);
      expect(running.hall.tree.ended.filter(({ end }) => end === 'committed')).toEqual([]);
      running.hall.before = () => undefined;
      expect((await client.upload('STOR a.txt', BYTES)).code).toBe(226);
    });
  }

  test('that is a surprise is temporary and logged for the operator', async () => {
    running.hall.before = (step) => {
      if (step === 'commit') throw new Error('EIO');
    };
    expect((await client.upload('STOR a.txt', BYTES)).code).toBe(451);
    expect(await running.telemetry.metrics()).toContain(
      'envigate_ftp_commands_failed_total{verb="STOR"} 1',
    );
  });
});

test('a file too large is refused while it comes, and the client may send to the end', async () => {
  const data = await client.openData();
  await client.command('STOR a.txt');
  const sent = once(data, 'finish');
  data.end(Buffer.alloc(5_000_000));
  expect((await client.reply()).code).toBe(552);
  await sent;
  await running.hall.tree.endedAs('aborted');
  expect((await client.upload('STOR a.txt', BYTES)).code).toBe(226);
});

test('STAT during a transfer shows how far it is', async () => {
  const writing = gate();
  running.hall.before = (step) => (step === 'write' ? writing.open() : undefined);
  const data = await client.openData();
  await client.command('STOR a.txt');
  data.write('12345');
  await writing.opened;
  expect((await client.command('STAT')).text).toContain('5 bytes of /a.txt');
  data.end();
  expect((await client.reply()).code).toBe(226);
  expect((await client.command('STAT')).text).toContain('No transfer');
});
