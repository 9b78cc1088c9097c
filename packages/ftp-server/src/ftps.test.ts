import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import { writeCertificate } from './testing/certificate.ts';
import { RawClient, gate } from './testing/raw-client.ts';
import { BYTES, only, useFtpsBench } from './testing/ftps-bench.ts';
import { startServer } from './testing/start-server.ts';

const bench = useFtpsBench();
const { start, stored, expectMetric: metric } = bench;

describe('AUTH', () => {
  test('takes TLS by its names, once, before the login', async () => {
    const port = await start();
    for (const mechanism of ['TLS', 'tls-c', 'SSL', 'TLS-P']) {
      const client = await RawClient.connect(port);
      expect(await client.codes(`AUTH ${mechanism}`)).toEqual([234]);
      await client.secure();
      expect(await client.codes('AUTH TLS', 'NOOP')).toEqual([503, 200]);
      client.socket.destroy();
    }
    const client = await RawClient.connect(port);
    expect(await client.codes('AUTH', 'AUTH GSSAPI', 'PBSZ 0', 'PROT P', 'CCC')).toEqual([
      501, 504, 503, 503, 533,
    ]);
    expect(await client.codes('USER station', 'PASS secret', 'AUTH TLS')).toEqual([331, 230, 503]);
    client.socket.destroy();
  });

  test('is announced by FEAT, and refused where TLS is off', async () => {
    let client = await RawClient.connect(await start());
    const features = (await client.command('FEAT')).text.split('\n');
    for (const feature of [' AUTH TLS', ' PBSZ', ' PROT']) expect(features).toContain(feature);
    await bench.running.stop();
    client = await RawClient.connect(await start({ mode: 'off' }));
    expect((await client.command('FEAT')).text).not.toContain('AUTH');
    expect(await client.codes('AUTH TLS', 'NOOP')).toEqual([502, 200]);
    client.socket.destroy();
  });

  test('makes the session FTPS for the hall', async () => {
    const client = await RawClient.loggedInOverTls(await start());
    expect(bench.running.hall.logins).toMatchObject([{ user: 'station', protocol: 'ftps' }]);
    expect(bench.running.hall.admissions).toMatchObject([{ protocol: 'ftp' }]);
    expect((await client.command('STAT')).text).toContain('by ftps');
    await metric('envigate_ftp_sessions_total{account="station",protocol="ftps"} 1');
    await client.quit();
  });

  test('is needed before a login where TLS is required, so that no password comes in clear', async () => {
    const port = await start({ mode: 'required' });
    const plain = await RawClient.connect(port);
    expect(await plain.codes('USER station', 'PASS secret', 'PWD')).toEqual([530, 503, 530]);
    expect(bench.running.hall.logins).toEqual([]);
    plain.socket.destroy();
    const client = await RawClient.loggedInOverTls(port);
    expect(await client.codes('PWD')).toEqual([257]);
    await client.quit();
  });

  test('forgets what was said before it', async () => {
    const client = await RawClient.connect(await start());
    expect(await client.codes('USER station', 'AUTH TLS')).toEqual([331, 234]);
    await client.secure();
    expect(await client.codes('PASS secret')).toEqual([503]);
    client.socket.destroy();
  });
});

describe('commands put in ahead of TLS by somebody between', () => {
  test('in the same packet are never run', async () => {
    const client = await RawClient.connect(await start());
    client.send('AUTH TLS\r\nUSER station\r\nPASS secret\r\nMKD /injected\r\n');
    expect((await client.reply()).code).toBe(234);
    await client.secure();
    expect(await client.codes('PWD', 'PASS secret')).toEqual([530, 503]);
    expect(bench.running.hall.logins).toEqual([]);
    expect(client.unread).toEqual([]);
    client.socket.destroy();
  });

  test('behind a command that takes its time are never run', async () => {
    const client = await RawClient.connect(await start());
    const asked = gate();
    const deciding = gate();
    bench.running.hall.before = (step) => {
      if (step !== 'login') return;
      asked.open();
      return deciding.opened;
    };
    client.send('USER nobody\r\nPASS x\r\nAUTH TLS\r\n');
    await asked.opened;
    client.send('USER station\r\nPASS secret\r\n');
    // The server answers STAT on arrival only during a transfer: nothing here is answered early.
    await client.reply();
    deciding.open();
    expect([(await client.reply()).code, (await client.reply()).code]).toEqual([530, 234]);
    await client.secure();
    expect(await client.codes('PWD')).toEqual([530]);
    expect(bench.running.hall.logins.map(({ user }) => user)).toEqual(['nobody']);
    client.socket.destroy();
  });

  test('in a packet of their own are no TLS, and end the connection', async () => {
    const client = await RawClient.connect(await start());
    await client.command('AUTH TLS');
    client.send('USER station\r\nPASS secret\r\n');
    await client.ended();
    expect(bench.running.hall.logins).toEqual([]);
    await metric('envigate_ftp_tls_failed_total{connection="control"} 1');
  });
});

