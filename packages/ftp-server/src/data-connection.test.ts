import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { FtpServerOptions } from './server.ts';
import { RawClient, gate, openSocket, refusalOf } from './testing/raw-client.ts';
import { startServer, type RunningServer } from './testing/start-server.ts';

let running: RunningServer;

const logIn = async (options: Partial<FtpServerOptions> = {}): Promise<RawClient> => {
  running = await startServer({ drainSeconds: 0.2, ...options });
  return RawClient.loggedIn(running.server.port);
};
afterEach(() => running.stop());

describe('PASV and EPSV', () => {
  test('name the port in their forms', async () => {
    const client = await logIn();
    expect((await client.command('PASV')).text).toMatch(/^227 .*\(127,0,0,1,\d+,\d+\)\.$/);
    expect((await client.command('EPSV 1')).text).toMatch(/^229 .*\(\|\|\|\d+\|\)\.$/);
    expect((await client.command('EPSV 2')).text).toContain('(1)');
  });

  test('PASV names the public address where there is one', async () => {
    const client = await logIn({ publicAddress: '203.0.113.7' });
    expect((await client.command('PASV')).text).toContain('(203,0,113,7,');
  });

  test('only EPSV is left after EPSV ALL', async () => {
    const client = await logIn();
    expect(await client.codes('EPSV ALL', 'PASV', 'EPSV')).toEqual([200, 501, 229]);
  });

  test('serve IPv6 too', async () => {
    running = await startServer({ host: '::1', drainSeconds: 0.2 });
    const control = await openSocket(running.server.port, { host: '::1' });
    control.setEncoding('utf8');
    let text = '';
    control.on('data', (part: string) => (text += part));
    control.write('USER station\r\nPASS secret\r\nPASV\r\nEPSV\r\n');
    while (!text.includes('229 ')) await once(control, 'data');
    expect(text).toContain('425 PASV is for IPv4');
    const data = await openSocket(Number(/\|\|\|(\d+)/.exec(text)?.[1]), { host: '::1' });
    control.write('STOR a.txt\r\n');
    data.end('six');
    while (!text.includes('226 ')) await once(control, 'data');
    expect(running.hall.tree.files.get('/a.txt')?.toString()).toBe('six');
    control.destroy();
  });
});

