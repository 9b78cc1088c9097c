import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { validateConfiguration } from '@envigate/contracts';
import { ftpTls } from './ftp-tls.ts';

let folder: string;
const { ftp } = validateConfiguration({}).receiver;
const clock = () => new Date('2026-01-31T12:00:00Z');

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'envigate-tls-')), 'tls');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

test('a certificate is made once and kept, its key for our eyes only', async () => {
  const tls = await ftpTls({ ...ftp, publicAddress: '203.0.113.7' }, folder, clock);
  expect(tls).toMatchObject({ mode: 'offered', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' });
  const { certFile, keyFile } = tls!;
  const text = await readFile(certFile, 'utf8');
  const certificate = new X509Certificate(text);
  expect(certificate.checkIP('203.0.113.7')).toBe('203.0.113.7');
  expect(certificate.checkPrivateKey(createPrivateKey(await readFile(keyFile)))).toBe(true);
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await readdir(folder)).sort()).toEqual(['ftp-cert.pem', 'ftp-key.pem']);

  await ftpTls(ftp, folder, clock);
  expect(await readFile(certFile, 'utf8')).toBe(text);
});

test('a certificate without its key is made anew', async () => {
  const { certFile, keyFile } = (await ftpTls(ftp, folder, clock))!;
  await rm(keyFile);
  await ftpTls(ftp, folder, clock);
  const certificate = new X509Certificate(await readFile(certFile));
  expect(certificate.checkPrivateKey(createPrivateKey(await readFile(keyFile)))).toBe(true);
});

test('a certificate that was made while the clock was ahead is made anew', async () => {
  const ahead = () => new Date('2027-03-07T12:00:00Z');
  const { certFile } = (await ftpTls(ftp, folder, ahead))!;
  const text = await readFile(certFile, 'utf8');
  await ftpTls(ftp, folder, ahead);
  expect(await readFile(certFile, 'utf8')).toBe(text);
  await ftpTls(ftp, folder, clock);
  const { validFrom } = new X509Certificate(await readFile(certFile));
  expect(Date.parse(validFrom)).toBeLessThanOrEqual(clock().getTime());
});

test('files of the settings are taken, both or none', async () => {
  const given = { ...ftp, tls: { ...ftp.tls, certFile: '/etc/a.pem', keyFile: '/etc/a.key' } };
  expect(await ftpTls(given, folder, clock)).toMatchObject({
    certFile: '/etc/a.pem',
    keyFile: '/etc/a.key',
  });
  const half = { ...ftp, tls: { ...ftp.tls, certFile: '/etc/a.pem' } };
  await expect(ftpTls(half, folder, clock)).rejects.toThrow(/certFile and keyFile go together/);
  await expect(stat(folder)).rejects.toThrow('ENOENT');
});

test('versions out of order are refused, in words', async () => {
  const versions = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' } as const;
  const reversed = { ...ftp, tls: { ...ftp.tls, ...versions } };
  await expect(ftpTls(reversed, folder, clock)).rejects.toThrow(
    "receiver.ftp.tls: minVersion 'TLSv1.3' is newer than maxVersion 'TLSv1.2'",
  );
  await expect(stat(folder)).rejects.toThrow('ENOENT');
});

test('nothing is made where nothing speaks TLS', async () => {
  const off = { ...ftp, tls: { ...ftp.tls, mode: 'off' as const } };
  expect(await ftpTls(off, folder, clock)).toBeUndefined();
  await expect(stat(folder)).rejects.toThrow('ENOENT');
  expect(await ftpTls({ ...off, implicitTlsPort: 990 }, folder, clock)).toMatchObject({
    mode: 'off',
  });
});