describe('the protection of data connections', () => {
  test('is set by PBSZ and PROT', async () => {
    const client = await RawClient.connect(await start());
    await client.command('AUTH TLS');
    await client.secure();
    expect(await client.codes('PROT P', 'PBSZ x', 'PBSZ 0', 'PROT S', 'PROT E', 'PROT X')).toEqual([
      503, 501, 200, 536, 536, 504,
    ]);
    expect(await client.codes('PROT P', 'PROT C', 'CCC', 'MIC x', 'ADAT x')).toEqual([
      200, 200, 534, 502, 502,
    ]);
    client.socket.destroy();
  });

  test('is as PROT said last', async () => {
    const client = await RawClient.loggedInOverTls(await start());
    expect((await client.protectedUpload('STOR p.txt', BYTES)).code).toBe(226);
    await client.command('PROT C');
    expect((await client.upload('STOR c.txt', BYTES)).code).toBe(226);
    expect([stored('/p.txt'), stored('/c.txt')]).toEqual([BYTES, BYTES]);
    await client.quit();
  });

  test('comes with AUTH SSL, as its drafts had it', async () => {
    const client = await RawClient.connect(await start());
    await client.command('AUTH SSL');
    await client.secure();
    await client.codes('USER station', 'PASS secret');
    expect((await client.protectedUpload('STOR a.txt', BYTES)).code).toBe(226);
    await client.quit();
  });

  test('can be demanded of clients that speak TLS', async () => {
    const port = await start({ protectData: true });
    const client = await RawClient.connect(port);
    await client.command('AUTH TLS');
    await client.secure();
    await client.codes('USER station', 'PASS secret', 'PBSZ 0');
    const data = await client.openData();
    const closed = once(data, 'close');
    expect(await client.codes('STOR a.txt', 'PROT C')).toEqual([521, 534]);
    await closed;
    expect(await client.codes('LIST', 'PROT P')).toEqual([521, 200]);
    expect((await client.protectedUpload('STOR a.txt', BYTES)).code).toBe(226);
    await client.quit();
    const plain = await RawClient.loggedIn(port);
    expect((await plain.upload('STOR b.txt', BYTES)).code).toBe(226);
    await plain.quit();
  });
});

describe('the port of implicit TLS', () => {
  test('speaks TLS from the first byte and protects data connections unasked', async () => {
    await start({ mode: 'off' }, { implicitTlsPort: 0 });
    const client = new RawClient(bench.running.server.implicitTlsPort!);
    await client.secure();
    expect((await client.reply()).code).toBe(220);
    expect(bench.running.hall.admissions).toMatchObject([{ protocol: 'ftps' }]);
    expect(await client.codes('AUTH TLS', 'USER station', 'PASS secret')).toEqual([503, 331, 230]);
    expect((await client.command('FEAT')).text).toContain(' PROT');
    expect((await client.protectedUpload('STOR a.txt', BYTES)).code).toBe(226);
    expect(await client.codes('PBSZ 0', 'PROT C')).toEqual([200, 200]);
    expect((await client.upload('STOR b.txt', BYTES)).code).toBe(226);
    expect(bench.running.hall.logins).toMatchObject([{ protocol: 'ftps' }]);
    await client.quit();
  });

  test('closes on what is no TLS', async () => {
    await start({}, { implicitTlsPort: 0 });
    const plain = new RawClient(bench.running.server.implicitTlsPort!);
    plain.send('USER station\r\n');
    await plain.ended();
    expect(bench.running.hall.logins).toEqual([]);
  });

  test('closes on whom the hall does not admit, without a handshake', async () => {
    await start({}, { implicitTlsPort: 0 });
    bench.running.hall.admits = false;
    const client = new RawClient(bench.running.server.implicitTlsPort!);
    await client.ended();
    expect(bench.running.server.sessions()).toBe(0);
  });
});

describe('versions', () => {
  test('before TLS 1.2 are refused, 1.2 too where the settings say so', async () => {
    const old = { ...only('TLSv1.1'), ciphers: 'DEFAULT@SECLEVEL=0' };
    await expect(RawClient.loggedInOverTls(await start(), old)).rejects.toThrow();
    await bench.running.stop();
    const port = await start({ minVersion: 'TLSv1.3' });
    await expect(RawClient.loggedInOverTls(port, only('TLSv1.2'))).rejects.toThrow();
    await (await RawClient.loggedInOverTls(port)).quit();
  });

  test('up to the newest that the settings name are spoken', async () => {
    const client = await RawClient.loggedInOverTls(await start({ maxVersion: 'TLSv1.2' }));
    expect(client.secured.getProtocol()).toBe('TLSv1.2');
    await client.quit();
    await expect(
      RawClient.loggedInOverTls(bench.running.server.port, only('TLSv1.3')),
    ).rejects.toThrow();
  });
});