describe('active mode', () => {
  /** A port of the client's, and the first connection that comes to it. */
  const offerPort = async (
    address = '127.0.0.1',
  ): Promise<{ port: number; numbers: string; came: Promise<Socket>; close: () => void }> => {
    const listener = createServer({ allowHalfOpen: true }).listen(0, address);
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const came = once(listener, 'connection').then(([socket]) => {
      listener.close();
      return socket as Socket;
    });
    const numbers = `${address.replaceAll('.', ',')},${port >> 8},${port & 255}`;
    return { port, numbers, came, close: () => listener.close() };
  };

  test('is refused where the settings turn it off', async () => {
    const client = await logIn({ activeMode: false });
    expect(await client.codes('PORT 127,0,0,1,100,1', 'EPRT |1|127.0.0.1|25601|')).toEqual([
      502, 502,
    ]);
  });

  test('connects to the client, from where the client came to', async () => {
    const client = await logIn();
    for (const form of ['PORT', 'EPRT']) {
      const { port, numbers, came } = await offerPort();
      const command = form === 'PORT' ? `PORT ${numbers}` : `EPRT |1|127.0.0.1|${port}|`;
      expect(await client.codes(command, `STOR ${form}.txt`)).toEqual([200, 150]);
      const data = await came;
      expect(data.remoteAddress).toBe('127.0.0.1');
      data.end(form);
      expect((await client.reply()).code).toBe(226);
      expect(running.hall.tree.files.get(`/${form}.txt`)?.toString()).toBe(form);
    }
    const { numbers, came } = await offerPort();
    expect(await client.codes(`PORT ${numbers}`, 'NLST')).toEqual([200, 150]);
    const data = await came;
    data.setEncoding('utf8').end();
    expect(await once(data, 'data')).toEqual(['PORT.txt\r\nEPRT.txt\r\n']);
    expect((await client.reply()).code).toBe(226);
  });

  test('breaks like passive mode where the data connection is reset', async () => {
    const client = await logIn();
    const writing = gate();
    running.hall.before = (step) => (step === 'write' ? writing.open() : undefined);
    const { numbers, came } = await offerPort();
    expect(await client.codes(`PORT ${numbers}`, 'STOR a.txt')).toEqual([200, 150]);
    const data = await came;
    data.write('half');
    await writing.opened;
    data.resetAndDestroy();
    expect((await client.reply()).code).toBe(426);
  });

  test('never goes to another address or a low port', async () => {
    const elsewhere = await offerPort('127.0.0.2');
    const client = await logIn();
    expect(
      await client.codes(
        `PORT ${elsewhere.numbers}`,
        `EPRT |1|127.0.0.2|${elsewhere.port}|`,
        `EPRT |2|::ffff:127.0.0.2|${elsewhere.port}|`,
        'PORT 127,0,0,1,0,22',
        'PORT 127,0,0,1,3,255',
        'EPRT |1|127.0.0.1|1023|',
        'EPRT |1|127.0.0.1|65536|',
        'PORT 8,8,8,8,100,1',
        'STOR a.txt',
      ),
    ).toEqual([501, 501, 501, 501, 501, 501, 501, 501, 425]);
    elsewhere.close();
    expect(await running.telemetry.metrics()).toContain(
      'envigate_ftp_active_modes_refused_total 8',
    );
  });

  test.each(['PORT', 'PORT 1,2,3', 'PORT 127,0,0,1,256,1', 'PORT a,b,c,d,e,f', 'EPRT |1|x|2000|'])(
    'cannot be asked for by: %s',
    async (command) => {
      const client = await logIn();
      expect(await client.codes(command, 'EPRT |3|127.0.0.1|2000|')).toEqual([501, 501]);
    },
  );

  test('is over after EPSV ALL', async () => {
    const client = await logIn();
    expect(
      await client.codes('EPSV ALL', 'PORT 127,0,0,1,100,1', 'EPRT |1|127.0.0.1|2000|'),
    ).toEqual([200, 501, 501]);
  });

  test('to where nobody listens is 425', async () => {
    const client = await logIn();
    const { numbers, close } = await offerPort();
    close();
    expect(await client.codes(`PORT ${numbers}`, 'STOR a.txt')).toEqual([200, 150]);
    expect((await client.reply()).code).toBe(425);
  });

  test('serves IPv6, however its address is spelled', async () => {
    running = await startServer({ host: '::1', drainSeconds: 0.2 });
    const { port, came } = await offerPort('::1');
    const control = await openSocket(running.server.port, { host: '::1' });
    control.setEncoding('utf8').resume();
    control.write(`USER station\r\nPASS secret\r\nEPRT |2|0:0:0:0:0:0:0:1|${port}|\r\n`);
    control.write('STOR a.txt\r\n');
    (await came).end('six');
    await running.hall.tree.endedAs('committed');
    control.destroy();
  });
});

describe('a data connection', () => {
  test('from another address is dropped, and the right one is still taken', async () => {
    const client = await logIn();
    const port = await client.passivePort();
    const stranger = await openSocket(port, { localAddress: '127.0.0.2' });
    await once(stranger, 'close');
    const data = await openSocket(port);
    await client.command('STOR a.txt');
    data.end('mine');
    expect((await client.reply()).code).toBe(226);
    expect(running.hall.tree.files.get('/a.txt')?.toString()).toBe('mine');
    expect(await running.telemetry.metrics()).toContain(
      'envigate_ftp_data_connections_refused_total 1',
    );
  });

  test('that was reset before the transfer breaks it', async () => {
    const client = await logIn();
    const data = await client.openData();
    data.resetAndDestroy();
    await client.command('NOOP');
    expect((await client.command('STOR a.txt')).code).toBe(150);
    expect((await client.reply()).code).toBe(426);
    expect(running.hall.tree.ended).toMatchObject([{ end: 'aborted', reason: 'data-lost' }]);
  });

  test('that does not come in time is 425, and its port is closed', async () => {
    const client = await logIn({ connectSeconds: 0.05 });
    const port = await client.passivePort();
    expect((await client.command('STOR a.txt')).code).toBe(150);
    expect((await client.reply()).code).toBe(425);
    expect(running.hall.tree.ended).toMatchObject([
      { end: 'aborted', reason: 'no-data-connection' },
    ]);
    expect(await refusalOf(port)).toBe('ECONNREFUSED');
    expect(running.server.dataListeners()).toBe(0);
  });

  test('is used for one transfer', async () => {
    const client = await logIn();
    await client.upload('STOR a.txt', 'x');
    expect((await client.command('STOR b.txt')).code).toBe(425);
  });

  test('is given up by a refused command, ABOR or another PASV', async () => {
    const client = await logIn();
    for (const command of ['STOR /none/a.txt', 'ABOR', 'RETR a', 'PASV']) {
      const data = await client.openData();
      const closed = once(data, 'close');
      await client.command(command);
      await closed;
    }
  });
});
