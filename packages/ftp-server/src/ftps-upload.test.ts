import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { BYTES, VERSIONS, only, useFtpsBench } from './testing/ftps-bench.ts';
import { RawClient, gate, openSocket } from './testing/raw-client.ts';
import type { FtpTlsOptions } from './tls-contexts.ts';

const bench = useFtpsBench();
const { start, stored, expectMetric: metric } = bench;
const begin = async (
  client: RawClient,
  options: ConnectionOptions = {},
): Promise<{ raw: Socket; data: TLSSocket }> => {
  const raw = await client.openData();
  await client.command('STOR a.txt');
  return { raw, data: await client.protect(raw, options) };
};
const write = (data: TLSSocket, bytes: string): Promise<void> =>
  new Promise((resolve, reject) =>
    data.write(bytes, (error) => (error ? reject(error) : resolve())),
  );

describe.each(VERSIONS)('an upload over %s', (version) => {
  const logIn = async (tls: Partial<FtpTlsOptions> = {}): Promise<RawClient> =>
    RawClient.loggedInOverTls(await start(tls), only(version));

  test('is stored byte for byte, short or long, over a slow disk', async () => {
    const client = await logIn();
    expect(client.secured.getProtocol()).toBe(version);
    expect((await client.protectedUpload('STOR a.txt', BYTES)).code).toBe(226);
    expect(stored('/a.txt')).toBe(BYTES);
    bench.running.hall.before = (step) =>
      step === 'write' ? new Promise((resolve) => setTimeout(resolve, 2)) : undefined;
    const long = Array.from({ length: 60_000 }, (_, n) => String(n)).join('\n');
    expect((await client.protectedUpload('STOR b.txt', long)).code).toBe(226);
    expect(stored('/b.txt')).toBe(long);
    expect((await client.protectedUpload('STOR c.txt', '')).code).toBe(226);
    expect(stored('/c.txt')).toBe('');
    await client.quit();
  });

  // A client that only uploads never reads. What waits for it unread when it closes makes its
  // kernel reset the connection, and the end of the file is lost.
  test('is sent nothing behind the handshake before its client has ended', async () => {
    const client = await logIn();
    // A session of its own: one that is resumed brings no new tickets.
    const { raw, data } = await begin(client, { session: undefined });
    const sentByServer = raw.bytesRead;
    data.write(BYTES);
    for (let seen = ''; !seen.includes(`${BYTES.length} bytes of`);) {
      seen = (await client.command('STAT')).text;
    }
    expect(raw.bytesRead).toBe(sentByServer);
    const closed = once(data, 'close');
    data.end();
    expect((await client.reply()).code).toBe(226);
    await closed;
    // The server's own close_notify, and the tickets.
    expect(raw.bytesRead).toBeGreaterThan(sentByServer);
    await client.quit();
  });

  test('resumes the session of the control connection', async () => {
    const client = await logIn();
    const { data } = await begin(client);
    expect(data.isSessionReused()).toBe(true);
    data.end(BYTES);
    expect((await client.reply()).code).toBe(226);
    await client.quit();
  });

  const cuts: [string, (raw: Socket) => unknown][] = [
    ['ends TCP', (raw) => raw.end()],
    ['resets TCP', (raw) => raw.resetAndDestroy()],
    ['dies', (raw) => raw.destroy()],
  ];
  test.each(cuts)('is not whole where the client %s without close_notify', async (_how, cut) => {
    const client = await logIn();
    for (const size of [10, 100_000]) {
      const { raw, data } = await begin(client);
      await write(data, 'x'.repeat(size));
      cut(raw);
      expect((await client.reply()).code).toBe(426);
      data.destroy();
    }
    const { raw, data } = await begin(client);
    cut(raw);
    // An end so early may meet the server still in the handshake.
    expect([425, 426]).toContain((await client.reply()).code);
    data.destroy();
    expect(bench.running.hall.tree.ended.slice(0, 2)).toMatchObject([
      { end: 'aborted', reason: 'no-close-notify' },
      { end: 'aborted', reason: 'no-close-notify' },
    ]);
    expect(bench.running.hall.tree.ended.filter(({ end }) => end === 'committed')).toEqual([]);
    // The session goes on, and the file can be sent again.
    expect((await client.protectedUpload('STOR a.txt', BYTES)).code).toBe(226);
    await client.quit();
  });

  test('is whole after close_notify, however the client then goes', async () => {
    const client = await logIn();
    for (let round = 0; round < 10; round += 1) {
      const { raw, data } = await begin(client);
      data.end(BYTES);
      await once(data, 'finish');
      raw.resetAndDestroy();
      expect((await client.reply()).code).toBe(226);
    }
    await client.quit();
  });

  test('is not whole with close_notify after the control connection is lost', async () => {
    const client = await logIn();
    const { data } = await begin(client);
    data.write('half');
    client.socket.destroy();
    data.end();
    expect(await bench.running.hall.tree.endedAs('aborted')).toMatchObject({
      reason: 'control-lost',
    });
  });

  test('is interrupted by ABOR', async () => {
    const client = await logIn();
    const writing = gate();
    bench.running.hall.before = (step) => (step === 'write' ? writing.open() : undefined);
    const { data } = await begin(client);
    data.write('half');
    await writing.opened;
    const closed = once(data, 'close');
    expect((await client.command('ABOR')).code).toBe(426);
    expect((await client.reply()).code).toBe(226);
    await closed;
    expect((await client.protectedUpload('STOR a.txt', BYTES)).code).toBe(226);
    await client.quit();
  });

  test('too large is refused while it comes, and the client may send to the end', async () => {
    const client = await logIn();
    const { data } = await begin(client);
    const sent = once(data, 'finish');
    data.end(Buffer.alloc(5_000_000));
    expect((await client.reply()).code).toBe(552);
    await sent;
    await bench.running.hall.tree.endedAs('aborted');
    expect((await client.protectedUpload('STOR a.txt', BYTES)).code).toBe(226);
    await client.quit();
  });

  test('may have to resume the session of its own control connection, and no other', async () => {
    const client = await logIn({ requireSessionReuse: true, minVersion: version as 'TLSv1.2' });
    expect((await client.protectedUpload('STOR a.txt', BYTES)).code).toBe(226);
    expect((await client.protectedUpload('STOR b.txt', BYTES)).code).toBe(226);
    const fresh = await client.protectedUpload('STOR c.txt', BYTES, { session: undefined });
    expect(fresh.code).toBe(522);
    const other = await RawClient.loggedInOverTls(bench.running.server.port, only(version));
    const foreign = { session: other.tickets.at(-1) };
    expect((await client.protectedUpload('STOR d.txt', BYTES, foreign)).code).toBe(522);
    expect((await client.protectedUpload('STOR e.txt', BYTES)).code).toBe(226);
    expect(bench.running.hall.tree.ended.filter(({ end }) => end === 'committed')).toHaveLength(3);
    await metric('envigate_ftp_tls_failed_total{connection="data"} 2');
    await other.quit();
    await client.quit();
  });

  test.each([1, 5000])('and a listing of %i files go the same way', async (count) => {
    const client = await logIn();
    const names = Array.from({ length: count }, (_, number) => `${number}.txt`);
    for (const name of names) bench.running.hall.tree.files.set(`/${name}`, Buffer.from(BYTES));
    const raw = await client.openData();
    expect((await client.command('NLST')).code).toBe(150);
    const data = await client.protect(raw);
    const text: string[] = [];
    data.setEncoding('utf8').on('data', (part: string) => text.push(part));
    await once(data, 'end');
    expect(text.join('')).toBe(names.map((name) => `${name}\r\n`).join(''));
    expect((await client.reply()).code).toBe(226);
    await client.quit();
  });
});