describe('a session that begins TLS and ends before PASS', () => {
  const abandoned = (tls: string): string =>
    `envigate_ftp_tls_sessions_abandoned_total{tls="${tls}"} 1`;
  const over = async (): Promise<void> => {
    while (bench.running.server.sessions() > 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const overTls = async (options: ConnectionOptions = {}): Promise<RawClient> => {
    const client = await RawClient.connect(bench.running.server.port);
    await client.command('AUTH TLS');
    await client.secure(options);
    return client;
  };

  test.each<[string, string, (client: RawClient) => unknown]>([
    ['by a loss', 'TLSv1.3', (client) => client.socket.destroy()],
    ['by QUIT', 'TLSv1.3', (client) => client.quit()],
    ['by a loss', 'TLSv1.2', (client) => client.socket.destroy()],
  ])('%s over %s is reported', async (_how, version, leave) => {
    await start({ maxVersion: version as 'TLSv1.2' });
    const client = await overTls();
    expect(await client.codes('USER station')).toEqual([331]);
    await leave(client);
    await over();
    await metric(abandoned(version));
  });

  test('within the handshake is reported', async () => {
    const client = await RawClient.connect(await start());
    await client.command('AUTH TLS');
    client.socket.destroy();
    await over();
    await metric(abandoned('none'));
  });

  test('on the port of implicit TLS is reported', async () => {
    await start({}, { implicitTlsPort: 0 });
    const client = new RawClient(bench.running.server.implicitTlsPort!);
    await client.secure();
    await client.reply();
    client.socket.destroy();
    await over();
    await metric(abandoned('TLSv1.3'));
  });

  test('because nothing came for too long is reported', async () => {
    await start({}, { loginSeconds: 0.1 });
    await (await overTls()).ended();
    await over();
    await metric(abandoned('TLSv1.3'));
  });

  test('is not reported where PASS came, TLS failed, or the server stops', async () => {
    await start();
    const wrong = await overTls();
    expect(await wrong.codes('USER nobody', 'PASS wrong')).toEqual([331, 530]);
    await wrong.quit();
    const failed = await RawClient.connect(bench.running.server.port);
    await failed.command('AUTH TLS');
    failed.send('this is no TLS\r\n');
    await failed.ended();
    await overTls();
    await bench.running.stop();
    expect(await bench.running.telemetry.metrics()).not.toContain('tls_sessions_abandoned_total{');
  });

  test('over TLS 1.3 has its address offered TLS 1.2 from then on', async () => {
    await start();
    const leaving = await overTls();
    await leaving.command('USER station');
    leaving.socket.destroy();
    await over();
    const client = await RawClient.loggedInOverTls(bench.running.server.port);
    expect(client.secured.getProtocol()).toBe('TLSv1.2');
    expect((await client.protectedUpload('STOR a.txt', BYTES)).code).toBe(226);
    await client.quit();
  });

  test('over TLS 1.2 changes nothing, nor does one where 1.3 is the oldest allowed', async () => {
    const leave = async (client: RawClient): Promise<void> => {
      await client.command('USER station');
      client.socket.destroy();
      await over();
    };
    await start();
    await leave(await overTls(only('TLSv1.2')));
    expect((await overTls()).secured.getProtocol()).toBe('TLSv1.3');
    await bench.running.stop();
    await start({ minVersion: 'TLSv1.3' });
    await leave(await overTls());
    expect((await overTls()).secured.getProtocol()).toBe('TLSv1.3');
  });
});

describe('the certificate', () => {
  const fingerprint = (client: RawClient): string =>
    client.secured.getPeerCertificate().fingerprint256;
  const overTls = (): Promise<RawClient> => RawClient.loggedInOverTls(bench.running.server.port);

  test('is read again when its files change, and sessions go on', async () => {
    await start({ checkSeconds: 0.02 });
    const before = await overTls();
    await writeCertificate(bench.tls);
    let after = await overTls();
    while (fingerprint(after) === fingerprint(before)) {
      await after.quit();
      after = await overTls();
    }
    expect((await before.protectedUpload('STOR a.txt', BYTES)).code).toBe(226);
    expect((await after.protectedUpload('STOR b.txt', BYTES)).code).toBe(226);
    await before.quit();
    await after.quit();
  });

  test('stays while its files cannot be used, and that is logged once', async () => {
    await start({ checkSeconds: 0.02 });
    const before = await overTls();
    // Together, so that there is one change to report.
    await writeFile(join(bench.folder, 'next.pem'), 'not a certificate');
    await rename(join(bench.folder, 'next.pem'), bench.tls.certFile);
    const refused = 'envigate_ftp_certificates_refused_total 1';
    while (!(await bench.running.telemetry.metrics()).includes(refused)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const after = await overTls();
    expect(fingerprint(after)).toBe(fingerprint(before));
    await metric(refused);
    await before.quit();
    await after.quit();
  });

  test('that cannot be used keeps the server from starting, in words', async () => {
    await start();
    await writeFile(bench.tls.keyFile, 'not a key');
    await expect(startServer({ tls: bench.tls })).rejects.toThrow(
      /certificate .*cert\.pem .*key\.pem cannot/,
    );
    await expect(startServer({ implicitTlsPort: 0 })).rejects.toThrow(/implicit TLS/);
  });
});
