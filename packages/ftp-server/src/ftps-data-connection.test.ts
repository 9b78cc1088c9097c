import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { RawClient } from './testing/raw-client.ts';
import { BYTES, VERSIONS, only, useFtpsBench } from './testing/ftps-bench.ts';

const bench = useFtpsBench();
const { start, stored, expectMetric: metric } = bench;

describe.each(VERSIONS)('%s on a data connection', (version) => {
  const logIn = async (): Promise<RawClient> =>
    RawClient.loggedInOverTls(await start(), only(version));

  test('may be set up before the transfer that it is for', async () => {
    const client = await logIn();
    const early = await client.protect(await client.openData());
    expect(await client.codes('STOR a.txt')).toEqual([150]);
    early.end(BYTES);
    expect((await client.reply()).code).toBe(226);
    expect(stored('/a.txt')).toBe(BYTES);
    // All of it may be sent before, too.
    const hasty = await client.protect(await client.openData());
    hasty.end('x'.repeat(200_000));
    expect(await client.codes('STOR b.txt')).toEqual([150]);
    expect((await client.reply()).code).toBe(226);
    expect(stored('/b.txt')).toHaveLength(200_000);
    await client.quit();
  });

  test('that failed before the transfer is reported at the transfer', async () => {
    const client = await logIn();
    const plain = await client.openData();
    const closed = new Promise((resolve) => plain.once('close', resolve));
    plain.write('pH 7.2 - 20260131120000 00\n');
    await closed;
    expect(await client.codes('STOR a.txt')).toEqual([150]);
    expect((await client.reply()).code).toBe(425);
    await metric('envigate_ftp_tls_failed_total{connection="data"} 1');
    await client.quit();
  });

  test('is of no use to a transfer in the clear, where PROT C came meanwhile', async () => {
    const client = await logIn();
    const early = await client.protect(await client.openData());
    const closed = new Promise((resolve) => early.once('close', resolve));
    expect(await client.codes('PROT C', 'STOR a.txt')).toEqual([200, 425]);
    await closed;
    expect((await client.upload('STOR a.txt', BYTES)).code).toBe(226);
    await client.quit();
  });
});

test('a data connection that the server makes is protected too, the client being TLS client', async () => {
  const client = await RawClient.loggedInOverTls(await start({}, { activeMode: true }));
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const came = once(listener, 'connection') as Promise<[Socket]>;
  expect(await client.codes(`EPRT |1|127.0.0.1|${port}|`, 'STOR a.txt')).toEqual([200, 150]);
  const [raw] = await came;
  (await client.protect(raw)).end(BYTES);
  expect((await client.reply()).code).toBe(226);
  expect(stored('/a.txt')).toBe(BYTES);
  listener.close();
  await client.quit();
});

describe('a data connection that does not come to speak TLS', () => {
  test.each([
    ['speaks in the clear', (data: Socket): unknown => data.end('pH 7.2 - 20260131120000 00\n')],
    ['ends at once', (data: Socket): unknown => data.end()],
    ['is reset', (data: Socket): unknown => data.resetAndDestroy()],
  ])('because it %s is reported to the client', async (_how, spoil) => {
    const client = await RawClient.loggedInOverTls(await start());
    const data = await client.openData();
    expect((await client.command('STOR a.txt')).code).toBe(150);
    spoil(data);
    expect((await client.reply()).code).toBe(425);
    expect(bench.running.hall.tree.ended).toMatchObject([
      { end: 'aborted', reason: 'data-not-secured' },
    ]);
    await metric('envigate_ftp_tls_failed_total{connection="data"} 1');
    expect((await client.protectedUpload('STOR a.txt', BYTES)).code).toBe(226);
    await client.quit();
  });

  test('because it says nothing is given up after a while, or by ABOR', async () => {
    const client = await RawClient.loggedInOverTls(await start({}, { connectSeconds: 0.3 }));
    const silent = await client.openData();
    const closed = once(silent, 'close');
    expect(await client.codes('STOR a.txt')).toEqual([150]);
    expect((await client.reply()).code).toBe(425);
    await closed;
    await client.openData();
    expect(await client.codes('STOR a.txt', 'ABOR')).toEqual([150, 426]);
    expect((await client.reply()).code).toBe(226);
    await client.quit();
  });
});