describe.each(VERSIONS)('an upload over %s that need not end with close_notify', (version) => {
  const logIn = async (): Promise<RawClient> =>
    RawClient.loggedInOverTls(bench.running.server.port, only(version));
  const ended = (how: 'committed' | 'aborted') => bench.running.hall.tree.endedAs(how);
  beforeEach(async () => {
    await start({ requireCloseNotify: false });
  });

  test.each([10, 100_000])('is whole at an end of TCP, such as one of %i bytes', async (size) => {
    const client = await logIn();
    const { raw, data } = await begin(client);
    await write(data, 'x'.repeat(size));
    raw.end();
    expect((await client.reply()).code).toBe(226);
    expect(stored('/a.txt')).toHaveLength(size);
    await client.quit();
    expect(await ended('committed')).toMatchObject({ path: '/a.txt' });
  });

  test('is answered with our own close_notify, and the tickets that wait for it', async () => {
    const client = await logIn();
    const { raw, data } = await begin(client);
    await write(data, BYTES);
    const before = raw.bytesRead;
    raw.end();
    expect((await client.reply()).code).toBe(226);
    if (!raw.closed) await once(raw, 'close');
    expect(raw.bytesRead).toBeGreaterThan(before);
  });

  test('is whole too where its client then leaves without QUIT', async () => {
    const client = await logIn();
    const { raw, data } = await begin(client);
    await write(data, BYTES);
    raw.end();
    expect((await client.reply()).code).toBe(226);
    client.socket.end();
    expect(await ended('committed')).toMatchObject({ path: '/a.txt' });
  });

  test('is not whole at a reset', async () => {
    const client = await logIn();
    const { raw, data } = await begin(client);
    await write(data, BYTES);
    raw.resetAndDestroy();
    expect((await client.reply()).code).toBe(426);
    expect(await ended('aborted')).toMatchObject({ reason: 'data-lost' });
    data.destroy();
    await client.quit();
  });

  test('is not whole where its client dies', async () => {
    for (let round = 0; round < 5; round += 1) {
      bench.running.hall.tree.ended.length = 0;
      const client = await logIn();
      const { raw, data } = await begin(client);
      await write(data, BYTES);
      raw.destroy();
      client.socket.destroy();
      data.destroy();
      expect(await ended('aborted')).toMatchObject({ reason: 'control-lost' });
    }
    expect(bench.running.hall.tree.ended).toHaveLength(1);
  });
});

