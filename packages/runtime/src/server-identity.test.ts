import { X509Certificate, createPrivateKey } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { selfSignedCertificate } from './server-identity.ts';

test('a certificate names its hosts, fits its key and is its own authority', async () => {
  const { key, certificate } = await selfSignedCertificate({
    commonName: 'Envigate',
    hosts: ['localhost', '127.0.0.1', '::1'],
    now: new Date('2026-01-31T12:00:00Z'),
    days: 10,
  });
  const parsed = new X509Certificate(certificate);
  expect(parsed.subject).toBe('CN=Envigate');
  expect(parsed.ca).toBe(true);
  expect(parsed.checkHost('localhost')).toBe('localhost');
  expect(parsed.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(parsed.checkIP('::1')).toBe('::1');
  expect(new Date(parsed.validFrom)).toEqual(new Date('2026-01-30T12:00:00Z'));
  expect(new Date(parsed.validTo)).toEqual(new Date('2026-02-10T12:00:00Z'));
  expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(parsed.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  expect(parsed.verify(parsed.publicKey)).toBe(true);
});

test('two certificates have keys of their own', async () => {
  const options = { commonName: 'a', hosts: ['localhost'], now: new Date(), days: 1 };
  const [one, other] = await Promise.all([
    selfSignedCertificate(options),
    selfSignedCertificate(options),
  ]);
  expect(one.key).not.toBe(other.key);
});
