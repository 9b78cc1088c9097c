import { X509Certificate, randomUUID } from 'node:crypto';
import { access, mkdir, open, readFile, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Configuration } from '@envigate/contracts';
import type { FtpServerOptions } from '@envigate/ftp-server';
import { certificateFiles, selfSignedCertificate, type Clock } from '@envigate/runtime';

type FtpSettings = Configuration['receiver']['ftp'];
interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Loggers are in place for years, and may be configured to trust this one certificate. */
const SELF_SIGNED_DAYS = 10 * 365;

/**
 * How the FTP server speaks TLS; undefined where it does not. Without certificate files in the
 * settings it uses a self-signed certificate, made at the first start and kept in `folder`.
 */
export async function ftpTls(
  ftp: FtpSettings,
  folder: string,
  clock: Clock,
): Promise<FtpServerOptions['tls']> {
  const { certFile, keyFile, ...settings } = ftp.tls;
  if (settings.mode === 'off' && ftp.implicitTlsPort === 0) return undefined;
  const { minVersion, maxVersion } = settings;
  if (minVersion > maxVersion) {
    throw new Error(
      `receiver.ftp.tls: minVersion '${minVersion}' is newer than maxVersion '${maxVersion}'; ` +
        'raise maxVersion or lower minVersion',
    );
  }
  if (certFile !== undefined && keyFile !== undefined) return { ...settings, certFile, keyFile };
  if (certFile !== undefined || keyFile !== undefined) {
    throw new Error('receiver.ftp.tls: certFile and keyFile go together, one of them is missing');
  }
  return { ...settings, ...(await keptCertificate(folder, ftp.publicAddress, clock)) };
}

async function keptCertificate(
  folder: string,
  publicAddress: string | undefined,
  clock: Clock,
): Promise<CertificateFiles> {
  const files = certificateFiles(folder);
  if ((await isUsable(files.certFile, clock())) && (await isPresent(files.keyFile))) return files;
  const { certificate, key } = await selfSignedCertificate({
    commonName: 'Envigate',
    hosts: [hostname(), 'localhost', ...(publicAddress === undefined ? [] : [publicAddress])],
    now: clock(),
    days: SELF_SIGNED_DAYS,
  });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // The key first: a certificate is there only when its key is.
  await writeWhole(files.keyFile, key, 0o600);
  await writeWhole(files.certFile, certificate, 0o644);
  await syncFolder(folder);
  return files;
}

/** One that was made while the clock was ahead is valid for nobody until then: it is made anew. */
async function isUsable(certFile: string, now: Date): Promise<boolean> {
  if (!(await isPresent(certFile))) return false;
  const { validFrom } = new X509Certificate(await readFile(certFile));
  return Date.parse(validFrom) <= now.getTime();
}

async function isPresent(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Nobody ever reads half of it. */
async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomUUID()}.new`;
  const file = await open(temporary, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

async function syncFolder(folder: string): Promise<void> {
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