test('a client that takes no tickets resumes the session of its own control connection', async () => {
  const port = await start({ requireSessionReuse: true });
  const withoutTickets = { secureOptions: constants.SSL_OP_NO_TICKET };
  const client = await RawClient.loggedInOverTls(port, withoutTickets);
  const other = await RawClient.loggedInOverTls(port, withoutTickets);
  expect(client.secured.getTLSTicket()).toBeUndefined();
  for (let n = 0; n < 6; n += 1) {
    expect((await client.protectedUpload(`STOR a${n}.txt`, BYTES)).code).toBe(226);
  }
  const foreign = { session: other.tickets.at(-1) };
  expect((await client.protectedUpload('STOR b.txt', BYTES, foreign)).code).toBe(522);
  await other.quit();
  await client.quit();
});

test('TLS 1.3 is not spoken where sessions must be resumed: its tickets last for one file', async () => {
  const client = await RawClient.loggedInOverTls(await start({ requireSessionReuse: true }));
  expect(client.secured.getProtocol()).toBe('TLSv1.2');
  await client.quit();
});

test('nothing is left of TLS sessions and of data connections, whole or cut', async () => {
  const port = await start({}, { implicitTlsPort: 0 });
  for (let round = 0; round < 8; round += 1) {
    const client = await RawClient.loggedInOverTls(port);
    expect((await client.protectedUpload('STOR a.txt', BYTES)).code).toBe(226);
    const raw = await client.openData();
    await client.command('STOR b.txt');
    if (round % 2 === 0) raw.destroy();
    else (await client.protect(raw)).write('half');
    client.socket.destroy();
    raw.destroy();
    const silent = await openSocket(bench.running.server.implicitTlsPort!);
    silent.destroy();
  }
  while (bench.running.server.sessions() > 0)
    await new Promise((resolve) => setTimeout(resolve, 10));
  await bench.running.stop();
  // Sockets close in the next turns; what is left then is a leak.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(
    process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS|JSStream)/.test(name)),
  ).toEqual([]);
});
