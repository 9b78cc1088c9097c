import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { selfSignedCertificate } from '@envigate/runtime';
import type { FtpTlsOptions } from '../tls-contexts.ts';

/** Settings of TLS with a certificate made for the test in `folder`. */
export async function tlsWithCertificate(
  folder: string,
  options: Partial<FtpTlsOptions> = {},
): Promise<FtpTlsOptions> {
  const tls: FtpTlsOptions = {
    mode: 'offered',
    certFile: join(folder, 'cert.pem'),
    keyFile: join(folder, 'key.pem'),
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    protectData: false,
    requireSessionReuse: false,
    requireCloseNotify: true,
    ...options,
  };
  await writeCertificate(tls);
  return tls;
}

/** A new certificate over the one in use. */
export async function writeCertificate({ certFile, keyFile }: FtpTlsOptions): Promise<void> {
  const { certificate, key } = await selfSignedCertificate({
    commonName: 'Envigate test',
    hosts: ['localhost', '127.0.0.1'],
    now: new Date(),
    days: 2,
  });
  await writeFile(certFile, certificate);
  await writeFile(keyFile, key);
}
